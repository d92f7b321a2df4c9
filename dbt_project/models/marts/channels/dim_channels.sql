{%- set named = "partition by account_id order by collected_at" %}

with
    observed as (
        select
            *,
            case
                when
                    lag(login) over ({{ named }}) is not distinct from login
                    and lag(display_name) over ({{ named }}) is not distinct from display_name
                    and lag(broadcaster_type) over ({{ named }}) is not distinct from broadcaster_type
                    and lag(account_id) over ({{ named }}) is not null
                then 0
                else 1
            end as is_change
        from {{ ref("stg_twitch__users") }}
    ),
    numbered as (
        select *, sum(is_change) over ({{ named }} rows unbounded preceding) as version from observed
    ),
    versions as (
        select
            account_id,
            version,
            max(login) as login,
            max(display_name) as display_name,
            max(broadcaster_type) as broadcaster_type,
            max_by(description, collected_at) filter (where description is not null) as description,
            min(created_at) as created_at,
            min(collected_at) as valid_from_at,
            max(collected_at) as last_seen_at,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from numbered
        group by account_id, version
    )

select
    account_id,
    valid_from_at,
    lead(valid_from_at) over (partition by account_id order by version) as valid_to_at,
    login,
    display_name,
    broadcaster_type,
    description,
    created_at,
    last_seen_at,
    lead(version) over (partition by account_id order by version) is null as is_current,
    greatest(
        batch_id, coalesce(lead(batch_id) over (partition by account_id order by version), 0)
    ) as batch_id,
    loaded_at
from versions
