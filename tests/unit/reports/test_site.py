"""The site as a whole: empty and partial publications, replacement in one step, repeatability, contrast."""

from __future__ import annotations

import itertools
import math
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import vl_convert

from reports import behavior_charts, build_site, charts, render, theme
from reports.components import Column, Table
from reports.database import open_published, published_tables, run_query
from reports.markup import environment
from reports.pages import channels as channels_page
from reports.pages import clips as clips_page
from reports.pages import livestream as livestream_page
from reports.pages import overview as overview_page
from reports.pages import quality as quality_page
from reports.pages import social as social_page
from reports.pages.context import Context
from reports.registry import REPORTS
from reports.swap import below, replaced_folder
from tests.unit.reports.conftest import GENERATED_AT
from tests.unit.reports.page_reader import PageReader, read_page
from tests.unit.reports.published_sample import LAST_DAY


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("without_pictures")
def test_marts_without_rows_give_pages_with_empty_states(empty_published: Path, tmp_path: Path) -> None:
    built = build_site(empty_published, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    assert [page.name for page in built.pages] == [spec.file_name for spec in REPORTS]
    assert built.chart_count == 0
    social = read_page(tmp_path / "r" / "social.html")
    assert "Nothing to draw in this period yet." in social.texts
    assert "No purchases in this period." in social.texts
    assert not any("as of no data" in text.lower() for text in social.texts)
    assert social.figures["social.events_week"] == ["0"]
    # A median of nothing is not known; it is not 0.
    assert social.figures["social.session_seconds_week"] == [""]


@pytest.mark.usefixtures("without_pictures")
def test_a_domain_that_was_never_published_is_named_and_costs_no_other_page(tmp_path: Path, published: Path) -> None:
    partial = tmp_path / "partial.duckdb"
    partial.write_bytes(published.read_bytes())
    with duckdb.connect(str(partial)) as connection:
        connection.execute("drop schema conversations cascade")
        connection.execute("drop table core.fct_exchange_rates")
    build_site(partial, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    overview = read_page(tmp_path / "r" / "index.html")
    assert any("conversations.agg_conversations_daily is not published yet" in text for text in overview.texts)
    assert (
        overview.figures["social.events_week"]
        == read_page(tmp_path / "r" / "social.html").figures["social.events_week"]
    )
    # Without rates, what was bought is known all the same.
    revenue = read_page(tmp_path / "r" / "social.html").rows["social.revenue"]
    assert float(revenue["EUR"]["revenue_month"]) and revenue["EUR"]["converted_month"] == ""


@pytest.mark.usefixtures("without_pictures")
def test_the_overview_leaves_out_clips_where_none_was_ever_fetched(
    published: Path, site: Path, tmp_path: Path, only: Callable[..., None]
) -> None:
    only("overview", "social", "clips")
    without = tmp_path / "without.duckdb"
    without.write_bytes(published.read_bytes())
    with duckdb.connect(str(without)) as connection:
        connection.execute("update clips.agg_engagement_timeline set snapshot_count = 0")
    build_site(without, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    assert 'id="clips"' in (site / "index.html").read_text()
    overview = (tmp_path / "r" / "index.html").read_text()
    assert 'id="social"' in overview and 'id="clips"' not in overview


def _copy_with(published: Path, folder: Path, changes: str) -> Path:
    """The sample after `changes` in SQL."""
    copy = folder / "changed.duckdb"
    shutil.copyfile(published, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(changes)
    return copy


def _changed(published: Path, folder: Path, changes: str) -> Context:
    """What pages may read of the sample after `changes` in SQL."""
    with open_published(_copy_with(published, folder, changes)) as connection:
        return render._read(connection, GENERATED_AT, "UTC", 5)


def _site_of_changed(published: Path, folder: Path, changes: str) -> Path:
    """The folder of a site of the sample after `changes` in SQL."""
    build_site(_copy_with(published, folder, changes), folder / "r", generated_at=GENERATED_AT, is_simulated=False)
    return folder / "r"


def test_the_overview_draws_no_domain_that_has_no_data(published: Path, tmp_path: Path) -> None:
    """An empty chart of an assistant that nobody has would stand there for good."""
    changes = "delete from conversations.agg_conversations_daily"
    (drawn,) = overview_page.assemble(_changed(published, tmp_path, changes)).charts
    assert drawn.name == "overview.social_users" and drawn.wide
    changes += "; delete from social.agg_activity_daily"
    page = overview_page.assemble(_changed(published, tmp_path, changes))
    assert "trend" not in [section.slug for section in page.sections] and not page.charts


def test_a_list_that_is_cut_says_of_how_many(published: Path, tmp_path: Path) -> None:
    context = _changed(
        published,
        tmp_path,
        """
        update clips.dim_clips set creator_id = 'fan-' || (hash(clip_id) % 40), game_id = 'game-' || (hash(clip_id) % 20);
        insert into channels.agg_videos by name
            select 'video-' || n as video_id, 'title' as title, n as views_gained_7d from range(100, 120) as numbers(n);
        insert into channels.agg_channel_games_daily by name
            select $$category $$ || n as game_id, $$category $$ || n as game_name, 'a' as account_id, max(stream_date) as stream_date,
                n / 9 as hours_streamed
            from channels.agg_channel_games_daily, range(20) as numbers(n) group by n;
        insert into ops.fct_rejects by name
            select 'social' as source, 'reason_' || n as reason_code, true as is_open, 'f' as file, n as line_number
            from range(15) as numbers(n)
        """,
    )
    cards = {
        card.name: card
        for page in (clips_page, channels_page, quality_page)
        for section in page.assemble(context).sections
        for card in section.cards
    }
    for name, of in (
        ("clips.creators", "of 40 creators."),
        ("clips.games", "of 20 games."),
        ("channels.videos", "videos."),
        ("channels.games", "categories."),
        ("quality.rejects", "; the table has all."),
    ):
        said = cards[name].definition + getattr(cards[name], "note", "")
        assert said.endswith(of) and not re.search(r"\b(\d+) of \1 ", said), said


def test_characters_of_two_accounts_that_are_named_alike_are_told_apart(published: Path, tmp_path: Path) -> None:
    changes = "".join(
        f"update livestream.{table} set character_id = 'mira' where account_id in ('account-1', 'account-2');"
        for table in ("agg_characters_daily", "fct_stream_sessions", "fct_interactions")
    )
    context = _changed(published, tmp_path, changes)
    section = next(part for part in livestream_page.assemble(context).sections if part.slug == "characters")
    assert [[c.label for c in card.columns if "ccount" in c.label] for card in section.cards] == [
        ["Account"],
        ["Account", "Other's account"],
    ]
    names = {row["character_name"] for row in context.rows("livestream/hours_by_character")}
    assert {"mira (account-1)", "mira (account-2)", "eve"} <= names


def test_games_without_a_name_are_told_apart_by_their_ids(site: Path) -> None:
    # Top games and sentiment: each of them once.
    texts = read_page(site / "clips.html").texts
    assert texts.count("unknown (game-6)") == 2


@pytest.mark.usefixtures("without_pictures")
def test_many_funnels_with_many_values_are_cut_evenly_and_what_is_left_out_is_said(
    published: Path, tmp_path: Path, only: Callable[..., None]
) -> None:
    only("behavior")
    many = tmp_path / "many.duckdb"
    many.write_bytes(published.read_bytes())
    with duckdb.connect(str(many)) as connection:
        connection.execute(
            """
            insert into behavior.agg_funnels by name
            select f.* replace ('funnel_' || n as funnel_name, if(v = 0, '(all)', 'value ' || v) as breakdown_value,
                if(n = 10, 'unordered', mode) as mode)
            from behavior.agg_funnels as f, range(10, 18) as a(n), range(31) as b(v)
            where f.breakdown_value = '(all)';
            update behavior.agg_lifecycle set people_count = null, is_withheld = true where state = 'dormant'
            """
        )
    build_site(many, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    page = read_page(tmp_path / "r" / "behavior.html")
    assert any(text.startswith("6 of 9 funnels are drawn") for text in page.texts)
    # Whoever did n steps of an unordered funnel did any n of them.
    assert page.texts.count("any step") == page.texts.count("any 2 steps") == 1
    assert any(text.endswith("A state of too few people is not drawn: not known, not 0.") for text in page.texts)
    breakdowns = [key.split("|")[0] for key in page.rows["behavior.funnel_breakdowns"]]
    assert {breakdowns.count(f"funnel_{n}") for n in range(10, 15)} == {10}


def _axis_of(days: int) -> dict[str, Any]:
    rows = [{"day": date(2026, 3, 3) + timedelta(days=n), "value": 1} for n in range(days)]
    spec = charts.day_bars(rows, day="day", value="value", value_title="Value")
    assert spec is not None
    axis: dict[str, Any] = spec["encoding"]["x"]["axis"]
    return axis


@pytest.mark.parametrize("days", [1, 14])
def test_an_axis_of_few_days_names_each(days: int) -> None:
    assert _axis_of(days)["tickCount"] == {"interval": "day", "step": 1}


def test_an_axis_of_weeks_names_their_mondays() -> None:
    ticks = [date(tick["year"], tick["month"], tick["date"]) for tick in _axis_of(15)["values"]]
    assert ticks == [date(2026, 3, 9), date(2026, 3, 16)]


@pytest.mark.parametrize(("days", "step"), [(160, 1), (400, 2), (1095, 6)])
def test_an_axis_of_many_months_names_few_of_them_with_their_year(days: int, step: int) -> None:
    axis = _axis_of(days)
    assert (axis["format"], axis["tickCount"]) == ("%b %Y", {"interval": "month", "step": step})


def test_lifecycle_intervals_of_two_years_are_told_apart() -> None:
    rows = [
        {"interval": interval, "interval_date": day, "state": "new", "people_count": 1, "signed_count": 1, "place": 1}
        for interval, day in (("week", date(2025, 12, 29)), ("week", date(2026, 1, 5)))
    ]
    for interval, expected in (("week", "%-d %b %Y"), ("month", "%b %Y")):
        spec = behavior_charts.lifecycle_bars([{**row, "interval": interval} for row in rows])
        assert spec is not None and spec["encoding"]["x"]["axis"]["format"] == expected


def test_days_without_rows_are_gaps_and_not_lines_across_them(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("overview", "social", "conversations", "livestream")
    copy = tmp_path / "gap.duckdb"
    shutil.copyfile(published, copy)
    gap = LAST_DAY - timedelta(days=5)
    with duckdb.connect(str(copy)) as connection:
        for table, day in (
            ("social.agg_events_daily", "event_date"),
            ("social.fct_sessions", "session_date"),
            ("social.agg_revenue_daily", "event_date"),
            ("livestream.agg_characters_daily", "activity_date"),
            ("livestream.fct_interactions", "interaction_date"),
            ("conversations.agg_conversations_daily", "activity_date"),
        ):
            connection.execute(f"delete from {table} where {day} = $day", {"day": gap})
        week = {"week": LAST_DAY - timedelta(days=6)}
        connection.execute("delete from social.fct_events where event_type = 'purchase' and event_date >= $week", week)
        connection.execute("delete from livestream.fct_super_chats where paid_date >= $week", week)
        connection.execute("delete from livestream.agg_revenue_daily where revenue_date >= $week", week)
    build_site(copy, tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    social, streams = (read_page(tmp_path / "r" / f"{name}.html") for name in ("social", "livestream"))
    assert social.rows["social.late"][str(gap)]["late_share_ratio"] == ""
    assert social.rows["social.session_duration"][str(gap)]["median_seconds"] == ""
    assert social.rows["social.sessions"][str(gap)]["session_count"] == "0"
    assert streams.rows["livestream.daily"][str(gap)]["viewer_average"] == ""
    assert streams.rows["livestream.quality"][str(gap)]["response_p50_seconds"] == ""
    # Nothing was sold on the day, and nothing paid in the week: that is known.
    assert {float(shown or "nan") for shown in social.figures["social.revenue_week"]} == {0}
    assert {float(shown or "nan") for shown in streams.figures["livestream.revenue_week"]} == {0}
    overview = read_page(tmp_path / "r" / "index.html").rows["overview.conversation_messages"]
    assert float(overview[str(gap)]["cost_usd"]) == 0
    assert float(streams.rows["livestream.revenue_daily"][str(gap)]["converted_amount"]) == 0
    daily = next(rows for name, rows in social.rows.items() if name.startswith("social.revenue_daily."))
    assert float(next(row for key, row in daily.items() if key.startswith(str(gap)))["revenue_amount"]) == 0


def test_five_hour_blocks_are_those_of_the_periods_dates_in_the_reporting_zone(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("conversations")
    copy = tmp_path / "zone.duckdb"
    shutil.copyfile(published, copy)
    # The evening of the last day in Los Angeles, and the evening before the first.
    ends = [LAST_DAY + timedelta(days=1), LAST_DAY - timedelta(days=29)]
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from conversations.agg_usage_blocks")
        for day in ends:
            connection.execute(
                "insert into conversations.agg_usage_blocks by name "
                "select $day + interval 2 hour as started_at, $day + interval 7 hour as ends_at, 5 as total_tokens",
                {"day": day},
            )
    build_site(
        copy,
        tmp_path / "r",
        generated_at=GENERATED_AT + timedelta(hours=12),
        is_simulated=False,
        reporting_timezone="America/Los_Angeles",
    )
    page = read_page(tmp_path / "r" / "conversations.html")
    assert list(page.rows["conversations.blocks"]) == [f"{ends[0]}T02:00:00"]


def test_the_days_of_a_sparkline_add_up_to_its_tile(tmp_path: Path, published: Path) -> None:
    copy = tmp_path / "sessions.duckdb"
    shutil.copyfile(published, copy)
    with duckdb.connect(str(copy)) as connection:
        # As a session over midnight, which counts on the day of its start and is active on two.
        connection.execute("update social.agg_activity_daily set session_count = session_count + 1")
    with open_published(copy) as connection:
        context = render._read(connection, GENERATED_AT, "UTC", 1)
    tiles = {tile.metric: tile for tile in [*social_page.headline(context), *livestream_page.headline(context)]}
    for metric in ("social.events_week", "social.sessions_week", "livestream.revenue_week"):
        tile = tiles[metric]
        assert tile.value and sum(day or 0 for day in tile.spark[-7:]) == tile.value, metric


def test_people_of_whom_documents_do_not_tell_are_unknown_and_not_none(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("overview", "livestream")
    changes = "delete from livestream.fct_interactions; delete from livestream.fct_super_chats"
    site = _site_of_changed(published, tmp_path, changes)
    page = read_page(site / "livestream.html")
    figures = page.figures
    assert {*figures["livestream.people_week"], *figures["livestream.payers_week"]} == {""}
    assert {row["user_count"] for row in page.rows["livestream.characters"].values()} == {""}
    assert {row["payer_count"] for row in page.rows["livestream.revenue"].values()} == {""}
    assert all(map(float, figures["livestream.revenue_week"]))


def test_an_interval_without_people_keeps_its_place_on_the_axis() -> None:
    rows = [
        {"interval": interval, "interval_date": day, "state": "new", "people_count": 9, "signed_count": 9, "place": 1}
        for interval, days in (("day", (date(2026, 3, 6), date(2026, 3, 9))), ("month", (date(2025, 12, 1), date(2026, 2, 1))))
        for day in days
    ]  # fmt: skip
    for interval, missing in (("day", ["2026-03-07", "2026-03-08"]), ("month", ["2026-01-01"])):
        spec = behavior_charts.lifecycle_bars([row for row in rows if row["interval"] == interval])
        assert spec is not None
        (drawn,) = spec["datasets"].values()
        assert [row["interval_date"] for row in drawn if row["people_count"] is None] == missing


def test_the_last_label_of_a_lifecycle_ends_within_its_picture() -> None:
    rows = [
        {"interval": "day", "interval_date": date(2026, 3, day), "state": "new", "people_count": 9, "signed_count": 9,
         "place": 1}
        for day in range(6, 27)
    ]  # fmt: skip
    spec = behavior_charts.lifecycle_bars(rows)
    picture = vl_convert.vegalite_to_svg({**spec, "width": 480}, vl_version=render.VEGA_LITE)  # type: ignore[dict-item]
    assert re.findall(r'<text text-anchor="(\w+)"[^>]*>26 Mar<', picture) == ["end"]


def test_an_axis_of_shares_names_no_step_twice() -> None:
    rows = [{"day": LAST_DAY, "share": 0.006}]
    spec = charts.day_lines(rows, day="day", series={"share": "Share"}, value_title="Share", as_share=True)
    picture = vl_convert.vegalite_to_svg({**spec, "width": 400}, vl_version=render.VEGA_LITE)  # type: ignore[dict-item]
    labels = re.findall(r">([^<>]*%)<", picture)
    assert len(labels) > 3 and len(set(labels)) == len(labels)


def test_zeros_stand_at_the_foot_and_people_are_whole() -> None:
    rows = [{"day": LAST_DAY, "value": 0}]
    for spec in (
        charts.day_lines(rows, day="day", series={"value": "Value"}, value_title="People"),
        charts.day_bars(rows, day="day", value="value", value_title="People"),
    ):
        picture = vl_convert.vegalite_to_svg({**spec, "width": 400}, vl_version=render.VEGA_LITE)  # type: ignore[dict-item]
        assert [text for text in re.findall(r"<text [^>]*>([^<]+)<", picture) if text[0].isdigit()][-2:] == ["0", "1"]


def test_rows_without_any_value_are_no_chart() -> None:
    row = {"day": LAST_DAY, "name": "a", "place": 1, "value": None}
    stack = {"series": "name", "order": "place", "value_title": "Value", "series_title": "Name"}
    assert charts.stacked_days([row], day="day", value="value", **stack) is None
    assert charts.ranked_bars([row], label="name", value="value", value_title="Value", label_title="Name") is None


def test_a_tooltip_names_no_two_figures_alike(pages: dict[str, PageReader]) -> None:
    """Vega keeps one figure a title: the second would take the place of the first."""

    def tooltips(part: Any) -> Iterator[list[str]]:
        if isinstance(part, dict):
            if isinstance(part.get("tooltip"), list):
                yield [one["title"] for one in part["tooltip"]]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from tooltips(inner)

    found = [titles for page in pages.values() for spec in page.specs.values() for titles in tooltips(spec)]
    assert found and all(len(set(titles)) == len(titles) for titles in found)


def test_a_table_of_many_models_is_cut_and_says_so(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("conversations")
    changes = "update conversations.fct_requests set model = 'model-' || (hash(request_key) % 70)"
    page = read_page(_site_of_changed(published, tmp_path, changes) / "conversations.html")
    assert len(page.rows["conversations.models"]) == 50
    assert "50 of 70 models." in page.texts


def test_requests_that_name_no_model_have_one_name_on_a_page(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("conversations")
    changes = """
        update conversations.fct_requests set model = null;
        update conversations.agg_models_daily set model = 'unknown'
    """
    rows = read_page(_site_of_changed(published, tmp_path, changes) / "conversations.html").rows
    names = {key.partition("|")[2] for key in rows["conversations.cost_by_model"]}
    assert names == set(rows["conversations.models"]) == {"not stated"}


def test_active_people_are_those_with_any_activity_and_the_page_says_so(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("conversations")
    changes = f"""
        delete from conversations.agg_users_daily;
        insert into conversations.agg_users_daily by name
        select 'here' as user_id, date '{LAST_DAY}' as activity_date, 0 as message_count, 0 as request_count
    """
    page = read_page(_site_of_changed(published, tmp_path, changes) / "conversations.html")
    assert set(page.figures["conversations.active_users_week"]) == {"1"}
    assert any("people with any activity in the 7 days, also one that is no message" in text for text in page.texts)


def test_a_cost_that_a_transcript_reports_without_tokens_was_spent(
    tmp_path: Path, without_pictures: None, published: Path, only: Callable[..., None]
) -> None:
    only("overview", "conversations")
    changes = "update conversations.agg_conversations_daily set total_tokens = 0, cost_usd = 0.5"
    site = _site_of_changed(published, tmp_path, changes)
    page = read_page(site / "conversations.html")
    assert {float(shown) for shown in page.figures["conversations.cost_usd_week"]} == {3.5}
    overview = read_page(site / "index.html").rows["overview.conversation_messages"]
    assert float(overview[str(LAST_DAY)]["cost_usd"]) == 0.5


def test_a_week_that_nobody_entered_is_a_gap() -> None:
    from reports.pages.behavior import _weeks

    assert _weeks([date(2026, 3, 16), date(2026, 3, 2)]) == [date(2026, 3, day) for day in (2, 9, 16)]
    assert _weeks([]) == []


def test_a_cell_that_has_nothing_to_say_is_empty(site: Path) -> None:
    """A dash would say that it is not known whether the comparison is withheld."""
    assert '<td class="words"><bdi></bdi></td>' in (site / "livestream.html").read_text(encoding="utf-8")


def test_an_id_that_its_cell_cuts_can_be_read_in_full() -> None:
    column = Column("id", "Id", "code")
    table = Table("t", "T", [column], [], ["id"])
    cell = environment().get_template("_parts.html.j2").module.cell
    assert 'title="<' not in (long := str(cell(column, {"id": "<b>" + "x" * 40}, table)))
    assert f'title="&lt;b&gt;{"x" * 40}"' in long
    assert "title" not in str(cell(column, {"id": "short"}, table)) + str(cell(column, {"id": None}, table))


def test_a_single_days_bar_is_not_as_wide_as_the_chart() -> None:
    spec = charts.day_bars([{"day": date(2026, 3, 3), "value": 1}], day="day", value="value", value_title="Value")
    assert spec is not None
    ends = [date(end["year"], end["month"], end["date"]) for end in spec["encoding"]["x"]["scale"]["domain"]]
    assert ends == [date(2026, 2, 18), date(2026, 3, 4)]


def test_steps_that_nobody_reached_are_drawn_as_such() -> None:
    step = {"is_optional": False, "conversion_from_previous_ratio": None}
    counts = ((10, 10, 0), (10, 0, 10), (0, 0, 0))
    rows = [
        step
        | {"step": number, "step_name": "social.view", "entered_count": entered}
        | {"converted_count": converted, "dropped_count": dropped}
        for number, (entered, converted, dropped) in enumerate(counts, start=1)
    ]
    spec = behavior_charts.funnel_bars(rows, "People")
    assert spec is not None
    assert spec["encoding"]["y"]["scale"]["domain"] == ["1. view", "2. view", "3. view"]


def test_cohorts_of_two_years_are_two_rows_and_all_who_came_back_are_told() -> None:
    cell = {"cohort_size": 1, "retention_ratio": 1.0, "returned_count": 1, "is_mature": True, "is_withheld": False}
    rows = [cell | {"cohort_date": date(year, 3, 2), "period": period} for year in (2025, 2026) for period in (0, 1)]
    spec = behavior_charts.retention_triangle(rows, "day")
    assert spec is not None
    (values,) = spec["datasets"].values()
    assert [(row["cohort"], row["text"]) for row in values] == [
        ("2 Mar 2025 (1)", ""),
        ("2 Mar 2025 (1)", "100"),
        ("2 Mar 2026 (1)", ""),
        ("2 Mar 2026 (1)", "100"),
    ]
    # Figures of many periods, or on a phone, would cover each other.
    assert all("bandwidth" in layer["mark"]["opacity"]["expr"] for layer in spec["layer"][1:3])


def test_without_a_funnel_and_a_lifecycle_the_journeys_still_tell_of_when_they_are() -> None:
    connection = duckdb.connect()
    connection.execute("""
        create schema behavior;
        create table behavior.fct_funnel_attempts (entry_date date, loaded_at timestamp);
        create table behavior.agg_lifecycle (interval_date date, state varchar, loaded_at timestamp);
        create table behavior.agg_journeys as
        select 'week' as timeframe, date '2026-03-02' + 7 * week::int as period_date, timestamp '2026-03-12' as loaded_at
        from range(2) as weeks(week)
    """)
    found = run_query(connection, "behavior/scope", {"today": date(2026, 3, 12)}, published_tables(connection)).first
    assert found == {
        "first_date": date(2026, 3, 2),
        "through_date": date(2026, 3, 11),
        "loaded_at": datetime(2026, 3, 12),
    }


def test_a_retention_is_drawn_to_the_last_full_day_where_funnels_and_lifecycles_are_of_other_events() -> None:
    connection = duckdb.connect()
    connection.execute("""
        create schema behavior;
        create table behavior.agg_retention as
        select 'r' as retention_name, 'day' as interval, 'on' as criterion, date '2026-03-10' + day::int as cohort_date,
            '(all)' as breakdown_value, 0 as period, 9 as cohort_size, 9 as returned_count, 1.0 as retention_ratio,
            true as is_mature, false as is_withheld
        from range(3) as days(day)
    """)

    def cohorts(through: date) -> list[date]:
        parameters = {"today": date(2026, 3, 12), "through_date": through}
        rows = run_query(connection, "behavior/retention", parameters, published_tables(connection)).rows
        return [row["cohort_date"] for row in rows]

    assert cohorts(date(2026, 3, 1)) == [date(2026, 3, 10), date(2026, 3, 11)]
    # all that there is may be of today
    assert cohorts(date(2026, 3, 12))[-1] == date(2026, 3, 12)


@pytest.mark.usefixtures("without_pictures")
def test_a_published_file_without_any_mart_still_gives_all_pages(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "bare.duckdb")).close()
    built = build_site(tmp_path / "bare.duckdb", tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    assert [page.name for page in built.pages if page.is_file()] == [spec.file_name for spec in REPORTS]


def test_the_same_input_gives_the_same_bytes(published: Path, site: Path, tmp_path: Path) -> None:
    build_site(published, tmp_path / "again", generated_at=GENERATED_AT, is_simulated=True)
    assert _contents(tmp_path / "again") == _contents(site)


@pytest.mark.usefixtures("without_pictures")
def test_a_failed_build_leaves_the_old_site_and_nothing_else(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only: Callable[..., None]
) -> None:
    only("overview", "social")
    target = tmp_path / "r"
    build_site(published, target, generated_at=GENERATED_AT, is_simulated=True)
    before = _contents(target)

    def fail(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(render, "_write_assets", fail)
    with pytest.raises(OSError, match="No space"):
        build_site(published, target, generated_at=GENERATED_AT, is_simulated=False)
    assert _contents(target) == before
    assert {path.name for path in tmp_path.iterdir()} == {"r", ".r.lock"}


def test_a_missing_publication_is_an_error_that_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="publish job"):
        build_site(tmp_path / "no.duckdb", tmp_path / "r", generated_at=GENERATED_AT, is_simulated=False)
    assert not (tmp_path / "r").exists()


def test_a_report_time_without_zone_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_site(published, tmp_path / "r", generated_at=datetime(2026, 1, 1), is_simulated=False)


def test_readers_see_one_whole_folder_during_replacements(tmp_path: Path) -> None:
    target = tmp_path / "r"
    torn: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                folder = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                torn.append("the folder was away")
                continue
            try:
                names = sorted(os.listdir(folder))
                # Who had opened the folder before it was replaced may see it go.
                if names != ["a", "b"] and os.path.samestat(os.fstat(folder), target.stat()):
                    torn.append(str(names))
            finally:
                os.close(folder)

    with replaced_folder(target) as folder:
        (folder / "a").write_text("0")
        (folder / "b").write_text("0")
    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        with replaced_folder(target) as folder:
            (folder / "a").write_text(str(number))
            (folder / "b").write_text(str(number))
    stop.set()
    reader.join()
    assert torn == []


def test_left_overs_of_a_killed_build_are_cleared_and_a_lost_folder_comes_back(tmp_path: Path) -> None:
    (tmp_path / ".r.new-dead").mkdir()
    (tmp_path / ".r.previous").mkdir()
    (tmp_path / ".r.previous" / "index.html").write_text("old")
    with pytest.raises(RuntimeError), replaced_folder(tmp_path / "r"):
        raise RuntimeError
    assert (tmp_path / "r" / "index.html").read_text() == "old"
    assert not list(tmp_path.glob(".r.new-*"))


def test_a_replaced_folder_is_as_open_as_the_user_has_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with replaced_folder(tmp_path / "r"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o700


def test_a_symbolic_link_or_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").write_text("x")
    for name in ("link", "file"):
        with pytest.raises(NotADirectoryError), replaced_folder(tmp_path / name):
            pass


@pytest.mark.parametrize("relative", ["../x", "/etc/x", "a/../../x", ".", "", "a\0b"])
def test_an_output_path_stays_below_its_root(tmp_path: Path, relative: str) -> None:
    with pytest.raises(ValueError):
        below(tmp_path, relative)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", theme.MODES)
def test_text_has_the_contrast_that_the_guidelines_ask_for(mode: theme.Mode) -> None:
    colors = theme.COLORS[mode]
    pairs = [(text, ground) for text in ("ink", "muted", "accent") for ground in ("canvas", "surface", "raised")]
    pairs += [(tone, ground) for tone in ("good", "warn", "bad") for ground in ("surface", f"{tone}-soft")]
    for text, ground in pairs:
        light, dark = sorted((_luminance(colors[text]), _luminance(colors[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (mode, text, ground)


@pytest.mark.parametrize("mode", theme.MODES)
def test_figures_in_the_cells_of_a_triangle_have_that_contrast_too(mode: theme.Mode) -> None:
    for step in range(101):
        share = step / 100
        place = min(int(share * 4), 3)
        pair = [[int(color[n : n + 2], 16) for n in (1, 3, 5)] for color in theme.RAMP[mode][place : place + 2]]
        mixed = [round(low + (high - low) * (share * 4 - place)) for low, high in zip(*pair, strict=True)]
        text = theme.CELL_TEXT[mode][share > theme.STRONG_CELL]
        light, dark = sorted((_luminance("#{:02x}{:02x}{:02x}".format(*mixed)), _luminance(text)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, share


# Machado, Oliveira and Fernandes 2009, full severity; the first is sight without a deficiency.
_SIGHT = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def _seen(color: str, sight: str) -> tuple[float, float, float]:
    """CIELAB of a colour as seen."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = (max(sum(w * p for w, p in zip(row, light, strict=True)), 0) for row in _SIGHT[sight])
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("mode", theme.MODES)
def test_series_are_told_apart_on_their_surface_with_every_kind_of_sight(mode: theme.Mode) -> None:
    for color in theme.CATEGORIES[mode]:
        light, dark = sorted((_luminance(color), _luminance(theme.COLORS[mode]["surface"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, color
    for sight in _SIGHT:
        seen = [_seen(color, sight) for color in theme.CATEGORIES[mode]]
        for first, second in itertools.combinations(range(len(seen)), 2):
            least = 17 if second < 4 or second == first + 1 else 12
            assert math.dist(seen[first], seen[second]) >= least, (sight, first, second)


def test_periods_of_a_report_are_in_the_reporting_zone() -> None:
    from reports.scope import Scope

    scope = Scope(date(2026, 3, 30), date(2026, 1, 1), date(2026, 3, 29), None)
    assert scope.period(7) == "23 to 29 Mar 2026"
    assert scope.period(30) == "28 Feb to 29 Mar 2026"
    assert scope.has_before(30) and not scope.has_before(45)


@pytest.mark.parametrize(
    ("arrived", "zone", "is_cut"),
    [
        (datetime(2026, 3, 29, 10), "UTC", True),
        (datetime(2026, 3, 30, 0, 30), "UTC", False),
        (datetime(2026, 3, 30, 0, 30), "America/New_York", True),
        (datetime(2026, 3, 29, 22, 30), "Europe/Berlin", False),
    ],
)
def test_a_last_day_after_which_nothing_came_is_said_to_be_incomplete(
    arrived: datetime, zone: str, is_cut: bool
) -> None:
    from reports.scope import Scope

    note = Scope(date(2026, 3, 30), date(2026, 1, 1), date(2026, 3, 29), arrived).cut_note(zone)
    assert ("before 29 Mar 2026 was over" in note) == is_cut


def test_a_page_opens_with_the_days_that_may_be_incomplete_of_the_domains_it_speaks_of() -> None:
    from reports.pages.context import Context
    from reports.registry import REPORTS
    from reports.scope import Scope

    arrived = {"social": datetime(2026, 3, 29, 10), "clips": datetime(2026, 3, 30, 10)}
    scopes = {
        slug: Scope(date(2026, 3, 30), date(2026, 1, 1), date(2026, 3, 29), moment) for slug, moment in arrived.items()
    }
    context = Context({}, scopes, (), datetime(2026, 3, 30, 12, tzinfo=UTC), "UTC", 5, REPORTS)
    [notice] = context.notices((), ("social", "clips"))
    assert notice.startswith("Social: ") and "before 29 Mar 2026 was over" in notice
    assert context.notices((), ("clips",)) == []
