{{ config(materialized="view") }}

{#- By the wall clock: the two passes of an hour that a change of clocks repeats are one row, with people counted once. -#}
with
    hours as (
        select a.*, date_trunc('hour', {{ reporting_time("a.hour_at") }}) as local_hour
        from {{ ref("int_conversations__activity_hourly") }} as a
    )

select
    cast(cast(local_hour as timestamp) as string) as datetime,
    cast(extract(hour from local_hour) as bigint) as hour,
    cast(sum(created_count) as bigint) as conversations,
    cast(sum(message_count) as bigint) as messages,
    cast(sum(total_tokens) as bigint) as tokens,
    count(distinct user_id) as users,
    max(loaded_at) as created_at
from hours
group by local_hour
