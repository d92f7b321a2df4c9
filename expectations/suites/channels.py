"""Marts of the domain `channels`: Twitch channels, their streams, videos and categories."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites.mart import freshness
from expectations.suites.raw import completed

SUITE = "channels"
_LOADED = f"_dlt_load_id in ({completed('raw_twitch')})"
_VIEWING = "sample_count hours_watched average_viewers peak_viewers mean_sample_viewers covered_seconds"
_TAIL = "account_id batch_id loaded_at"
# Hours are sums of whole microseconds; what differs is the rounding of each row.
_ROUNDING = 0.001


def suite() -> Iterable[Check]:
    """Checks of facts and aggregates; sums of aggregates equal the facts, facts hold what was collected."""
    tables = (
        _fct_channel_snapshots_daily(),
        _fct_stream_sessions(),
        _fct_broadcasts(),
        _fct_video_snapshots(),
        _agg_videos(),
        _agg_channels_hourly(),
        _agg_channels_daily(),
        _agg_channels_period("weekly", "isodow(period_date) <> 1", "Weeks start on Monday."),
        _agg_channels_period("monthly", "day(period_date) <> 1", "Months start on their first."),
        _agg_channels_growth(),
        _agg_stream_frequency(),
        _agg_channel_games("agg_channel_games"),
        _agg_channel_games("agg_channel_games_daily", "stream_date"),
        _agg_best_hours(),
        _dim_channels(),
    )
    for table in tables:
        yield from table


def _table(name: str, columns: str) -> TableChecks:
    table = TableChecks(SUITE, f"{SUITE}.{name}")
    table.has_columns(f"{columns} {_TAIL}")
    # Files of single accounts are cut by it.
    table.not_null("account_id")
    return table


def _sum(column: str, table: str, where: str = "true") -> str:
    return f"select sum({column}) from channels.{table} where {where}"


def _hours_equal_sessions(table: TableChecks) -> None:
    name = table.table_name.partition(".")[2]
    table.equal(
        "hours_equal_sessions",
        _sum("hours_streamed", name),
        _sum("duration_seconds / 3600", "fct_stream_sessions"),
        "Every hour that was streamed is counted once.",
        tolerance=_ROUNDING,
    )


def _fct_channel_snapshots_daily() -> TableChecks:
    table = _table(
        "fct_channel_snapshots_daily",
        "snapshot_date followers_at follower_count followers_gained days_since_previous subscriber_count"
        " subscribers_gained subscriber_points tier1_count tier2_count tier3_count gift_count"
        " is_subscription_complete title game_id game_name language is_missing is_after_gap",
    )
    table.query(
        "newest_count_equals_raw",
        "select count(*) from (select account_id, arg_max(total, collected_at) as total from raw_twitch.followers"
        f" where {_LOADED} group by all) r left join (select account_id, arg_max(follower_count, followers_at)"
        " as total from channels.fct_channel_snapshots_daily group by all) f on f.account_id = r.account_id"
        " where f.total is distinct from r.total",
        "Each channel's newest number of followers is the one that was collected last.",
    )
    table.query(
        "dates_without_a_hole",
        "select count(*) from (select max(snapshot_date) - min(snapshot_date) + 1 as days, count(*) as n"
        " from channels.fct_channel_snapshots_daily group by account_id) where n <> days",
        "Each channel has a row for every date from its first to its last.",
    )
    table.query(
        "gains_add_up",
        "select count(*) from (select sum(followers_gained) as gained, arg_max(follower_count, snapshot_date)"
        " - arg_min(follower_count, snapshot_date) as change from channels.fct_channel_snapshots_daily"
        " where follower_count is not null group by account_id having count(*) > 1)"
        " where gained is distinct from change",
        "What a channel gained adds up to its last count less its first.",
    )
    table.no_rows("missing_flagged", "is_missing <> (follower_count is null)", "A date without a count says so.")
    table.no_rows(
        "withheld_tiers_are_null",
        "not is_subscription_complete and tier1_count is not null",
        "Where the list of subscribers is withheld, nothing is said about tiers.",
    )
    table.no_rows("counts_not_negative", "least(follower_count, subscriber_count) < 0", "No count is negative.")
    table.query(
        "missing_share_of_newest_date",
        "select coalesce(count(*) filter (where is_missing) / nullif(count(*), 0), 0)"
        " from channels.fct_channel_snapshots_daily"
        " where snapshot_date = (select max(snapshot_date) from channels.fct_channel_snapshots_daily)",
        "On the newest date at most a tenth of the channels has no count of followers.",
        "warning",
        max_value=0.1,
    )
    freshness(table)
    return table


def _fct_stream_sessions() -> TableChecks:
    table = _table(
        "fct_stream_sessions",
        f"stream_id broadcast_id stream_date started_at ended_at last_seen_at is_live duration_seconds {_VIEWING}"
        " sample_coverage_ratio followers_gained title main_game_id main_game_name game_count language is_mature",
    )
    table.query(
        "raw_streams_present",
        f"select count(distinct r.stream_id) from raw_twitch.streams r anti join channels.fct_stream_sessions s"
        f" on s.stream_id = r.stream_id where r.{_LOADED}",
        "Every stream that a look found is a row.",
    )
    table.equal(
        "samples_equal_raw",
        _sum("sample_count", "fct_stream_sessions"),
        f"select count(distinct (stream_id, collected_at)) from raw_twitch.streams where {_LOADED}",
        "Every sample is counted once.",
    )
    table.no_rows(
        "times_in_order",
        "started_at > last_seen_at or ended_at < last_seen_at",
        "A stream starts, is seen for the last time and ends, in this order.",
    )
    table.no_rows("live_has_no_end", "is_live <> (ended_at is null)", "A stream has an end or is live.")
    table.no_rows(
        "covered_within_duration",
        "covered_seconds < 0 or covered_seconds > duration_seconds + 0.001",
        "Time with known viewers is time that was streamed.",
    )
    table.no_rows(
        "average_consistent",
        "covered_seconds > 0 and abs(average_viewers - hours_watched * 3600 / covered_seconds)"
        " > 1e-6 * greatest(1, average_viewers)",
        "Average viewers are hours watched over covered hours.",
    )
    table.no_rows(
        "average_within_peak", "average_viewers > peak_viewers + 1e-6", "No average is above the highest sample."
    )
    table.query(
        "one_live_stream_a_channel",
        "select count(*) from (select account_id from channels.fct_stream_sessions where is_live"
        " group by account_id having count(*) > 1)",
        "A channel has one live stream at most.",
        "warning",
    )
    table.share_at_most(
        "low_coverage_share",
        "sample_coverage_ratio < 0.5",
        0.5,
        "Of at least half of the streams, viewers are known for half of the time or more. More often unknown: the"
        " streams are polled less often than the variable stream_sampling_seconds says.",
    )
    return table


def _fct_broadcasts() -> TableChecks:
    table = _table(
        "fct_broadcasts",
        f"broadcast_id broadcast_date started_at ended_at last_seen_at is_live stream_count duration_seconds {_VIEWING}"
        " streamed_seconds sample_coverage_ratio followers_gained title game_count",
    )
    table.query(
        "hold_each_stream_once",
        "select count(*) from (select broadcast_id, count(*) as n from channels.fct_stream_sessions group by all) s"
        " full join channels.fct_broadcasts b on b.broadcast_id = s.broadcast_id"
        " where b.stream_count is distinct from s.n",
        "Each stream belongs to one broadcast.",
    )
    table.equal(
        "streamed_equals_sessions",
        _sum("streamed_seconds", "fct_broadcasts"),
        _sum("duration_seconds", "fct_stream_sessions"),
        "Broadcasts hold the time of their streams.",
        tolerance=_ROUNDING,
    )
    return table


def _fct_video_snapshots() -> TableChecks:
    table = _table(
        "fct_video_snapshots",
        "video_id collected_at snapshot_date stream_id type title view_count views_gained seconds_since_previous"
        " age_seconds",
    )
    table.equal(
        "rows_equal_raw",
        "select count(*) from channels.fct_video_snapshots",
        f"select count(distinct (video_id, collected_at)) from raw_twitch.videos where {_LOADED}",
        "Every fetch of a video is a snapshot.",
    )
    table.no_rows("views_not_negative", "view_count < 0", "No video has a negative number of views.")
    table.share_at_most(
        "loss_share", "views_gained < 0", 0.05, "At most 5 % of the snapshots show fewer views than the one before."
    )
    table.share_at_most("view_count_missing_share", "view_count is null", 0.2, "At most 20 % have no number of views.")
    return table


def _agg_videos() -> TableChecks:
    table = _table(
        "agg_videos",
        "video_id stream_id title type language url created_at published_at duration_seconds view_count"
        " views_gained_1d views_gained_7d views_gained_30d as_of_date snapshot_count first_snapshot_at"
        " last_snapshot_at",
    )
    table.equal(
        "snapshots_equal_fact",
        _sum("snapshot_count", "agg_videos"),
        "select count(*) from channels.fct_video_snapshots",
        "Each snapshot belongs to one video.",
    )
    table.query(
        "views_equal_newest_snapshot",
        "select count(*) from channels.agg_videos a join (select video_id, arg_max(view_count, collected_at) as views"
        " from channels.fct_video_snapshots group by all) f on f.video_id = a.video_id"
        " where a.view_count is distinct from f.views",
        "A video has the views of its newest snapshot.",
    )
    table.no_rows(
        "url_is_web", "not regexp_matches(url, '^https?://[^[:space:]]+$')", "Addresses are of the web.", "warning"
    )
    return table


def _agg_channels_hourly() -> TableChecks:
    table = _table(
        "agg_channels_hourly",
        f"hour_at stream_date hour_of_day stream_count streamed_seconds {_VIEWING} sample_coverage_ratio",
    )
    table.equal(
        "streamed_equals_sessions",
        _sum("streamed_seconds", "agg_channels_hourly"),
        _sum("duration_seconds", "fct_stream_sessions"),
        "The hours hold the time of all streams.",
        tolerance=_ROUNDING,
    )
    table.no_rows(
        "streamed_within_hour",
        "streamed_seconds > 3600.001",
        "No channel streams more than an hour in an hour: two of its streams would overlap.",
        "warning",
    )
    return table


def _agg_channels_daily() -> TableChecks:
    table = _table(
        "agg_channels_daily",
        "activity_date follower_count followers_gained subscriber_count subscribers_gained is_missing stream_count"
        f" broadcast_count game_count hours_streamed {_VIEWING} sample_coverage_ratio video_views_gained",
    )
    _hours_equal_sessions(table)
    table.equal(
        "watched_equals_sessions",
        _sum("hours_watched", "agg_channels_daily"),
        _sum("hours_watched", "fct_stream_sessions"),
        "The days hold all hours watched.",
        tolerance=_ROUNDING,
    )
    table.equal(
        "followers_equal_snapshots",
        _sum("followers_gained", "agg_channels_daily"),
        _sum("followers_gained", "fct_channel_snapshots_daily"),
        "The days hold every follower gained.",
    )
    table.equal(
        "views_equal_snapshots",
        _sum("video_views_gained", "agg_channels_daily"),
        _sum("views_gained", "fct_video_snapshots"),
        "The days hold every view gained.",
    )
    table.equal(
        "broadcasts_equal_fact",
        _sum("broadcast_count", "agg_channels_daily"),
        "select count(*) from channels.fct_broadcasts",
        "Each broadcast starts on one day.",
    )
    freshness(table)
    return table


def _agg_channels_period(grain: str, wrong_start: str, description: str) -> TableChecks:
    name = f"agg_channels_{grain}"
    table = _table(
        name,
        "period_date asked_day_count snapshot_day_count follower_count followers_gained subscriber_count"
        f" subscribers_gained stream_count broadcast_count stream_day_count game_count hours_streamed {_VIEWING}"
        " sample_coverage_ratio video_views_gained",
    )
    _hours_equal_sessions(table)
    table.equal(
        "followers_equal_snapshots",
        _sum("followers_gained", name),
        _sum("followers_gained", "fct_channel_snapshots_daily"),
        "The periods hold every follower gained.",
    )
    table.no_rows("starts_on_its_first_day", wrong_start, description)
    return table


def _agg_channels_growth() -> TableChecks:
    table = _table(
        "agg_channels_growth",
        "timeframe period_date is_complete has_before is_before_complete follower_count follower_count_before"
        " follower_growth_ratio followers_gained followers_gained_before subscribers_gained"
        " subscribers_gained_before broadcast_count broadcast_count_before hours_streamed hours_streamed_before"
        " hours_watched hours_watched_before average_viewers average_viewers_before video_views_gained"
        " video_views_gained_before",
    )
    table.in_set("timeframe", ("day", "week", "month"))
    table.equal(
        "rows_equal_periods",
        "select count(*) from channels.agg_channels_growth",
        "select (select count(*) from channels.agg_channels_daily)"
        " + (select count(*) from channels.agg_channels_weekly)"
        " + (select count(*) from channels.agg_channels_monthly)",
        "Each day, week and month of a channel is a row.",
    )
    table.query(
        "before_equals_that_period",
        "select count(*) from channels.agg_channels_growth a join channels.agg_channels_growth b"
        " on b.account_id = a.account_id and b.timeframe = a.timeframe and b.period_date = a.period_date"
        " - case a.timeframe when 'day' then interval 1 day when 'week' then interval 7 day else interval 1 month end"
        " where a.hours_streamed_before is distinct from b.hours_streamed"
        " or a.follower_count_before is distinct from b.follower_count",
        "What stands as the period before is what that period's own row says.",
    )
    return table


def _agg_stream_frequency() -> TableChecks:
    table = _table(
        "agg_stream_frequency",
        "timeframe period_date stream_count broadcast_count stream_day_count asked_day_count stream_day_ratio"
        " hours_streamed mean_broadcast_seconds longest_broadcast_seconds",
    )
    for timeframe in ("week", "month"):
        table.equal(
            f"broadcasts_by_{timeframe}_equal_fact",
            _sum("broadcast_count", "agg_stream_frequency", f"timeframe = '{timeframe}'"),
            "select count(*) from channels.fct_broadcasts",
            f"Each broadcast starts in one {timeframe}.",
        )
    return table


def _agg_channel_games(name: str, date: str = "") -> TableChecks:
    table = _table(
        name,
        f"game_id game_name {date} stream_count hours_streamed {_VIEWING} sample_coverage_ratio streamed_share_ratio"
        " followers_gained",
    )
    _hours_equal_sessions(table)
    grain = f"account_id{', ' + date if date else ''}"
    table.query(
        "shares_sum_to_one",
        f"select count(*) from (select sum(streamed_share_ratio) as total from channels.{name} group by {grain})"
        " where abs(total - 1) > 1e-6",
        "The shares of a channel's categories add up to 1.",
    )
    return table


def _agg_best_hours() -> TableChecks:
    table = _table(
        "agg_best_hours",
        f"weekday hour_of_day hours_existed stream_count hours_streamed {_VIEWING} sample_coverage_ratio"
        " streamed_ratio watched_per_hour place",
    )
    _hours_equal_sessions(table)
    table.no_rows(
        "cell_in_range",
        "weekday not between 1 and 7 or hour_of_day not between 0 and 23 or hours_existed < 1",
        "Weekdays are 1 to 7, hours 0 to 23, and each kind of hour existed.",
    )
    table.no_rows(
        "streamed_within_existed",
        "streamed_ratio not between 0 and 1.001",
        "No more was streamed than there was time.",
        "warning",
    )
    return table


def _dim_channels() -> TableChecks:
    table = _table(
        "dim_channels",
        "valid_from_at valid_to_at login display_name broadcaster_type description created_at last_seen_at is_current",
    )
    table.query(
        "one_current_a_channel",
        "select count(*) from (select account_id from channels.dim_channels group by account_id"
        " having count(*) filter (where is_current) <> 1)",
        "Each channel has one set of current names.",
    )
    table.query(
        "raw_users_present",
        "select count(distinct r.account_id) from raw_twitch.users r anti join channels.dim_channels d"
        f" on d.account_id = r.account_id where r.{_LOADED}",
        "Every channel that was collected has its names.",
    )
    return table
