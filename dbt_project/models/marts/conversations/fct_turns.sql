{{ config(materialized="view") }}

select
    turn_key,
    conversation_id,
    user_id,
    source,
    prompted_at,
    {{ reporting_date("prompted_at") }} as turn_date,
    {{ reporting_hour_at("prompted_at") }} as turn_hour_at,
    first_response_at,
    last_response_at,
    cast(response_micros as double) / 1000000 as response_seconds,
    cast(turn_micros as double) / 1000000 as turn_seconds,
    assistant_message_count,
    batch_id,
    loaded_at
from {{ ref("int_conversations__turns_matched") }}
