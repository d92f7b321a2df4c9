"""A small published database, made by SQL from one number, with the marts' columns and hostile texts."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb

LAST_DAY = date(2026, 3, 29)
MARKUP_USER = "<script>alert(1)</script>"
HOSTILE_IDS = (
    '"><img src=x onerror=alert(2)>',
    "{{7*7}}{% raw %}",
    "javascript:alert(3)",
    "https://example.org/post?a=1&b=<2>",
    "it's \"quoted\"; drop table social.fct_events; --",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "</script><script>alert(4)</script>",
    "right\u202eto-left",
)

_MONEY = "decimal(38, 6)"
_COST = "decimal(38, 12)"
_TAIL = "batch_id bigint, loaded_at timestamp"

# Columns as the marts' contracts name them. The data statements below fill those that pages read.
TABLES = {
    "social.fct_events": """event_id varchar, event_type varchar, user_id varchar, session_key varchar,
        session_id varchar, occurred_at timestamp, event_date date, event_hour_at timestamp,
        schema_version varchar, platform varchar, user_agent_hash varchar, ip_address_hash varchar,
        content_type varchar, content_id varchar, view_duration_seconds double, scroll_depth_ratio double,
        referrer varchar, action varchar, target_type varchar, target_id varchar, product_id varchar,
        order_id varchar, amount decimal(18, 6), currency varchar, quantity bigint, payment_method varchar,
        conversion_path varchar, stream_id varchar, is_late boolean, has_event_id boolean, data varchar""",
    "social.fct_sessions": """session_key varchar, session_id varchar, user_id varchar, session_date date,
        started_at timestamp, ended_at timestamp, duration_seconds double, event_count bigint,
        view_count bigint, engagement_count bigint, purchase_count bigint, stream_count bigint,
        platform varchar, is_client_session boolean, is_cut boolean, first_event_id varchar""",
    "social.agg_events_hourly": """hour_at timestamp, event_date date, hour_of_day integer,
        event_type varchar, event_count bigint, user_count bigint, session_count bigint""",
    "social.agg_events_daily": """event_date date, event_type varchar, event_count bigint,
        user_count bigint, session_count bigint, late_event_count bigint""",
    "social.agg_activity_daily": """event_date date, event_count bigint, user_count bigint,
        session_count bigint, new_user_count bigint""",
    "social.agg_revenue_daily": f"""event_date date, currency varchar, purchase_count bigint,
        order_count bigint, item_count bigint, revenue_amount {_MONEY}, buyer_count bigint,
        average_order_amount double""",
    "social.agg_content_daily": """event_date date, content_type varchar, content_id varchar,
        view_count bigint, viewer_count bigint, dwell_seconds double, dwell_raw_seconds double,
        dwell_view_count bigint, engagement_count bigint, engaged_user_count bigint,
        engagement_per_view double""",
    "social.agg_schema_versions_daily": """event_date date, schema_version varchar, event_count bigint,
        user_count bigint, event_share_ratio double""",
    "social.dim_users": """user_id varchar, first_seen_at timestamp, last_seen_at timestamp,
        first_platform varchar, event_count bigint, session_count bigint, purchase_count bigint,
        active_day_count bigint""",
    "conversations.fct_requests": f"""request_key varchar, request_id varchar, message_id varchar,
        conversation_id varchar, agent_id varchar, project varchar, user_id varchar, model varchar,
        requested_at timestamp, request_date date, request_hour_at timestamp, input_tokens bigint,
        output_tokens bigint, cache_write_5m_tokens bigint, cache_write_1h_tokens bigint,
        cache_read_tokens bigint, total_tokens bigint, cost_usd {_COST}, cost_calculated_usd {_COST},
        cost_source varchar, price_key varchar, is_price_missing boolean, is_sidechain boolean,
        copy_count bigint""",
    "conversations.fct_turns": """turn_key varchar, conversation_id varchar, user_id varchar,
        source varchar, prompted_at timestamp, turn_date date, turn_hour_at timestamp,
        first_response_at timestamp, last_response_at timestamp, response_seconds double,
        turn_seconds double, assistant_message_count bigint""",
    "conversations.fct_conversations": f"""conversation_id varchar, user_id varchar, source varchar,
        project varchar, created_at timestamp, last_activity_at timestamp, conversation_date date,
        wall_seconds double, active_seconds double, idle_seconds double, message_count bigint,
        user_message_count bigint, assistant_message_count bigint, request_count bigint, turn_count bigint,
        total_tokens bigint, cost_usd {_COST}, engagement_score double, error_count bigint,
        topic_terms varchar""",
    "conversations.agg_conversations_hourly": f"""hour_at timestamp, activity_date date,
        hour_of_day integer, conversation_count bigint, active_conversation_count bigint,
        message_count bigint, user_count bigint, total_tokens bigint, cost_usd {_COST}""",
    "conversations.agg_conversations_daily": f"""activity_date date, conversation_count bigint,
        active_conversation_count bigint, message_count bigint, user_count bigint, request_count bigint,
        input_tokens bigint, output_tokens bigint, cache_write_tokens bigint, cache_read_tokens bigint,
        total_tokens bigint, cost_usd {_COST}, turn_count bigint, mean_response_seconds double,
        p50_response_seconds double, p90_response_seconds double, p95_response_seconds double,
        response_count bigint, error_count bigint, error_rate_ratio double""",
    "conversations.agg_users_daily": f"""user_id varchar, activity_date date, conversation_count bigint,
        active_conversation_count bigint, message_count bigint, request_count bigint, total_tokens bigint,
        cost_usd {_COST}, mean_response_seconds double, active_seconds double""",
    "conversations.agg_models_daily": f"""activity_date date, model varchar, request_count bigint,
        input_tokens bigint, output_tokens bigint, cache_write_5m_tokens bigint,
        cache_write_1h_tokens bigint, cache_read_tokens bigint, total_tokens bigint, cost_usd {_COST},
        cost_calculated_usd {_COST}""",
    "conversations.agg_usage_blocks": f"""block_key varchar, started_at timestamp, ends_at timestamp,
        first_request_at timestamp, last_request_at timestamp, request_count bigint,
        conversation_count bigint, total_tokens bigint, cost_usd {_COST}""",
    "conversations.dim_models": """price_key varchar, model varchar, valid_from date, valid_to date,
        input_usd_per_mtok double, output_usd_per_mtok double, cache_write_5m_usd_per_mtok double,
        cache_write_1h_usd_per_mtok double, cache_read_usd_per_mtok double, source varchar,
        source_date date""",
    "core.dim_hours": "hour_at timestamp, date date, hour_of_day integer, is_repeated_hour boolean",
    "ops.fct_loads": """load_id varchar, source varchar, files_read bigint, rows_read bigint,
        rows_loaded bigint, rows_duplicate bigint, rows_rejected bigint, rows_blank bigint,
        is_conserved boolean""",
    "ops.fct_rejects": """reject_id varchar, source varchar, resource varchar, file varchar,
        line_number bigint, reason_code varchar, reason_text varchar, raw_text varchar,
        rejected_at timestamp, is_open boolean""",
    "ops.fct_runs": """run_id varchar, job varchar, status varchar, started_at timestamp,
        ended_at timestamp, rows_loaded bigint, rows_rejected bigint, models_built bigint,
        checks_passed bigint, checks_warned bigint, checks_failed bigint""",
    "ops.fct_check_results": """run_id varchar, tool varchar, suite varchar, check_name varchar,
        table_name varchar, severity varchar, status varchar, observed varchar, expected varchar,
        checked_at timestamp""",
}

_DATA = """
set variable last_day = date '{last_day}';
set variable loaded = (date '{last_day}' + 1)::timestamp + interval 2 hour;
create temp table hostile as
  select generate_subscripts({hostile}, 1) - 1 as place, unnest({hostile}) as id;
