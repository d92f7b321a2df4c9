-- A date has what was created, seen and shared on it; reactions count on the date of the message that they
-- are for.
with
    created as (
        select
            account_id,
            clip_date as event_date,
            creator_id,
            count(*) as clip_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("dim_clips") }}
        group by account_id, clip_date, creator_id
    ),
    gained as (
        select
            account_id,
            snapshot_date as event_date,
            count(*) as snapshot_count,
            case when count(view_count) > 0 then coalesce(sum(views_gained), 0) end as views_gained,
            case when count(view_count) > 0 then coalesce(sum(baseline_views), 0) end as baseline_views,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("fct_clip_snapshots") }}
        group by account_id, snapshot_date
    ),
    shared as (
        select
            account_id,
            share_date as event_date,
            count(*) as share_count,
            sum(reaction_count) as reaction_count,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("int_clips__share_reactions") }}
        group by account_id, share_date
    ),
    days as (
        select
            account_id,
            event_date,
            creator_id,
            clip_count,
            null as snapshot_count,
            null as views_gained,
            null as baseline_views,
            null as share_count,
            null as reaction_count,
            batch_id,
            loaded_at
        from created
        union all
        select
            account_id,
            event_date,
            null,
            0,
            snapshot_count,
            views_gained,
            baseline_views,
            0,
            0,
            batch_id,
            loaded_at
        from gained
        union all
        select
            account_id, event_date, null, 0, 0, null, null, share_count, reaction_count, batch_id, loaded_at
        from shared
    ),
    periods as (
        {% for period_type in calendar_periods() %}
            select
                '{{ period_type }}' as period_type,
                {{ period_start(period_type, "event_date") }} as period_date,
                d.*
            from days as d {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    account_id,
    period_type,
    period_date,
    cast(sum(clip_count) as bigint) as clip_count,
    count(distinct creator_id) as creator_count,
    cast(sum(views_gained) as bigint) as views_gained,
    cast(sum(baseline_views) as bigint) as baseline_views,
    cast(coalesce(sum(snapshot_count), 0) as bigint) as snapshot_count,
    cast(coalesce(sum(share_count), 0) as bigint) as discord_shares,
    cast(coalesce(sum(reaction_count), 0) as bigint) as discord_reactions,
    max(batch_id) as batch_id,
    max(loaded_at) as loaded_at
from periods
group by account_id, period_type, period_date
