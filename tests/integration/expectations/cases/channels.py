"""Faults of the marts of Twitch channels."""

from __future__ import annotations

from collections.abc import Iterator

from tests.integration.expectations.cases.case import Case, few, names, one

SUITE = "channels"
# A column of each table that no other check reads.
_UNREAD = {
    "fct_channel_snapshots_daily": "language",
    "fct_stream_sessions": "language",
    "fct_broadcasts": "title",
    "fct_video_snapshots": "title",
    "agg_videos": "language",
    "agg_channels_hourly": "hour_of_day",
    "agg_channels_daily": "game_count",
    "agg_channels_weekly": "game_count",
    "agg_channels_monthly": "game_count",
    "agg_channels_growth": "average_viewers",
    "agg_stream_frequency": "mean_broadcast_seconds",
    "agg_channel_games": "game_name",
    "agg_channel_games_daily": "game_name",
    "agg_best_hours": "place",
    "dim_channels": "description",
}
# What else is wrong when a row belongs to no channel.
_OF_NO_ACCOUNT = {
    "fct_channel_snapshots_daily": "fct_channel_snapshots_daily_gains_add_up",
    "dim_channels": "dim_channels_raw_users_present",
}


def cases() -> Iterator[Case]:
    """Faults that the suite channels must see."""
    for table, column in _UNREAD.items():
        yield _case(f"{table}_columns", f"alter table channels.{table} rename column {column} to other")
        yield _case(
            f"{table}_account_id_not_null", one(f"channels.{table}", "account_id = null"), _OF_NO_ACCOUNT.get(table, "")
        )
    yield from _snapshots()
    yield from _streams()
    yield from _videos()
    yield from _periods()
    yield from _rest()


def _case(check: str, sql: str, also: str = "") -> Case:
    return Case(SUITE, check, sql, names(also))


def _snapshots() -> Iterator[Case]:
    name = "fct_channel_snapshots_daily"
    table = f"channels.{name}"
    newest = f"snapshot_date = (select max(snapshot_date) from {table})"
    middle = f"snapshot_date = (select min(snapshot_date) + 3 from {table}) and account_id = '1001'"
    yield _case(
        f"{name}_newest_count_equals_raw",
        f"update {table} set follower_count = follower_count + 5, followers_gained = followers_gained + 5"
        f" where {newest} and account_id = '1001';"
        " update channels.agg_channels_daily set followers_gained = followers_gained + 5"
        f" where account_id = '1001' and activity_date = (select max(activity_date) from channels.agg_channels_daily);"
        + "".join(
            f"update channels.agg_channels_{grain} set followers_gained = followers_gained + 5 where account_id = '1001'"
            f" and period_date = (select max(period_date) from channels.agg_channels_{grain});"
            for grain in ("weekly", "monthly")
        ),
    )
    yield _case(
        f"{name}_dates_without_a_hole",
        f"delete from {table} where {middle};"
        f" update {table} set followers_gained = 2, days_since_previous = 2"
        f" where snapshot_date = (select min(snapshot_date) + 4 from {table}) and account_id = '1001'",
    )
    yield _case(
        f"{name}_gains_add_up",
        f"update {table} set followers_gained = followers_gained + 1 where {middle};"
        f" update {table} set followers_gained = followers_gained - 1 where account_id = '1002'"
        f" and snapshot_date = (select min(snapshot_date) + 3 from {table})",
    )
    yield _case(f"{name}_missing_flagged", f"update {table} set is_missing = true where {middle}")
    yield _case(
        f"{name}_withheld_tiers_are_null", f"update {table} set is_subscription_complete = false where {middle}"
    )
    yield _case(f"{name}_counts_not_negative", f"update {table} set subscriber_count = -1 where {middle}")
    yield _case(
        f"{name}_missing_share_of_newest_date",
        f"insert into {table} by name select * exclude (n) replace ('9' || n as account_id, null as follower_count,"
        f" null as followers_gained, true as is_missing) from (from {table}, range(3) as r(n))"
        f" where {newest} and account_id = '1001'",
    )
    yield _case(f"{name}_freshness", f"update {table} set loaded_at = loaded_at - interval 90 day")
    yield _case(
        "agg_channels_daily_freshness", "update channels.agg_channels_daily set loaded_at = loaded_at - interval 90 day"
    )


def _streams() -> Iterator[Case]:
    table = "channels.fct_stream_sessions"
    first = f"stream_id = (select min(stream_id) from {table})"
    yield _case(
        "fct_stream_sessions_raw_streams_present",
        f"update {table} set stream_id = 'other', broadcast_id = broadcast_id where {first}",
    )
    yield _case("fct_stream_sessions_samples_equal_raw", one(table, "sample_count = 2"))
    yield _case("fct_stream_sessions_times_in_order", one(table, "ended_at = last_seen_at - interval 1 second"))
    yield _case("fct_stream_sessions_live_has_no_end", one(table, "is_live = true"))
    yield _case(
        "fct_stream_sessions_covered_within_duration",
        one(table, "covered_seconds = 9600, average_viewers = average_viewers / 2"),
    )
    yield _case("fct_stream_sessions_average_consistent", one(table, "average_viewers = average_viewers - 1"))
    yield _case(
        "fct_stream_sessions_average_within_peak",
        one(table, "peak_viewers = peak_viewers - 1"),
    )
    yield _case(
        "fct_stream_sessions_one_live_stream_a_channel",
        f"update {table} set is_live = true, ended_at = null where rowid < 2",
    )
    yield _case("fct_stream_sessions_low_coverage_share", few(table, "sample_coverage_ratio = 0.1", 0.6))
    yield _case(
        "fct_broadcasts_hold_each_stream_once", one("channels.fct_broadcasts", "stream_count = stream_count + 1")
    )
    yield _case("fct_broadcasts_streamed_equals_sessions", one("channels.fct_broadcasts", "streamed_seconds = 4801"))


