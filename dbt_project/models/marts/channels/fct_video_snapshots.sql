{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["video_id", "collected_at"],
        pre_hook="{{ clear_if_displaced([ref('stg_twitch__videos'), ref('stg_twitch__collections')]) }}",
    )
}}

{%- set videos = ref("stg_twitch__videos") %}
{%- set collections = ref("stg_twitch__collections") %}
{%- set inputs = [videos, collections] %}
{%- set since = last_batch_id(inputs) %}

with
    -- A channel that had no video then was collected all the same.
    answers as (
        select account_id, collected_at, batch_id
        from {{ videos }}
        union all
        select account_id, ended_at as collected_at, batch_id
        from {{ collections }}
        where resource = 'videos' and status = 'succeeded'
    ),
    accounts as (
        select
            account_id,
            min(collected_at) as first_collected_at,
            min(case when batch_id <= {{ since }} then collected_at end) as known_first_at
        from answers
        group by account_id
    )
    {% if is_incremental() %}
        ,
        -- From a new snapshot on, all of the video's snapshots; the one before gives what to compare with.
        -- Where
        -- a channel turns out to have been collected earlier, all of its videos.
        changed as (
            select video_id, min(collected_at) as from_at
            from {{ videos }}
            where batch_id > {{ since }}
            group by video_id
            union all
            select v.video_id, min(v.collected_at) as from_at
            from {{ videos }} as v
            inner join
                accounts as a on a.account_id = v.account_id and a.first_collected_at < a.known_first_at
            group by v.video_id
        ),
        touched as (select video_id, min(from_at) as from_at from changed group by video_id),
        anchors as (
            select v.video_id, max(v.collected_at) as anchor_at
            from {{ videos }} as v
            inner join touched as t on t.video_id = v.video_id and v.collected_at < t.from_at
            where v.view_count is not null
            group by v.video_id
        )
    {% endif %},
    snapshots as (
        select
            v.*, {% if is_incremental() %} v.collected_at >= t.from_at {% else %} true {% endif %} as is_kept
        from {{ videos }} as v
        {% if is_incremental() %}
            inner join touched as t on t.video_id = v.video_id
            left join anchors as n on n.video_id = v.video_id
            where v.collected_at >= t.from_at or v.collected_at = n.anchor_at
        {% endif %}
    ),
    -- A snapshot without a view count is left out of the comparison, not taken as 0.
    compared as (
        select
            video_id,
            collected_at,
            view_count - lag(view_count) over (partition by video_id order by collected_at) as gained,
            lag(collected_at) over (partition by video_id order by collected_at) as previous_at
        from snapshots
        where view_count is not null
    )

select
    s.video_id,
    s.collected_at,
    s.account_id,
    {{ reporting_date("s.collected_at") }} as snapshot_date,
    s.stream_id,
    s.type,
    s.title,
    s.view_count,
    case
        when s.view_count is null
        then null
        when c.previous_at is not null
        then c.gained
        -- All views of a video that was made while the channel was collected are new.
        when s.created_at >= a.first_collected_at
        then s.view_count
    end as views_gained,
    {{ seconds_between("c.previous_at", "s.collected_at") }} as seconds_since_previous,
    {{ seconds_between("s.created_at", "s.collected_at") }} as age_seconds,
    {{ newest_batch_id(inputs) }} as batch_id,
    s.loaded_at
from snapshots as s
inner join accounts as a on a.account_id = s.account_id
left join compared as c on c.video_id = s.video_id and c.collected_at = s.collected_at
where s.is_kept
