"""Faults of the marts of clips."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, names, one

SUITE = "clips"


def cases() -> Iterator[Case]:
    """Faults that the suite clips must see."""
    yield from _snapshots_and_clips()
    yield from _discord()
    yield from _names_and_periods()
    yield from _aggregates()


def _case(check: str, sql: str, also: str = "", errors: str = "") -> Case:
    return Case(SUITE, check, sql, names(also), names(errors))


def _columns(table: str, column: str, also: str = "", errors: str = "") -> Case:
    return _case(f"{table}_columns", f"alter table clips.{table} rename column {column} to other", also, errors)


def _snapshots_and_clips() -> Iterator[Case]:
    snapshots, clips = "clips.fct_clip_snapshots", "clips.dim_clips"
    yield _columns("fct_clip_snapshots", "collection_id")
    yield _case(
        "fct_clip_snapshots_raw_clips_present",
        f"delete from {snapshots} where snapshot_at = (select min(snapshot_at) + interval 1 day from {snapshots})",
        "fct_clip_snapshots_views_conserved agg_engagement_timeline_snapshot_count_equals_facts",
    )
    yield _case(
        "fct_clip_snapshots_views_conserved", one(snapshots, "views_gained = views_gained + 7", "views_gained > 0")
    )
    yield _case("fct_clip_snapshots_age_consistent", one(snapshots, "age_seconds = 0"))
    yield _case(
        "fct_clip_snapshots_view_count_missing_share",
        f"update {snapshots} set view_count = null where snapshot_at < (select max(snapshot_at) - interval 3 day from {snapshots})",
    )
    yield _case("fct_clip_snapshots_freshness", f"update {snapshots} set loaded_at = loaded_at - interval 5 day")
    yield _columns("dim_clips", "first_seen_at")
    yield _case("dim_clips_account_id_not_null", f"update {clips} set account_id = null", ACCOUNTLESS)
    yield _case(
        "dim_clips_every_snapshots_clip",
        f"update {snapshots} set clip_id = 'other' where snapshot_at = (select min(snapshot_at) from {snapshots})",
        "fct_clip_snapshots_raw_clips_present",
    )
    yield _case("dim_clips_newest_state", f"update {clips} set is_deleted = true")
    yield _case(
        "dim_clips_shares_equal_fact",
        f"update {clips} set discord_shares = discord_shares + 1; update clips.agg_overview set discord_shares = discord_shares + 1",
    )
    yield _case(
        "dim_clips_reactions_equal_fact",
        "update clips.fct_discord_reactions set reaction_count = reaction_count + 1, reactions_gained = reactions_gained + 1"
        " where is_current",
    )
    yield _case("dim_clips_reaction_types_add_up", f"update {clips} set discord_reaction_types = '{{}}'")
    yield _case("dim_clips_url_is_web", f"update {clips} set url = 'javascript:alert(1)'")


ACCOUNTLESS = (
    "fct_discord_shares_account_of_its_clip dim_creators_one_name_is_current dim_games_one_name_is_current"
    " agg_overview_equals_clips"
)


def _discord() -> Iterator[Case]:
    shares, reactions = "clips.fct_discord_shares", "clips.fct_discord_reactions"
    yield _columns("fct_discord_shares", "guild_id")
    yield _case(
        "fct_discord_shares_raw_links_present",
        one(shares, "message_id = 'other'"),
        "dim_clips_reactions_equal_fact",
    )
    yield _case(
        "fct_discord_shares_account_of_its_clip",
        one(shares, "account_id = '1002'") + f"; update {reactions} set account_id = '1002'"
        f" where message_id in (select message_id from {shares} where account_id = '1002')",
    )
    yield _case("fct_discord_shares_author_hashed", one(shares, "author_hash = '123456789'"))
    yield _columns("fct_discord_reactions", "is_animated")
    yield _case(
        "fct_discord_reactions_one_state_stands",
        one(reactions, "is_current = true, reaction_count = 0, reactions_gained = 1", "not is_current"),
    )
    yield _case(
        "fct_discord_reactions_gains_add_up", one(reactions, "reactions_gained = reactions_gained + 1", "is_current")
    )
    yield _case("fct_discord_reactions_counts_not_negative", one(reactions, "burst_count = -1"))


def _names_and_periods() -> Iterator[Case]:
    for entity in ("creator", "game"):
        yield _columns(f"dim_{entity}s", "last_seen_at")
        yield _case(f"dim_{entity}s_one_name_is_current", f"update clips.dim_{entity}s set is_current = false")
        name = f"agg_{entity}s_period"
        yield _columns(name, "period_date")
        for kind in ("all_time", "day"):
            yield _case(
                f"{name}_{kind}_equals_clips",
                f"update clips.{name} set clip_count = clip_count + 1 where period_type = '{kind}'",
            )
        yield _case(f"{name}_ties_share_a_rank", one(f"clips.{name}", "clip_rank = 2"))
        yield _case(f"{name}_avg_view_count_consistent", one(f"clips.{name}", "avg_view_count = avg_view_count + 1"))


def _aggregates() -> Iterator[Case]:
    viral, timeline = "clips.agg_viral_clips", "clips.agg_engagement_timeline"
    yield _columns("agg_overview", "top_game_name")
    yield _case("agg_overview_equals_clips", "update clips.agg_overview set total_clips = total_clips + 1")
    yield _columns("agg_viral_clips", "creator_name")
    yield _case("agg_viral_clips_has_a_reason", f"update {viral} set is_viral = false")
    yield _case("agg_viral_clips_percentile_of_enough", f"update {viral} set percentile_at_24h_ratio = 0.2")
    yield _case("agg_viral_clips_url_is_web", f"update {viral} set url = 'data:text/html,x'")
    yield _columns("agg_engagement_timeline", "creator_count")
    for measure in ("snapshot_count", "discord_reactions"):
        yield _case(
            f"agg_engagement_timeline_{measure}_equals_facts",
            one(timeline, f"{measure} = {measure} + 1", "period_type = 'day'"),
        )
    yield _case(
        "agg_engagement_timeline_clip_count_equals_facts",
        f"update {timeline} set clip_count = clip_count + 1 where clip_count > 0",
    )
    yield _case(
        "agg_engagement_timeline_coarser_equals_days",
        f"update {timeline} set clip_count = clip_count + 1 where clip_count > 0 and period_type = 'week'",
    )
    yield _columns("agg_peak_times", "first_clip_date")
    yield _case(
        "agg_peak_times_clips_equal_dimension",
        one("clips.agg_peak_times", "clip_count = 4, clips_per_hour = 1", "clip_count = 0"),
    )
    yield _case(
        "agg_peak_times_clips_per_hour_consistent", one("clips.agg_peak_times", "clips_per_hour = 9", "clip_count = 0")
    )
    yield _columns("agg_view_curve", "mean_views")
    yield _case("agg_view_curve_counts_in_range", one("clips.agg_view_curve", "p50_views = 9"))
    yield _columns("agg_period_comparison", "period_ended_at")
    yield _case(
        "agg_period_comparison_difference_consistent",
        one("clips.agg_period_comparison", "difference = 4, change_ratio = 2"),
    )
    yield _case("agg_period_comparison_change_ratio_consistent", one("clips.agg_period_comparison", "change_ratio = 9"))
    yield _columns("agg_reaction_sentiment", "scored_ratio")
    yield _case(
        "agg_reaction_sentiment_reactions_equal_clips",
        "update clips.agg_reaction_sentiment set reaction_count = reaction_count + 1 where entity_type = 'account'",
    )
    yield _case("agg_reaction_sentiment_sentiment_in_range", one("clips.agg_reaction_sentiment", "sentiment = -2"))
    lag = "clips.agg_schedule_to_clip_lag"
    yield _columns("agg_schedule_to_clip_lag", "median_lag_seconds")
    yield _case(
        "agg_schedule_to_clip_lag_buckets_hold_matched",
        one(lag, "clip_count = 1, clips_per_broadcast = 0.5", "clip_count = 0"),
    )
    yield _case("agg_schedule_to_clip_lag_clips_per_broadcast_consistent", one(lag, "clips_per_broadcast = 7"))