create temp table drawn as
  select
    i,
    getvariable('last_day') - (hash(i, 1) % {days})::int as day,
    least(23, (hash(i, 2) % 12 + hash(i, 22) % 13)::int) as hour,
    (hash(i, 3) % {people})::int * (hash(i, 31) % 10)::int // 9 as person,
    ['view', 'view', 'view', 'view', 'view', 'engagement', 'engagement', 'session', 'stream', 'purchase'][
      1 + (hash(i, 4) % 10)::int
    ] as kind,
    (hash(i, 5) % 40)::int * (hash(i, 51) % 10)::int // 9 as item
  from range({events}) as rows(i);
insert into social.fct_events by name
  select
    'event-' || i as event_id,
    kind as event_type,
    case person when 0 then '{markup}' when 1 then null else 'user-' || person end as user_id,
    'session-' || person || '-' || day || '-' || hour // 4 as session_key,
    day + to_hours(hour) + to_seconds((hash(i, 6) % 3600)::int) as occurred_at,
    day as event_date,
    day + to_hours(hour) as event_hour_at,
    case when day > getvariable('last_day') - 12 and hash(i, 7) % 3 > 0 then '1.1.0' when hash(i, 7) % 9 > 0
      then '1.0.0' end as schema_version,
    case when kind in ('view', 'engagement') then ['post', 'clip', 'stream'][1 + item % 3] end as content_type,
    case when kind in ('view', 'engagement') then coalesce(hostile.id, 'item-' || item) end as content_id,
    case when kind = 'view' and hash(i, 8) % 4 > 0 then (hash(i, 9) % 900) / 10 end as view_duration_seconds,
    case when kind = 'purchase' then 'order-' || i // 2 end as order_id,
    case when kind = 'purchase' and hash(i, 10) % 20 > 0 then (hash(i, 11) % 9000)::int / 100 end as amount,
    case when kind = 'purchase' then ['EUR', 'USD', 'JPY', null][1 + (hash(i, 12) % 4)::int] end as currency,
    case when kind = 'purchase' then 1 + hash(i, 13) % 3 end as quantity,
    hash(i, 14) % 25 = 0 as is_late,
    getvariable('loaded') as loaded_at
  from drawn
  left join hostile on hostile.place = drawn.item;
