{%- set resources = {
    "followers": {
        "ref": ref("stg_twitch__followers"),
        "columns": ["follower_count", "collected_at"],
    },
    "subscriptions": {
        "ref": ref("stg_twitch__subscriptions"),
        "columns": [
            "subscriber_count",
            "subscriber_points",
            "tier1_count",
            "tier2_count",
            "tier3_count",
            "gift_count",
            "is_complete",
        ],
    },
    "channels": {
        "ref": ref("stg_twitch__channels"),
        "columns": ["title", "game_id", "game_name", "language"],
    },
} %}
{%- set users = ref("stg_twitch__users") %}
{%- set collections = ref("stg_twitch__collections") %}
{%- set inputs = resources.values() | map(attribute="ref") | list + [users, collections] %}

{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["account_id", "snapshot_date"],
        pre_hook="{{ clear_if_displaced([ref('stg_twitch__followers'), ref('stg_twitch__subscriptions'), ref('stg_twitch__channels'), ref('stg_twitch__users'), ref('stg_twitch__collections')]) }}",
    )
}}

{%- set since = last_batch_id(inputs) %}
{%- set snapshot_date = reporting_date("collected_at") %}

with
    -- Also a day on which an account was asked for and nothing came is a day.
    asked as (
        {% for input in inputs[:-1] %}
            select account_id, {{ snapshot_date }} as snapshot_date, batch_id, loaded_at
            from {{ input }}
            union all
        {% endfor %}
        select account_id, {{ reporting_date("started_at") }} as snapshot_date, batch_id, loaded_at
        from {{ collections }}
        where account_id is not null and resource in ('followers', 'subscriptions', 'channels')
    ),
    days as (
        select account_id, snapshot_date, max(loaded_at) as loaded_at
        from asked
        group by account_id, snapshot_date
        {% if is_incremental() %} having max(batch_id) > {{ since }} {% endif %}
    )
    {% for name, resource in resources.items() %}
        ,
        {{ name }} as (
            select account_id, snapshot_date, {{ resource["columns"] | join(", ") }}
            from
                (
                    select
                        o.account_id,
                        d.snapshot_date,
                        {{ prefixed(resource["columns"] | join(", "), "o") }},
                        row_number() over (
                            partition by o.account_id, d.snapshot_date order by o.collected_at desc
                        ) as place
                    from {{ resource["ref"] }} as o
                    inner join
                        days as d
                        on d.account_id = o.account_id
                        and d.snapshot_date = {{ reporting_date("o.collected_at") }}
                ) as ranked
            where place = 1
        )
    {% endfor %}

select
    d.account_id,
    d.snapshot_date,
    f.collected_at as followers_at,
    f.follower_count,
    s.subscriber_count,
    s.subscriber_points,
    s.tier1_count,
    s.tier2_count,
    s.tier3_count,
    s.gift_count,
    s.is_complete as is_subscription_complete,
    c.title,
    c.game_id,
    c.game_name,
    c.language,
    {{ newest_batch_id(inputs) }} as batch_id,
    d.loaded_at
from days as d
left join followers as f on f.account_id = d.account_id and f.snapshot_date = d.snapshot_date
left join subscriptions as s on s.account_id = d.account_id and s.snapshot_date = d.snapshot_date
left join channels as c on c.account_id = d.account_id and c.snapshot_date = d.snapshot_date
