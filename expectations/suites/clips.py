"""Marts of the domain `clips`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites.mart import freshness, ratio_of_columns
from expectations.suites.patterns import is_not_hash
from expectations.suites.raw import completed

SUITE = "clips"
_CLIPS = "select count(*) from clips.dim_clips"
_WEB = "not regexp_matches(url, '^https?://[^[:space:]]+$')"
_PERIOD = "account_id, period_type, period_started_at"
_PERIOD_COLUMNS = (
    "account_id period_type period_started_at period_ended_at period_date is_complete creator_id game_id clip_count"
    " viewed_clip_count total_views avg_view_count discord_shares discord_reactions top_clip_id top_clip_views"
    " clip_rank view_rank batch_id loaded_at"
)


def suite() -> Iterable[Check]:
    """Checks of facts, dimensions and aggregates; the sums of aggregates equal the clips and their snapshots."""
    tables = (
        _fct_clip_snapshots(),
        _dim_clips(),
        _fct_discord_shares(),
        _fct_discord_reactions(),
        _names("creator"),
        _names("game"),
        _agg_period("creator"),
        _agg_period("game"),
        _agg_overview(),
        _agg_viral_clips(),
        _agg_engagement_timeline(),
        _agg_peak_times(),
        _agg_view_curve(),
        _agg_period_comparison(),
        _agg_reaction_sentiment(),
        _agg_schedule_to_clip_lag(),
    )
    for table in tables:
        yield from table


def _table(name: str) -> TableChecks:
    return TableChecks(SUITE, f"{SUITE}.{name}")


def _sum(column: str, table: str, where: str = "true") -> str:
    return f"select sum({column}) from clips.{table} where {where}"


def _fct_clip_snapshots() -> TableChecks:
    table = _table("fct_clip_snapshots")
    table.has_columns(
        "clip_id account_id snapshot_at snapshot_date age_seconds view_count views_gained baseline_views was_looked_up"
        " is_gone collection_id batch_id loaded_at"
    )
    table.query(
        "raw_clips_present",
        "select count(*) from raw_twitch.clips r anti join clips.fct_clip_snapshots f"
        " on f.clip_id = r.clip_id and f.snapshot_at = r.collected_at"
        f" where r._dlt_load_id in ({completed('raw_twitch')}) and not coalesce(r.is_gone, false)",
        "Every fetch of a clip is a snapshot.",
    )
    table.equal(
        "views_conserved",
        "select sum(coalesce(views_gained, 0) + coalesce(baseline_views, 0)) from clips.fct_clip_snapshots",
        _sum("view_count", "dim_clips"),
        "Views gained and baselines add up to the newest known views of all clips.",
    )
    table.query(
        "age_consistent",
        "select count(*) from clips.fct_clip_snapshots f join clips.dim_clips c on c.clip_id = f.clip_id"
        " where abs(f.age_seconds - date_diff('microsecond', c.clip_created_at, f.snapshot_at) / 1e6) > 0.001",
        "The age is the time from the making of the clip to the fetch.",
    )
    table.share_at_most(
        "view_count_missing_share",
        "view_count is null",
        0.2,
        "At most 20 % of the fetched clips come without their views.",
        of="not is_gone",
    )
    freshness(table)
    return table


def _dim_clips() -> TableChecks:
    table = _table("dim_clips")
    table.has_columns(
        "clip_id account_id creator_id creator_name creator_platform game_id game_name title url view_count"
        " discord_shares discord_reactions discord_reaction_types clip_created_at first_seen_at last_updated_at"
        " is_deleted batch_id loaded_at"
    )
    table.not_null("account_id")
    table.equal(
        "every_snapshots_clip",
        _CLIPS,
        "select count(distinct clip_id) from clips.fct_clip_snapshots",
        "Each clip that was ever fetched is there once.",
    )
    table.query(
        "newest_state",
        "with newest as (select clip_id, arg_max(view_count, snapshot_at) as views,"
        " arg_max(is_gone, snapshot_at) as gone from clips.fct_clip_snapshots group by 1)"
        " select count(*) from clips.dim_clips c join newest n on n.clip_id = c.clip_id"
        " where c.view_count is distinct from n.views or c.is_deleted is distinct from n.gone",
        "Views and deletion are those of the newest snapshot that tells them.",
    )
    table.equal(
        "shares_equal_fact",
        _sum("discord_shares", "dim_clips"),
        "select count(*) from clips.fct_discord_shares where not is_deleted",
        "The clips hold each share that stands once.",
    )
    table.equal(
        "reactions_equal_fact",
        _sum("discord_reactions", "dim_clips"),
        "select sum(r.reaction_count) from clips.fct_discord_shares s join clips.fct_discord_reactions r"
        " on r.message_id = s.message_id and r.account_id = s.account_id where r.is_current and not s.is_deleted",
        "The clips hold the reactions to the messages that share them.",
    )
    table.no_rows(
        "reaction_types_add_up",
        "list_sum(list_concat([0], from_json(json_extract(discord_reaction_types, '$.*'), '[\"BIGINT\"]')))"
        " is distinct from discord_reactions",
        "Reactions by emoji add up to all reactions.",
    )
    table.no_rows("url_is_web", _WEB, "The address of a clip is one of the web.")
    return table


def _fct_discord_shares() -> TableChecks:
    table = _table("fct_discord_shares")
    table.has_columns(
        "message_id clip_id account_id channel_id guild_id author_hash is_bot is_by_clip_creator url shared_at"
        " share_date first_seen_at is_deleted batch_id loaded_at"
    )
    table.query(
        "raw_links_present",
        'with links as (select distinct message_id, unnest(from_json(clip_links, \'[{"clip_id":"VARCHAR"}]\')).clip_id'
        f" as clip_id from raw_discord.messages where _dlt_load_id in ({completed('raw_discord')}) and not is_gone)"
        " select count(*) from links l join clips.dim_clips c on c.clip_id = l.clip_id"
        " anti join clips.fct_discord_shares f on f.message_id = l.message_id and f.clip_id = l.clip_id",
        "Every link to a known clip in a message that was read is a share.",
    )
    table.query(
        "account_of_its_clip",
        "select count(*) from clips.fct_discord_shares f left join clips.dim_clips c on c.clip_id = f.clip_id"
        " where f.account_id is distinct from c.account_id",
        "A share belongs to the account of its clip.",
    )
    table.no_rows("author_hashed", is_not_hash("author_hash"), "No author stands in clear.")
    return table


def _fct_discord_reactions() -> TableChecks:
    table = _table("fct_discord_reactions")
    table.has_columns(
        "account_id message_id emoji_key emoji_id emoji_name is_animated valid_from valid_to is_current normal_count"
        " burst_count reaction_count reactions_gained share_date batch_id loaded_at"
    )
    table.query(
        "one_state_stands",
        "select count(*) from (select account_id, message_id, emoji_key from clips.fct_discord_reactions"
        " group by all having count(*) filter (where is_current) <> 1)",
        "Of each emoji of a message one count is the current one.",
    )
    table.equal(
        "gains_add_up",
        _sum("reactions_gained", "fct_discord_reactions"),
        _sum("reaction_count", "fct_discord_reactions", "is_current"),
        "What was gained over time is what stands now.",
    )
    table.no_rows("counts_not_negative", "least(normal_count, burst_count) < 0", "Nobody reacts less than not at all.")
    return table


def _names(entity: str) -> TableChecks:
    table = _table(f"dim_{entity}s")
    table.has_columns(
        f"account_id {entity}_id {entity}_name first_seen_at last_seen_at is_current name_count batch_id loaded_at"
    )
    table.query(
        "one_name_is_current",
        f"with known as (select account_id, {entity}_id, count(*) filter (where is_current) as n"
        f" from clips.dim_{entity}s group by all)"
        f" select count(*) from (select distinct account_id, {entity}_id from clips.dim_clips"
        # Of a clip that now tells another creator, the former one stays with his names.
        f" where {entity}_id is not null) c full join known k on k.account_id = c.account_id"
        f" and k.{entity}_id = c.{entity}_id where k.n is distinct from 1",
        f"Each {entity} of an account's clips has one newest name.",
    )
    return table


def _agg_period(entity: str) -> TableChecks:
    name = f"agg_{entity}s_period"
    other = "game" if entity == "creator" else "creator"
    table = _table(name)
    table.has_columns(
        _PERIOD_COLUMNS.replace("creator_id game_id", f"{entity}_id {entity}_name {entity}_count")
        + f" unique_{other}s top_{other}_id top_{other}_name"
    )
    for kind in ("all_time", "day"):
        table.equal(
            f"{kind}_equals_clips",
            _sum("clip_count", name, f"period_type = '{kind}'"),
            f"{_CLIPS} where {entity}_id is not null",
            f"The periods of type {kind} hold each clip with a {entity} once.",
        )
    table.query(
        "ties_share_a_rank",
        f"select count(*) from (select clip_rank, view_rank, total_views, rank() over (partition by {_PERIOD}"
        " order by clip_count desc) as by_clips, rank() over (partition by"
        f" {_PERIOD} order by total_views desc nulls last) as by_views from clips.{name}) where clip_rank <> by_clips"
        " or view_rank is distinct from case when total_views is not null then by_views end",
        "Who has as much shares the place.",
    )
    ratio_of_columns(table, "avg_view_count", "total_views", "viewed_clip_count")
    return table


def _agg_overview() -> TableChecks:
    table = _table("agg_overview")
    table.has_columns(
        "account_id total_clips total_views unique_creators unique_games first_clip_date last_clip_date top_game_id"
        " top_game_name top_creator_id top_creator_name as_of_at batch_id loaded_at"
    )
    table.query(
        "equals_clips",
        "with clips as (select account_id, count(*) as n, sum(view_count) as views,"
        " count(distinct creator_id) as creators, sum(discord_shares) as shares from clips.dim_clips group by 1)"
        " select count(*) from clips.agg_overview o full join clips c on c.account_id = o.account_id"
        " where o.total_clips is distinct from c.n or o.total_views is distinct from c.views"
        " or o.unique_creators is distinct from c.creators or o.discord_shares is distinct from c.shares",
        "Each account's totals are those of its clips.",
    )
    return table


def _agg_viral_clips() -> TableChecks:
    table = _table("agg_viral_clips")
    table.has_columns(
        "clip_id account_id title url creator_name game_name clip_created_at view_count is_deleted views_at_24h"
        " percentile_at_24h_ratio compared_at_24h is_viral_at_24h is_viral has_min_views view_rank batch_id loaded_at"
    )
    table.no_rows(
        "has_a_reason",
        "not (is_viral or has_min_views) or is_viral <> (is_viral_at_24h or is_viral_at_72h or is_viral_at_168h)",
        "A clip is on the list because it is viral at an age, or has the views.",
    )
    table.no_rows(
        "percentile_of_enough",
        "is_viral_at_24h and coalesce(percentile_at_24h_ratio, 0) not between 0.5 and 1",
        "What is viral stands in the upper half of what it is compared with.",
    )
    table.no_rows("url_is_web", _WEB, "The address of a clip is one of the web.")
    return table


def _agg_engagement_timeline() -> TableChecks:
    name = "agg_engagement_timeline"
    table = _table(name)
    table.has_columns(
        "account_id period_type period_date clip_count creator_count views_gained baseline_views snapshot_count"
        " discord_shares discord_reactions batch_id loaded_at"
    )
    for measure, whole in (
        ("clip_count", _CLIPS),
        ("snapshot_count", "select count(*) from clips.fct_clip_snapshots"),
        ("discord_reactions", _sum("discord_reactions", "dim_clips")),
    ):
        table.equal(
            f"{measure}_equals_facts",
            _sum(measure, name, "period_type = 'day'"),
            whole,
            f"The days hold all of {measure}.",
        )
    table.query(
        "coarser_equals_days",
        "select count(*) from (select account_id, sum(clip_count) filter (where period_type = 'day') as days,"
        " sum(clip_count) filter (where period_type = 'week') as weeks,"
        " sum(clip_count) filter (where period_type = 'month') as months"
        f" from clips.{name} group by 1) where days is distinct from weeks or days is distinct from months",
        "Weeks and months hold the clips of their days.",
    )
    return table


def _agg_peak_times() -> TableChecks:
    table = _table("agg_peak_times")
    table.has_columns(
        "account_id iso_weekday hour_of_day clip_count hour_count clips_per_hour first_clip_date batch_id loaded_at"
    )
    table.equal(
        "clips_equal_dimension",
        _sum("clip_count", "agg_peak_times"),
        _CLIPS,
        "The hours of the week hold each clip once.",
    )
    ratio_of_columns(table, "clips_per_hour", "clip_count", "hour_count")
    return table


def _agg_view_curve() -> TableChecks:
    table = _table("agg_view_curve")
    table.has_columns(
        "account_id age_hours clip_count mean_views p50_views p90_views full_age_clip_count full_age_clip_views"
        " full_age_views share_of_full_age_ratio"
        " batch_id loaded_at"
    )
    table.no_rows(
        "counts_in_range",
        "clip_count < 1 or full_age_clip_count > clip_count or p50_views > p90_views",
        "n is at least 1, and the median below the 90th percentile.",
    )
    return table


def _agg_period_comparison() -> TableChecks:
    table = _table("agg_period_comparison")
    table.has_columns(
        "account_id period_type metric period_started_at period_ended_at previous_started_at value previous_value"
        " difference change_ratio batch_id loaded_at"
    )
    table.no_rows(
        "difference_consistent",
        "difference is distinct from value - previous_value",
        "The difference is the value less the one before, and NULL where that is unknown.",
    )
    ratio_of_columns(table, "change_ratio", "difference", "previous_value")
    return table


def _agg_reaction_sentiment() -> TableChecks:
    table = _table("agg_reaction_sentiment")
    table.has_columns(
        "account_id entity_type entity_id reaction_count scored_count scored_ratio sentiment batch_id loaded_at"
    )
    table.equal(
        "reactions_equal_clips",
        _sum("reaction_count", "agg_reaction_sentiment", "entity_type = 'account'"),
        _sum("discord_reactions", "dim_clips"),
        "The accounts hold all reactions to their clips.",
    )
    table.no_rows(
        "sentiment_in_range",
        "sentiment not between -1 and 1 or scored_count > reaction_count",
        "A sentiment lies from -1 to 1, and what is scored is part of all reactions.",
    )
    return table


def _agg_schedule_to_clip_lag() -> TableChecks:
    table = _table("agg_schedule_to_clip_lag")
    table.has_columns(
        "account_id lag_bucket_minutes clip_count broadcast_count clips_per_broadcast cumulative_clip_ratio"
        " median_lag_seconds matched_clip_count unmatched_clip_count batch_id loaded_at"
    )
    table.query(
        "buckets_hold_matched",
        "select count(*) from (select account_id from clips.agg_schedule_to_clip_lag group by 1"
        " having sum(clip_count) <> max(matched_clip_count))",
        "The half hours hold each clip of a broadcast once.",
    )
    ratio_of_columns(table, "clips_per_broadcast", "clip_count", "broadcast_count")
    return table
