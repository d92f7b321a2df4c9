"""Every figure and table on a page equals SQL written here on the base facts, not the page's own query; of some tables not
every column is compared."""

from __future__ import annotations

import functools
import operator
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from reports import build_site
from reports.database import run_query
from tests.unit.reports.conftest import GENERATED_AT
from tests.unit.reports.page_reader import PageReader, named_queries, read_page, same, set_dates
from tests.unit.reports.published_sample import DOMAINS, LAST_DAY, create_published

WEEK = LAST_DAY - timedelta(days=6)
MONTH = LAST_DAY - timedelta(days=29)


def _all(kind: str) -> dict[tuple[str, str], str]:
    files = (Path(__file__).with_name(f"{part}_{kind}.sql") for part in ("expected", *DOMAINS))
    return functools.reduce(operator.or_, map(named_queries, files))


FIGURES = _all("figures")
TABLES = _all("tables")


@pytest.fixture(scope="module")
def sql(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample with the report's dates as variables, and its week and month as views."""
    with duckdb.connect(str(published), read_only=True) as connection:
        set_dates(connection, LAST_DAY, GENERATED_AT)
        yield connection


@pytest.mark.parametrize(("page", "metric"), list(FIGURES))
def test_a_figure_equals_independent_sql(
    pages: dict[str, PageReader], sql: duckdb.DuckDBPyConnection, page: str, metric: str
) -> None:
    expected = sql.execute(FIGURES[page, metric]).fetchone()
    assert expected is not None
    for reader in (pages[page], pages["index"]):
        for shown in reader.figures.get(metric, []):
            assert same(shown, expected[0])
    assert metric in pages[page].figures


def test_every_figure_has_a_comparison_with_sql(pages: dict[str, PageReader]) -> None:
    known = {metric for _, metric in FIGURES} | {"social.revenue_week", "dictionary.row_count"}
    assert {metric for page in pages.values() for metric in page.figures} == known


@pytest.mark.parametrize(("page", "table"), list(TABLES))
def test_a_table_equals_independent_sql(
    pages: dict[str, PageReader], sql: duckdb.DuckDBPyConnection, page: str, table: str
) -> None:
    cursor = sql.execute(TABLES[page, table])
    columns = [column[0] for column in cursor.description or []]
    expected = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
    shown = pages[page].rows[table]
    # The overview has some of them too, with fewer columns.
    again = pages["index"].rows.get(table, shown)
    assert expected and again.keys() == shown.keys()
    for row in expected:
        found = shown[str(row["key"])]
        for column in columns[1:]:
            assert same(found[column], row[column]), (table, column)
            assert same(again[str(row["key"])].get(column, found[column]), row[column]), (table, column)


def test_tables_hold_no_row_beyond_the_sql(pages: dict[str, PageReader], sql: duckdb.DuckDBPyConnection) -> None:
    for (page, table), query in TABLES.items():
        keys = {str(row[0]) for row in sql.execute(f"select key from ({query})").fetchall()}
        shown = pages[page].rows[table]
        # A day, or an hour of the week, on which nothing happened is a row with 0, not a gap.
        assert [key for key in set(shown) - keys if not _says_nothing(shown[key])] == [], table


def _says_nothing(row: dict[str, str]) -> bool:
    return not any(
        float(value or 0) for name, value in row.items() if name not in ("weekday", "hour_of_day", "hour_count")
    )


def test_every_table_has_a_comparison_with_sql(pages: dict[str, PageReader]) -> None:
    # Rows of one place are a test of their own.
    known = {table for _, table in TABLES} | {"social.top_content"}
    assert {table for page in pages.values() for table in page.rows} == known


@pytest.mark.usefixtures("without_pictures")
def test_top_content_ranks_ties_alike_and_withholds_means_of_few_people(
    published: Path, sql: duckdb.DuckDBPyConnection, tmp_path: Path, only: Callable[..., None]
) -> None:
    only("social")
    build_site(published, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=True, minimum_people=40)
    shown = read_page(tmp_path / "r" / "social.html").rows["social.top_content"]
    expected = sql.execute(
        """
        select content_type, content_id, count(*) filter (where event_type = 'view') as views,
            count(distinct user_id) filter (where event_type = 'view') as viewers,
            avg(view_duration_seconds) filter (where event_type = 'view') as dwell,
            count(*) filter (where event_type = 'engagement') / views as per_view
        from social.fct_events
        where event_date between $month and $day and content_id is not null group by all
        """,
        {"month": MONTH, "day": LAST_DAY},
    ).fetchall()
    by_views = sorted((row[2] for row in expected), reverse=True)
    withheld = 0
    for content_type, content_id, views, viewers, dwell, per_view in expected:
        rank = by_views.index(views) + 1
        found = shown.get(f"{content_type}|{content_id}")
        assert (found is not None) == (rank <= 15)
        if found is None:
            continue
        assert int(found["place"]) == rank
        assert (int(found["view_count"]), int(found["viewer_count"])) == (views, viewers)
        if viewers < 40:
            withheld += 1
            assert (found["mean_dwell_seconds"], found["engagement_per_view"]) == ("", "")
        else:
            assert float(found["mean_dwell_seconds"]) == pytest.approx(dwell)
            assert float(found["engagement_per_view"]) == pytest.approx(per_view)
    assert 0 < withheld < len(shown)


def test_a_creator_has_the_newest_known_name_and_not_that_of_the_newest_clip() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema clips;
            create table clips.dim_clips as
            select 'maker' as creator_id, unnest(['named', 'nameless']) as clip_id, unnest(['Fox', 'unknown']) as creator_name,
                date '2026-03-01' as clip_date, clip_date::timestamp as clip_created_at, 1 as view_count, 0 as discord_shares,
                unnest([clip_created_at, clip_created_at + interval 1 day]) as last_seen_at, 0 as discord_reactions,
                'game' as game_id, clip_created_at as loaded_at;
            create table clips.dim_creators as
            select unnest(['a', 'b', 'b']) as account_id, 'maker' as creator_id, unnest(['Fox', 'unknown', 'Wolf']) as creator_name,
                unnest([true, true, false]) as is_current, timestamp '2026-03-01' + to_days(unnest([1, 2, 3])) as last_seen_at;
            """
        )
        dates = {"month_from": date(2026, 3, 1), "through_date": date(2026, 3, 1)}
        found = run_query(connection, "clips/creators", dates, frozenset({"clips.dim_clips", "clips.dim_creators"}))
    assert [(row["creator_name"], row["clip_count"]) for row in found.rows] == [("Fox", 2)]


def test_revenue_is_shown_per_currency_and_never_added_up(
    pages: dict[str, PageReader], sql: duckdb.DuckDBPyConnection
) -> None:
    expected = sql.execute(
        "select sum(amount) from social.fct_events where event_date >= $week and currency is not null "
        "group by currency",
        {"week": WEEK},
    ).fetchall()
    shown = pages["social"].figures["social.revenue_week"]
    assert sorted(map(Decimal, shown)) == sorted(row[0] for row in expected)


def test_a_chart_draws_the_rows_of_its_table(pages: dict[str, PageReader]) -> None:
    drawn = pages["social"].specs["social.events_by_type-spec"]
    (drawn,) = drawn["datasets"].values()
    table = pages["social"].rows["social.events_by_type"]
    assert {f"{row['event_date']}|{row['event_type']}": row["event_count"] for row in drawn} == {
        key: int(row["event_count"]) for key, row in table.items()
    }


@pytest.mark.usefixtures("without_pictures")
def test_the_period_ends_before_today_and_before_a_clock_set_wrong(
    published: Path, tmp_path: Path, only: Callable[..., None]
) -> None:
    only("overview", "social")
    copy = tmp_path / "analytics.duckdb"
    shutil.copyfile(published, copy)
    with duckdb.connect(str(copy)) as connection:
        for day in (GENERATED_AT.date(), date(2099, 1, 1)):
            connection.execute(
                "insert into social.agg_activity_daily by name select $day as event_date, 5 as event_count",
                {"day": day},
            )
    build_site(copy, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    page = read_page(tmp_path / "r" / "social.html")
    assert max(page.rows["social.activity"]) == LAST_DAY.isoformat()


@pytest.mark.usefixtures("without_pictures")
def test_no_change_is_claimed_against_a_period_that_the_data_does_not_cover(tmp_path: Path) -> None:
    published = create_published(tmp_path / "analytics.duckdb", events=400, requests=90, days=13)
    build_site(published, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    texts = read_page(tmp_path / "r" / "index.html").texts
    assert "no full period before" in texts
    assert "vs 7 days before" not in texts
    weekly = read_page(tmp_path / "r" / "social.html").rows["social.activity"].values()
    assert [day["weekly_user_count"] == "" for day in weekly] == [True] * 6 + [False] * 7


def test_the_dictionary_lists_every_table_and_column_with_its_comment(
    pages: dict[str, PageReader], sql: duckdb.DuckDBPyConnection
) -> None:
    texts = set(pages["dictionary"].texts)
    for schema, table, column, comment in sql.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where not internal and schema_name <> 'main'"
    ).fetchall():
        assert f"{schema}.{table}" in texts
        assert column in texts
        assert comment is None or comment in texts
