{#- Growth is counted back from the date on which the channel's videos were last collected. -#}
with
    collected as (
        select account_id, max(snapshot_date) as as_of_date, max(collected_at) as as_of_at
        from {{ ref("fct_video_snapshots") }}
        group by account_id
    ),
    snapshots as (
        select f.*, c.as_of_date, c.as_of_at
        from {{ ref("fct_video_snapshots") }} as f
        inner join collected as c on c.account_id = f.account_id
    ),
    newest as (
        select
            video_id,
            account_id,
            title,
            type,
            stream_id,
            created_at,
            published_at,
            duration_seconds,
            language,
            url
        from
            (
                select v.*, row_number() over (partition by v.video_id order by v.collected_at desc) as place
                from {{ ref("stg_twitch__videos") }} as v
            ) as ranked
        where place = 1
    ),
    views as (
        select
            video_id,
            max(as_of_date) as as_of_date,
            max(as_of_at) as as_of_at,
            count(*) as snapshot_count,
            min(collected_at) as first_snapshot_at,
            max(collected_at) as last_snapshot_at,
            max(case when view_count is not null then snapshot_date end) as counted_date,
            max_by(view_count, case when view_count is not null then collected_at end) as view_count,
            {% for days in [1, 7, 30] -%}
                max_by(
                    view_count,
                    case
                        when
                            view_count is not null
                            and snapshot_date <= cast(as_of_date - interval '{{ days }}' day as date)
                        then collected_at
                    end
                ) as view_count_{{ days }}d_before,
            {% endfor -%}
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from snapshots
        group by video_id
    )

select
    n.video_id,
    n.account_id,
    n.stream_id,
    n.title,
    n.type,
    n.language,
    n.url,
    n.created_at,
    n.published_at,
    cast(n.duration_seconds as double) as duration_seconds,
    v.view_count,
    {% for days in [1, 7, 30] -%}
        case
            -- Not counted any more in the period: nothing can be said about it.
            when v.counted_date <= cast(v.as_of_date - interval '{{ days }}' day as date)
            then null
            when v.view_count_{{ days }}d_before is not null
            then v.view_count - v.view_count_{{ days }}d_before
            when
                {{ reporting_date("n.created_at") }} > cast(v.as_of_date - interval '{{ days }}' day as date)
                -- Made on that date, after the videos were collected: it had no views then.
                or n.created_at > {{ add_seconds("v.as_of_at", -days * 86400) }}
            then v.view_count
        end as views_gained_{{ days }}d,
    {% endfor -%}
    v.as_of_date,
    v.snapshot_count,
    v.first_snapshot_at,
    v.last_snapshot_at,
    v.batch_id,
    v.loaded_at
from newest as n
inner join views as v on v.video_id = n.video_id