def _videos() -> Iterator[Case]:
    snapshots, videos = "channels.fct_video_snapshots", "channels.agg_videos"
    yield _case(
        "fct_video_snapshots_rows_equal_raw",
        f"insert into {snapshots} select * replace (collected_at - interval 1 hour as collected_at, 0 as views_gained)"
        f" from {snapshots} limit 1; update {videos} set snapshot_count = 2"
        f" where video_id in (select video_id from {snapshots} group by all having count(*) = 2)",
    )
    yield _case(
        "fct_video_snapshots_views_not_negative",
        one(snapshots, "view_count = -1") + f"; update {videos} as v set view_count = f.view_count"
        f" from {snapshots} as f where f.video_id = v.video_id",
    )
    yield _case(
        "fct_video_snapshots_loss_share",
        f"update {snapshots} set views_gained = case when rowid % 2 = 0 then -100 else views_gained end;"
        " update channels.agg_channels_daily as d set video_views_gained = f.views from (select account_id,"
        f" snapshot_date, sum(views_gained) as views from {snapshots} group by all) as f"
        " where f.account_id = d.account_id and f.snapshot_date = d.activity_date",
    )
    yield _case(
        "fct_video_snapshots_view_count_missing_share",
        few(snapshots, "view_count = null", 0.3) + f"; update {videos} as v set view_count = f.view_count"
        f" from {snapshots} as f where f.video_id = v.video_id",
    )
    yield _case("agg_videos_snapshots_equal_fact", one(videos, "snapshot_count = 2"))
    yield _case("agg_videos_views_equal_newest_snapshot", one(videos, "view_count = view_count + 1"))
    yield _case("agg_videos_url_is_web", one(videos, "url = 'javascript:alert(1)'"))


def _periods() -> Iterator[Case]:
    daily, growth = "channels.agg_channels_daily", "channels.agg_channels_growth"
    more = "hours_streamed = hours_streamed + 1"
    streamed = "hours_streamed > 0"
    yield _case("agg_channels_daily_hours_equal_sessions", one(daily, more, streamed))
    yield _case("agg_channels_daily_watched_equals_sessions", one(daily, "hours_watched = hours_watched + 1", streamed))
    gained = "followers_gained = followers_gained + 1", "followers_gained is not null"
    yield _case("agg_channels_daily_followers_equal_snapshots", one(daily, *gained))
    yield _case(
        "agg_channels_daily_views_equal_snapshots",
        one(daily, "video_views_gained = video_views_gained + 1", "video_views_gained is not null"),
    )
    yield _case("agg_channels_daily_broadcasts_equal_fact", one(daily, "broadcast_count = broadcast_count + 1"))
    for grain in ("weekly", "monthly"):
        table = f"channels.agg_channels_{grain}"
        yield _case(f"agg_channels_{grain}_hours_equal_sessions", one(table, more, streamed))
        yield _case(f"agg_channels_{grain}_followers_equal_snapshots", one(table, *gained))
        yield _case(f"agg_channels_{grain}_starts_on_its_first_day", one(table, "period_date = period_date + 1"))
    yield _case("agg_channels_growth_timeframe_in_set", one(growth, "timeframe = 'year'", "timeframe = 'month'"))
    yield _case(
        "agg_channels_growth_rows_equal_periods",
        f"insert into {growth} select * replace (date '2020-01-01' as period_date) from {growth} limit 1",
    )
    yield _case(
        "agg_channels_growth_before_equals_that_period",
        one(growth, "follower_count_before = follower_count_before + 1", "has_before"),
    )
    for timeframe in ("week", "month"):
        yield _case(
            f"agg_stream_frequency_broadcasts_by_{timeframe}_equal_fact",
            one("channels.agg_stream_frequency", "broadcast_count = 99", f"timeframe = '{timeframe}'"),
        )


def _rest() -> Iterator[Case]:
    hourly, best, names_of = "channels.agg_channels_hourly", "channels.agg_best_hours", "channels.dim_channels"
    yield _case(
        "agg_channels_hourly_streamed_equals_sessions",
        one(hourly, "streamed_seconds = streamed_seconds - 1"),
    )
    yield _case(
        "agg_channels_hourly_streamed_within_hour",
        f"update {hourly} set streamed_seconds = streamed_seconds + case when streamed_seconds = 3600 then 9 else -9 end",
    )
    for name in ("agg_channel_games", "agg_channel_games_daily"):
        table = f"channels.{name}"
        yield _case(f"{name}_hours_equal_sessions", one(table, "hours_streamed = hours_streamed + 1"))
        yield _case(f"{name}_shares_sum_to_one", one(table, "streamed_share_ratio = 0.5"))
    yield _case("agg_best_hours_hours_equal_sessions", one(best, "hours_streamed = hours_streamed + 1"))
    yield _case("agg_best_hours_cell_in_range", one(best, "weekday = 0"))
    yield _case("agg_best_hours_streamed_within_existed", one(best, "streamed_ratio = 2"))
    yield _case(
        "dim_channels_one_current_a_channel",
        f"insert into {names_of} select * replace (valid_from_at - interval 1 day as valid_from_at) from {names_of} limit 1",
    )
    yield _case("dim_channels_raw_users_present", f"delete from {names_of} where account_id = '1002'")