insert into social.fct_sessions by name
  select session_key, any_value(user_id) as user_id, min(event_date) as session_date,
    min(occurred_at) as started_at, max(occurred_at) as ended_at,
    date_diff('second', min(occurred_at), max(occurred_at)) as duration_seconds, count(*) as event_count,
    getvariable('loaded') as loaded_at
  from social.fct_events group by session_key;
insert into social.agg_events_hourly by name
  select event_hour_at as hour_at, event_date, hour(event_hour_at) as hour_of_day, event_type,
    count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count, getvariable('loaded') as loaded_at
  from social.fct_events group by all;
insert into social.agg_events_daily by name
  select event_date, event_type, count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count, count(*) filter (where is_late) as late_event_count,
    getvariable('loaded') as loaded_at
  from social.fct_events group by all;
insert into social.agg_activity_daily by name
  with firsts as (select user_id, min(event_date) as first_date from social.fct_events group by user_id)
  select event_date, count(*) as event_count, count(distinct user_id) as user_count,
    count(distinct session_key) as session_count,
    count(distinct user_id) filter (where first_date = event_date) as new_user_count,
    getvariable('loaded') as loaded_at
  from social.fct_events left join firsts using (user_id) group by event_date;
insert into social.agg_revenue_daily by name
  select event_date, coalesce(currency, 'XXX') as currency, count(*) as purchase_count,
    count(distinct order_id) as order_count, sum(quantity) as item_count, sum(amount) as revenue_amount,
    count(distinct user_id) as buyer_count, getvariable('loaded') as loaded_at
  from social.fct_events where event_type = 'purchase' group by all;
insert into social.agg_content_daily by name
  select event_date, content_type, content_id,
    count(*) filter (where event_type = 'view') as view_count,
    count(distinct user_id) filter (where event_type = 'view') as viewer_count,
    sum(view_duration_seconds) as dwell_seconds, count(view_duration_seconds) as dwell_view_count,
    count(*) filter (where event_type = 'engagement') as engagement_count,
    getvariable('loaded') as loaded_at
  from social.fct_events where content_id is not null group by all;
insert into social.agg_schema_versions_daily by name
  select event_date, coalesce(schema_version, '1.0.0') as schema_version, count(*) as event_count,
    count(distinct user_id) as user_count,
    getvariable('loaded') as loaded_at
  from social.fct_events group by all;
