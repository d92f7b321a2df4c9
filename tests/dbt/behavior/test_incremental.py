"""Runs one after the other equal a full refresh, and take up only the people with new events."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.dbt.conftest import raw_tables

from .conftest import DATABASE, PROJECT, dbt

BEHAVIOR = ["path:models/intermediate/behavior", "path:models/marts/behavior"]
DEFAULTS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["behavior"] | {"minimum_people": 1}
# Events of 60 people over 40 days; a batch takes some of them, the later ones also late events of the first days.
EVENTS = """
insert into social.fct_events(event_id, event_type, user_id, session_key, session_id, occurred_at, event_date,
    event_hour_at, platform, content_type, content_id, view_duration_seconds, dwell_seconds, action, amount, currency,
    conversion_path, is_late, has_event_id, batch_id, loaded_at)
select
    'e' || n, kind, user_id, user_id || '-' || (hash(n // 7) % 9), null, moment, moment::date, date_trunc('hour', moment),
    ['ios', 'web', null][1 + (hash(user_id) % 3)::int],
    case when kind in ('view', 'heartbeat') then 'post' end,
    case when kind in ('view', 'heartbeat') then 'post-' || n % 5 end,
    case when kind = 'view' then n % 200 end, case when kind = 'view' then n % 150 end,
    case when kind = 'engagement' then ['like', 'share', 'save'][1 + (n % 3)::int] end,
    case when kind = 'purchase' then (n % 50)::decimal(18, 6) end, case when kind = 'purchase' then 'EUR' end,
    case when kind = 'purchase' then '["feed","checkout"]' end, false, true, {batch}, timestamp '2024-04-{day}'
from (
    select n, 'user-' || (hash(n, 'u') % 60) as user_id,
        ['view', 'view', 'engagement', 'purchase', 'stream', 'heartbeat'][1 + (hash(n, 'k') % 6)::int] as kind,
        timestamp '2024-02-10' + to_seconds((hash(n, 't') % (40 * 86400))::bigint) as moment
    from range({first}, {last}) as numbers(n)
)
where {where};
-- fct_events writes all events of a session again that has new ones
update social.fct_events set batch_id = {batch}
where session_key in (select session_key from social.fct_events where batch_id = {batch})
"""
# One person looks at something twice, in sessions weeks apart; nobody else does.
TWICE = """
insert into social.fct_events by name
select 'twice ' || n as event_id, 'view' as event_type, 'user-3' as user_id, 'user-3 ' || n as session_key,
    moment as occurred_at, moment::date as event_date, date_trunc('hour', moment) as event_hour_at,
    'post' as content_type, 'rare' as content_id, 10 * n as view_duration_seconds, 10 * n as dwell_seconds,
    false as is_late, true as has_event_id, 5 as batch_id, timestamp '2024-04-05' as loaded_at
from (select n, timestamp '2024-01-03 10:00:00' + to_days(14 * n::integer) as moment from range(1, 3) as numbers(n))
"""
MESSAGES = """
insert into intermediate.int_conversations__messages_merged
    (message_key, conversation_id, user_id, source, message_id, role, sent_at, token_count, is_sidechain, batch_id, loaded_at)
select 'm' || n, 'c' || n % 5, 'user-' || n % 5, 'tracked', 'm' || n, ['user', 'assistant'][1 + (n % 2)::int],
    timestamp '2024-03-01' + to_hours(n * 7), 10, false, 1, timestamp '2024-04-01'
from range(60) as numbers(n)
"""


class Warehouse:
    def __init__(self, folder: Path, block: dict[str, Any]) -> None:
        self.folder = folder
        self.block = block

    @property
    def path(self) -> Path:
        return self.folder / f"{DATABASE}.duckdb"

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(query).fetchall()

    def run(self, *arguments: str) -> None:
        kinds = ["--no-write-json", "--resource-type", "seed", "--resource-type", "model"]
        result = dbt(self.folder, "build", *kinds, "--select", *(arguments or BEHAVIOR), block=self.block)
        assert result.returncode == 0, result.stdout[-4000:]

    def differences_to_a_full_refresh(self) -> dict[str, int]:
        kept = self.folder / "incremental.duckdb"
        shutil.copy(self.path, kept)
        self.run(*BEHAVIOR, "--full-refresh")
        found = {}
        with duckdb.connect() as connection:
            connection.execute(f"attach '{kept}' as one (read_only); attach '{self.path}' as two (read_only)")
            tables = connection.execute(
                "select schema_name, table_name, string_agg('\"' || column_name || '\"', ', ') from duckdb_columns()"
                " where database_name = 'one' and (schema_name = 'behavior' or table_name like 'int_behavior__%')"
                " and table_name not in ('int_behavior__events', 'int_behavior__people', 'int_behavior__changed_events')"
                " and column_name not in ('batch_id', 'loaded_at') group by all"
            ).fetchall()
            assert len(tables) >= 20
            for schema, table, columns in tables:
                one, two = (f"select {columns} from {name}.{schema}.{table}" for name in ("one", "two"))
                row = connection.execute(
                    f"select count(*), (select count(*) from {two.split(' from ')[1]}) from"
                    f" (({one} except all {two}) union all ({two} except all {one}))"
                ).fetchone()
                assert row is not None
                if row[0]:
                    found[table] = row[0]
                if table not in ("agg_people_topics",):
                    assert row[1] > 0, table
        shutil.copy(kept, self.path)
        return found


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """All domains' facts without a row, to which the tests add social events and messages."""
    built = Warehouse(tmp_path_factory.mktemp("incremental"), copy.deepcopy(DEFAULTS))
    built.sql(raw_tables())
    built.run("+int_behavior__events", "+int_conversations__terms_counted", "+fct_conversations")
    built.sql("insert into staging.stg_social__events(batch_id) values (1)")
    built.sql(EVENTS.format(batch=1, day="01", first=0, last=1500, where="n % 4 > 0"))
    built.sql(MESSAGES)
    built.run()
    yield built


def test_only_people_with_new_events_are_computed_again(warehouse: Warehouse) -> None:
    """Late, new and first events of some; a message that turns out to be someone else's. The next test compares."""
    warehouse.sql(
        EVENTS.format(batch=2, day="02", first=0, last=1800, where="(n % 4 = 0 or n >= 1500) and user_id like '%7'")
    )
    warehouse.sql(
        "update intermediate.int_conversations__messages_merged set user_id = 'user-59' where message_key = 'm11'"
    )
    warehouse.run()

    changed = {
        row[0] for row in warehouse.sql("select person_id from intermediate.int_behavior__people where batch_id = 2")
    }
    assert changed == {"user-7", "user-17", "user-27", "user-37", "user-47", "user-57", "user-59", "user-1"}
    for table in ("behavior.fct_funnel_attempts", "behavior.agg_people", "intermediate.int_behavior__retention_people"):
        rewritten = warehouse.sql(f"select distinct person_id from {table} where batch_id = 2")
        assert {row[0] for row in rewritten} <= changed
    held = warehouse.sql("select distinct people_batch_id, person_id from intermediate.int_behavior__changed_events")
    assert {batch for batch, _ in held} == {2}
    assert {person for _, person in held} == changed


def test_models_that_missed_a_batch_take_it_up_with_the_next(warehouse: Warehouse) -> None:
    """A night that died after the people were found: the next one holds other people's events only."""
    late = "user_id like '%{digit}' and n >= 1800"
    warehouse.sql(EVENTS.format(batch=3, day="03", first=1800, last=2000, where=late.format(digit=3)))
    warehouse.run("int_behavior__people", "int_behavior__changed_events")
    warehouse.sql(EVENTS.format(batch=4, day="04", first=1800, last=2000, where=late.format(digit=4)))
    warehouse.run()

    held = warehouse.sql("select distinct person_id from intermediate.int_behavior__changed_events")
    assert {person[-1] for (person,) in held} == {"4"}
    rewritten = warehouse.sql("select distinct person_id from behavior.agg_people where batch_id = 4")
    assert {person[-1] for (person,) in rewritten} == {"3", "4"}
    assert warehouse.differences_to_a_full_refresh() == {}


def test_only_content_of_changed_sessions_is_counted_again(warehouse: Warehouse) -> None:
    """Two sessions turn out to be one: a week without a visit any more loses its row. Then settings change."""
    rows = "select {} from behavior.agg_dwell_content where content_id = 'rare' and timeframe = 'week' order by 1"
    warehouse.sql(TWICE)
    warehouse.run()
    assert warehouse.sql(rows.format("period_date::varchar")) == [("2024-01-15",), ("2024-01-29",)]
    warehouse.sql("update social.fct_events set session_key = 'user-3 1', batch_id = 6 where event_id like 'twice %'")
    warehouse.run()
    assert warehouse.sql(rows.format("period_date::varchar")) == [("2024-01-15",)]
    counted = warehouse.sql("select distinct content_id from behavior.agg_dwell_content where batch_id = 6")
    assert counted == [("rare",)]
    assert warehouse.differences_to_a_full_refresh() == {}

    warehouse.block["minimum_people"] = 3
    warehouse.block["dwell"] = {**warehouse.block["dwell"], "minimum_visit_seconds": 7}
    warehouse.run()
    assert warehouse.sql(rows.format("dwell_seconds")) == [(None,)]
    assert warehouse.differences_to_a_full_refresh() == {}


def test_people_who_lose_all_events_and_changed_definitions_leave_no_row(warehouse: Warehouse) -> None:
    """A displaced row makes all anew; a changed funnel, a new one and one that is gone are seen by their definition."""
    warehouse.sql("delete from social.fct_events where user_id = 'user-17'; update social.fct_events set batch_id = 7")
    warehouse.sql("insert into staging.stg_social__events(batch_id, displaced_batch_id) values (7, 7)")
    funnels = warehouse.block["funnels"]
    funnels[0]["window"] = "1 day"
    funnels[1]["name"] = "renamed"
    del funnels[2]
    warehouse.block["revenue"] = {"event": "social.stream"}
    warehouse.run()

    assert warehouse.sql("select count(*) from behavior.fct_funnel_attempts where person_id = 'user-17'") == [(0,)]
    names = warehouse.sql("select distinct funnel_name from behavior.fct_funnel_attempts order by 1")
    assert [name for (name,) in names] == sorted(funnel["name"] for funnel in funnels)
    assert warehouse.differences_to_a_full_refresh() == {}
