{%- set changes = {
    "followers": "follower_count",
    "subscribers": "subscriber_count",
    "points": "subscriber_points",
} %}

with
    observed as (select * from {{ ref("int_channels__observed_daily") }}),
    -- Every day from the first to the last on which the account was asked for: a missing day is a row.
    spans as (
        select
            account_id,
            min(snapshot_date) as first_date,
            max(snapshot_date) as last_date,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from observed
        group by account_id
    ),
    days as (
        select
            account_id,
            {{ explode_dates("cast(first_date as timestamp)", "cast(last_date as timestamp)") }}
            as snapshot_date,
            batch_id,
            loaded_at
        from spans
    )
    {% for name, count in changes.items() %}
        ,
        {{ name }} as (
            select
                account_id,
                snapshot_date,
                {{ count }}
                - lag({{ count }}) over (partition by account_id order by snapshot_date) as gained,
                lag(snapshot_date) over (partition by account_id order by snapshot_date) as previous_date,
                lag(batch_id) over (partition by account_id order by snapshot_date) as previous_batch_id
            from observed
            where {{ count }} is not null
        )
    {% endfor %}

select
    d.account_id,
    d.snapshot_date,
    o.followers_at,
    o.follower_count,
    f.gained as followers_gained,
    {{ days_between("f.previous_date", "d.snapshot_date") }} as days_since_previous,
    o.subscriber_count,
    s.gained as subscribers_gained,
    {{ days_between("s.previous_date", "d.snapshot_date") }} as subscriber_days_since_previous,
    o.subscriber_points,
    p.gained as subscriber_points_gained,
    o.tier1_count,
    o.tier2_count,
    o.tier3_count,
    o.gift_count,
    o.is_subscription_complete,
    o.title,
    o.game_id,
    o.game_name,
    o.language,
    o.follower_count is null as is_missing,
    coalesce({{ days_between("f.previous_date", "d.snapshot_date") }} > 1, false) as is_after_gap,
    greatest(
        coalesce(o.batch_id, d.batch_id),
        coalesce(f.previous_batch_id, 0),
        coalesce(s.previous_batch_id, 0),
        coalesce(p.previous_batch_id, 0)
    ) as batch_id,
    coalesce(o.loaded_at, d.loaded_at) as loaded_at
from days as d
left join observed as o on o.account_id = d.account_id and o.snapshot_date = d.snapshot_date
left join followers as f on f.account_id = d.account_id and f.snapshot_date = d.snapshot_date
left join subscribers as s on s.account_id = d.account_id and s.snapshot_date = d.snapshot_date
left join points as p on p.account_id = d.account_id and p.snapshot_date = d.snapshot_date