insert into conversations.fct_requests by name
  select 'request-' || i as request_key, 'conversation-' || i // 9 as conversation_id,
    case i // 9 % 7 when 0 then '{markup}' else 'claude-' || i // 9 % 7 end as user_id,
    ['claude-opus-4-1', 'claude-sonnet-4-5', 'claude-haiku-4-5', 'unlisted-model'][
      1 + (sqrt(hash(i, 41) % 16))::int % 4
    ] as model,
    getvariable('last_day') - (i // 9 % {days})::int + to_hours(8 + (hash(i // 9, 42) % 11)::int)
      + to_seconds((i % 9) * 130 + (hash(i, 43) % 60)::int) as requested_at,
    requested_at::date as request_date,
    date_trunc('hour', requested_at) as request_hour_at,
    200 + hash(i, 44) % 3000 as input_tokens, 50 + hash(i, 45) % 1500 as output_tokens,
    hash(i, 46) % 4000 as cache_write_5m_tokens, hash(i, 47) % 500 as cache_write_1h_tokens,
    hash(i, 48) % 30000 as cache_read_tokens,
    input_tokens + output_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens
      as total_tokens,
    case when model = 'unlisted-model' then null when i % 3 = 0 then 'reported' else 'calculated' end
      as cost_source,
    case when model <> 'unlisted-model' then (total_tokens * 3.1 / 1000000)::decimal(24, 12) end as cost_usd,
    cost_usd as cost_calculated_usd,
    case when model <> 'unlisted-model' then 'price-' || model end as price_key,
    model = 'unlisted-model' as is_price_missing,
    getvariable('loaded') as loaded_at
  from range({requests}) as rows(i);
insert into conversations.fct_turns by name
  select request_key as turn_key, conversation_id, user_id, requested_at as prompted_at,
    request_date as turn_date, case when hash(request_key) % 12 > 0 then 1 + (hash(request_key, 1) % 300) / 20 end
      as response_seconds, getvariable('loaded') as loaded_at
  from conversations.fct_requests;
insert into conversations.fct_conversations by name
  select conversation_id, any_value(user_id) as user_id, min(requested_at) as created_at,
    max(requested_at) as last_activity_at, min(request_date) as conversation_date,
    date_diff('second', min(requested_at), max(requested_at)) as wall_seconds,
    0.8 * date_diff('second', min(requested_at), max(requested_at)) as active_seconds,
    2 * count(*) as message_count, sum(total_tokens) as total_tokens, sum(cost_usd) as cost_usd,
    least(100, 1200.0 * count(*) / nullif(date_diff('second', min(requested_at), max(requested_at)), 0))
      as engagement_score,
    hash(conversation_id) % 3 as error_count, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by conversation_id;
insert into conversations.agg_conversations_hourly by name
  select request_hour_at as hour_at, request_date as activity_date, hour(request_hour_at) as hour_of_day,
    2 * count(*) as message_count, sum(total_tokens) as total_tokens, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by all;
insert into conversations.agg_conversations_daily by name
  with
    talks as (
      select conversation_date as activity_date, count(*) as conversation_count, sum(error_count) as error_count
      from conversations.fct_conversations group by all
    ),
    turns as (
      select turn_date as activity_date, count(response_seconds) as response_count,
        quantile_cont(response_seconds, 0.5) as p50_response_seconds,
        quantile_cont(response_seconds, 0.9) as p90_response_seconds,
        quantile_cont(response_seconds, 0.95) as p95_response_seconds
      from conversations.fct_turns group by all
    )
  select request_date as activity_date, any_value(conversation_count) as conversation_count,
    count(distinct conversation_id) as active_conversation_count, 2 * count(*) as message_count,
    count(distinct user_id) as user_count, count(*) as request_count, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens, sum(cache_write_5m_tokens + cache_write_1h_tokens) as cache_write_tokens,
    sum(cache_read_tokens) as cache_read_tokens, sum(total_tokens) as total_tokens, sum(cost_usd) as cost_usd,
    any_value(response_count) as response_count, any_value(p50_response_seconds) as p50_response_seconds,
    any_value(p90_response_seconds) as p90_response_seconds,
    any_value(p95_response_seconds) as p95_response_seconds, any_value(error_count) as error_count,
    any_value(error_count) / (2 * count(*)) as error_rate_ratio, getvariable('loaded') as loaded_at
  from conversations.fct_requests
  left join talks on request_date = talks.activity_date
  left join turns on request_date = turns.activity_date
  group by request_date;
insert into conversations.agg_users_daily by name
  select user_id, request_date as activity_date, count(distinct conversation_id) as conversation_count,
    2 * count(*) as message_count, count(*) as request_count, sum(total_tokens) as total_tokens,
    sum(cost_usd) as cost_usd, 90.0 * count(*) as active_seconds, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by all;
insert into conversations.agg_models_daily by name
  select request_date as activity_date, model, count(*) as request_count, sum(total_tokens) as total_tokens,
    sum(cost_usd) as cost_usd, sum(cost_calculated_usd) as cost_calculated_usd,
    getvariable('loaded') as loaded_at
  from conversations.fct_requests group by all;
insert into conversations.agg_usage_blocks by name
  select 'block-' || request_date as block_key, request_date + interval 8 hour as started_at,
    request_date + interval 13 hour as ends_at, min(requested_at) as first_request_at,
    max(requested_at) as last_request_at, count(*) as request_count,
    count(distinct conversation_id) as conversation_count, sum(total_tokens) as total_tokens,
    sum(cost_usd) as cost_usd, getvariable('loaded') as loaded_at
  from conversations.fct_requests group by request_date;
insert into conversations.dim_models by name
  select distinct price_key, model, date '2025-09-01' as valid_from, 3.0 as input_usd_per_mtok,
    15.0 as output_usd_per_mtok, 3.75 as cache_write_5m_usd_per_mtok, 6.0 as cache_write_1h_usd_per_mtok,
    0.3 as cache_read_usd_per_mtok, 'https://example.org/pricing' as source, date '2026-01-15' as source_date,
    getvariable('loaded') as loaded_at
  from conversations.fct_requests where price_key is not null;
insert into core.dim_hours by name
  select moment as hour_at, moment::date as date, hour(moment) as hour_of_day, false as is_repeated_hour
  from generate_series(
    (getvariable('last_day') - {days} + 1)::timestamp, getvariable('last_day') + interval 23 hour, interval 1 hour
  ) as hours(moment);
insert into ops.fct_loads by name
  select 'load-' || source || '-' || i as load_id, source, 3 + i % 4 as files_read, 1000 + 37 * i as rows_read,
    940 + 37 * i as rows_loaded, 40 as rows_duplicate, 15 as rows_rejected, 5 as rows_blank, true as is_conserved,
    getvariable('loaded') - to_days(i::int) as loaded_at
  from range(20) as rows(i), (values ('social'), ('conversations')) as sources(source);
insert into ops.fct_rejects by name
  select 'reject-' || i as reject_id, ['social', 'conversations'][1 + i % 2] as source,
    'events/day-' || i % 5 || '.jsonl' as file, i as line_number,
    ['invalid_json', 'missing_field', 'wrong_type', 'invalid_timestamp', 'invalid_json'][1 + i % 5] as reason_code,
    'not JSON: <b>' || i as reason_text, getvariable('loaded') - to_hours(i::int) as rejected_at,
    i % 4 > 0 as is_open, getvariable('loaded') as loaded_at
  from range(60) as rows(i);
insert into ops.fct_runs by name
  select 'run-' || i as run_id, 'nightly' as job, case when i = 3 then 'failed' else 'succeeded' end as status,
    getvariable('loaded') - to_days(i::int) as started_at, started_at + interval 4 minute as ended_at,
    18000 + i as rows_loaded, 15 as rows_rejected, 42 as models_built, 180 as checks_passed, 1 as checks_warned,
    0 as checks_failed, getvariable('loaded') as loaded_at
  from range(6) as rows(i);
insert into ops.fct_check_results by name
  select 'run-' || run as run_id, tool, tool || '_suite' as suite, 'check_' || number as check_name,
    'social.fct_events' as table_name, case when number % 3 = 0 then 'warning' else 'critical' end as severity,
    case when number = 3 or run = 1 and number = 4 then 'failed' else 'passed' end as status,
    '12' as observed, 'between 0 and <20>' as expected,
    getvariable('loaded') - to_days(run::int) as checked_at, getvariable('loaded') as loaded_at
  from range(2) as runs(run), range(1, 9) as numbers(number),
    (values ('gx'), ('dbt'), ('freshness')) as tools(tool);
"""


def create_published(
    path: Path, *, events: int = 6000, days: int = 75, people: int = 60, requests: int = 2700, fill: bool = True
) -> Path:
    """Write the database; without `fill` all marts have zero rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            tail = ", loaded_at timestamp" if name.startswith("ops.") else f", {_TAIL}"
            connection.execute(f"create table {name} ({columns}{tail})")
            connection.execute(f"comment on table {name} is 'One row per <i>thing</i> of {name}.'")
            for column in re.findall(r"(?:^|,)\s*([a-z_0-9]+) [a-z]", columns):
                connection.execute(f"comment on column {name}.{column} is 'Meaning of {column}.'")
        if fill:
            hostile = "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in HOSTILE_IDS) + "]"
            script = _DATA.format(
                last_day=LAST_DAY, hostile=hostile, days=days, people=people, events=events,
                requests=requests, markup=MARKUP_USER,
            )  # fmt: skip
            for statement in script.split(";\n"):
                connection.execute(statement)
    return path
