select
    hour_at,
    activity_date,
    cast(extract(hour from {{ reporting_time("hour_at") }}) as bigint) as hour_of_day,
    {{ conversation_measures() }},
    max(batch_id) as batch_id,
    max(loaded_at) as loaded_at
from {{ ref("int_conversations__activity_hourly") }}
group by hour_at, activity_date
