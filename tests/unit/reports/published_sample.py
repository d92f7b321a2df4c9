"""A small published database, made by SQL from one number, with the marts' columns and hostile texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import yaml

LAST_DAY = date(2026, 3, 29)
MARKUP_USER = "<script>alert(1)</script>"
HOSTILE_IDS = (
    '"><img src=x onerror=alert(2)>',
    "{{7*7}}{% raw %}",
    "javascript:alert(3)",
    "https://example.org/post?a=1&b=<2>",
    'it\'s "quoted"; drop table social.fct_events; --',
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
        order_id varchar, amount decimal(18, 6), currency varchar, quantity decimal(18, 6), payment_method varchar,
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
        order_count bigint, item_count {_MONEY}, revenue_amount {_MONEY}, buyer_count bigint,
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
        response_count bigint, error_count bigint, outcome_count bigint, error_rate_ratio double""",
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
    "core.fct_exchange_rates": """currency varchar, rate_date date, converted_currency varchar, rate double,
        published_date date, is_rate_filled boolean""",
    "ops.fct_loads": """load_id varchar, source varchar, files_read bigint, rows_read bigint,
        rows_loaded bigint, rows_duplicate bigint, rows_rejected bigint, rows_blank bigint,
        is_conserved boolean""",
    "ops.fct_rejects": """reject_id varchar, source varchar, resource varchar, file varchar,
        line_number bigint, reason_code varchar, reason_text varchar, raw_text varchar,
        rejected_at timestamp, is_open boolean""",
    "ops.fct_collections": """source varchar, collection_id varchar, resource varchar, account_id varchar,
        status varchar, started_at timestamp, error varchar""",
    "ops.agg_collection_health": """source varchar, resource varchar, account_count bigint,
        healthy_account_count bigint, failing_account_count bigint, healthy_ratio double, last_success_at timestamp,
        week_collection_count bigint, week_request_count bigint, week_retry_count bigint, week_point_count bigint,
        week_row_count bigint""",
    "ops.fct_runs": """run_id varchar, job varchar, status varchar, started_at timestamp,
        ended_at timestamp, rows_loaded bigint, rows_rejected bigint, models_built bigint,
        checks_passed bigint, checks_warned bigint, checks_failed bigint""",
    "ops.fct_check_results": """run_id varchar, tool varchar, suite varchar, check_name varchar,
        table_name varchar, severity varchar, status varchar, observed varchar, expected varchar, is_current boolean,
        checked_at timestamp""",
}


# Domains whose tables are made from the marts' own contracts; <name>_sample.sql fills them.
CONTRACTS = Path(__file__).parents[3] / "dbt_project" / "models" / "marts"
DOMAINS = ("livestream", "channels", "clips", "behavior")


def contract_tables() -> Iterator[tuple[str, str]]:
    """(schema.table, columns) of `DOMAINS`, without the columns that all marts end with."""
    for domain in DOMAINS:
        for model in yaml.safe_load((CONTRACTS / domain / f"_{domain}__models.yml").read_text())["models"]:
            columns = [column for column in model["columns"] if column["name"] not in ("batch_id", "loaded_at")]
            name = model.get("config", {}).get("alias", model["name"])
            yield f"{domain}.{name}", ", ".join(f"{one['name']} {one['data_type']}" for one in columns)


def create_published(
    path: Path,
    *,
    events: int = 6000,
    days: int = 75,
    people: int = 60,
    requests: int = 2700,
    fill: bool = True,
) -> Path:
    """Write the database; without `fill` all marts have zero rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    statements = []
    for name, columns in [*TABLES.items(), *contract_tables()]:
        statements.append(f"create schema if not exists {name.split('.')[0]}")
        tail = ", loaded_at timestamp" if name.startswith("ops.") else f", {_TAIL}"
        statements.append(f"create table {name} ({columns}{tail})")
        statements.append(f"comment on table {name} is 'One row per <i>thing</i> of {name}.'")
        for column in re.findall(r"(?:^|,)\s*([a-z_0-9]+) [a-z]", columns):
            statements.append(f"comment on column {name}.{column} is 'Meaning of {column}.'")
    with duckdb.connect(str(path)) as connection:
        # Some 1,400 transactions would take four times as long.
        connection.execute("; ".join(["begin", *statements, "commit"]))
        if fill:
            variables = {
                "last_day": LAST_DAY,
                "markup": MARKUP_USER,
                "hostile": list(HOSTILE_IDS),
                "days": days,
                "people": people,
                "events": events,
                "requests": requests,
            }
            for name, value in variables.items():
                connection.execute(f"set variable {name} = $value", {"value": value})
            for script in ("published", *DOMAINS):
                path_of_script = Path(__file__).with_name(f"{script}_sample.sql")
                connection.execute(path_of_script.read_text(encoding="utf-8"))
    return path
