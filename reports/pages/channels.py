"""Twitch channels: followers, streams and their viewers, categories, hours of the week, videos, channel by channel."""

from __future__ import annotations

from functools import partial

from reports import charts
from reports.components import Chart, Column, Kpi, Page, Section
from reports.pages.context import Context, chart, kpi, of_all, rhythm, table
from reports.scope import MONTH
from reports.spec import ReportSpec

QUERIES = (
    "channels/kpis",
    "channels/daily",
    "channels/frequency",
    "channels/games",
    "channels/rhythm",
    "channels/videos",
    "channels/channels",
)
DAY = Column("activity_date", "Date", "date")
AVERAGE = "Viewers of each sample stand until the next, at most for two sampling intervals."


_kpi = partial(kpi, "channels", better="up")


def headline(context: Context) -> list[Kpi]:
    """Tiles that the overview shows too."""
    row = context.first("channels/kpis")
    if row is None:
        return []
    daily = context.rows("channels/daily")
    return [
        _kpi(context, row, "followers", "Followers", "compact",
             "Followers of all channels together, each by its last count.",
             spark=[day["followers_gained_so_far"] for day in daily]),
        _kpi(context, row, "hours_streamed_week", "Hours streamed", "decimal",
             "Hours that a channel was live, from the start that Twitch states until it was found to have ended.",
             spark=[day["hours_streamed"] for day in daily],
             note=f"{row['live_channels']:,} live when last asked." if row["live_channels"] else ""),
        _kpi(context, row, "average_viewers_week", "Average viewers", "decimal",
             f"Hours watched divided by the hours with known viewers. {AVERAGE}",
             spark=[day["average_viewers"] for day in daily]),
        _kpi(context, row, "hours_watched_week", "Hours watched", "compact",
             f"Viewers times hours. {AVERAGE}", spark=[day["hours_watched"] for day in daily]),
    ]  # fmt: skip


def assemble(context: Context) -> Page:
    return Page(
        summary="Followers, streams, viewers, categories and videos of the Twitch channels.",
        period=context.scopes["channels"].period(MONTH),
        notices=context.notices(QUERIES),
        sections=[_growth(context), _streams(context), _content(context), _channels(context)],
    )


def _growth(context: Context) -> Section:
    row = context.first("channels/kpis")
    daily = context.rows("channels/daily")
    kpis = headline(context)[:1]
    if row is not None:
        kpis = [
            *kpis,
            _kpi(context, row, "followers_gained_week", "Followers gained", "compact",
                 "Each count less the last available one before, added up; losses count against it.",
                 spark=[day["followers_gained"] for day in daily]),
            _kpi(context, row, "video_views_week", "Video views gained", "compact",
                 "Views less those of each video's snapshot before. Twitch no longer counts views of a channel.",
                 spark=[day["video_views_gained"] for day in daily]),
        ]  # fmt: skip
    growth = chart(
        context,
        "channels/daily",
        name="channels.daily",
        title="Follower growth",
        definition="Followers gained since the first of the 30 days, all channels together. A day without a count adds "
        "nothing; the next count brings what was gained since the last.",
        spec=charts.day_area(
            daily, day="activity_date", value="followers_gained_so_far", value_title="Followers gained"
        ),
        columns=[
            DAY,
            Column("followers_gained", "Gained on the day", "integer"),
            Column("followers_gained_so_far", "Gained so far", "integer"),
            Column("counted_channels", "Channels counted", "integer"),
            Column("video_views_gained", "Video views gained", "integer"),
        ],
        row_key=["activity_date"],
        wide=True,
    )
    return Section("growth", "Growth", kpis, [growth])


def _streams(context: Context) -> Section:
    row = context.first("channels/kpis")
    daily = context.rows("channels/daily")
    kpis = headline(context)[1:]
    if row is not None:
        kpis = [
            *kpis,
            _kpi(context, row, "broadcasts_week", "Broadcasts", "integer",
                 "Broadcasts that started in the 7 days; streams a few minutes apart are one.",
                 spark=[day["broadcast_count"] for day in daily]),
        ]  # fmt: skip
    viewers = chart(
        context,
        "channels/daily",
        name="channels.viewers",
        title="Viewers by day",
        definition="Average viewers of a stream (hours watched by covered hours), and the most that one sample showed.",
        spec=charts.day_lines(
            daily,
            day="activity_date",
            series={"average_viewers": "Average", "peak_viewers": "Peak"},
            value_title="Viewers",
        ),
        columns=[
            DAY,
            Column("average_viewers", "Average viewers", "decimal"),
            Column("peak_viewers", "Peak", "integer"),
            Column("hours_streamed", "Hours streamed", "decimal"),
            Column("hours_watched", "Hours watched", "decimal"),
        ],
        row_key=["activity_date"],
    )
    frequency = chart(
        context,
        "channels/frequency",
        name="channels.frequency",
        title="Broadcasts by week",
        definition="Broadcasts that started in a week (from Monday), all channels together; the first and the newest "
        "week may be incomplete. Days with a stream: of the days on which Twitch was asked about a channel.",
        spec=charts.block_bars(
            context.rows("channels/frequency"),
            start="week_from",
            end="week_until",
            value="broadcast_count",
            value_title="Broadcasts",
        ),
        columns=[
            Column("period_date", "Week of", "date"),
            Column("broadcast_count", "Broadcasts", "integer"),
            Column("stream_count", "Streams", "integer"),
            Column("hours_streamed", "Hours streamed", "decimal"),
            Column("stream_day_ratio", "Days with a stream", "ratio"),
        ],
        row_key=["period_date"],
    )
    return Section("streams", "Streams", kpis, [viewers, frequency, _best_hours(context)])


def _best_hours(context: Context) -> Chart:
    return rhythm(
        context,
        "channels",
        title="Best hours",
        definition="Viewers in an hour of the week over the last 4 weeks: hours watched divided by the hours that "
        "existed",
        note=" The average counts only time that was streamed; blank are hours of streams whose viewers nobody "
        "counted.",
        value="watched_per_hour",
        value_title="Viewers",
        columns=[
            Column("watched_per_hour", "Hours watched an hour", "decimal"),
            Column("average_viewers", "Average while live", "decimal"),
            Column("hours_streamed", "Hours streamed", "decimal"),
        ],
        wide=True,
    )


def _content(context: Context) -> Section:
    categories = context.rows("channels/games")
    games = chart(
        context,
        "channels/games",
        name="channels.games",
        title="Top categories",
        definition="Hours streamed in the 30 days; equal hours share a rank. Followers gained between two counts go to "
        "the streams of that time, and to their categories, by time. "
        + of_all(categories, "game_count", "category", "categories"),
        spec=charts.ranked_bars(
            categories,
            label="game_name",
            value="hours_streamed",
            value_title="Hours streamed",
            label_title="Category",
            number=",.1f",
        ),
        columns=[
            Column("place", "Rank", "integer"),
            Column("game_name", "Category"),
            Column("channel_count", "Channels", "integer"),
            Column("day_count", "Dates (n)", "integer"),
            Column("hours_streamed", "Hours streamed", "decimal"),
            Column("average_viewers", "Average viewers", "decimal"),
            Column("hours_watched", "Hours watched", "decimal"),
            Column("followers_gained", "Followers gained", "decimal"),
        ],
        row_key=["game_id"],
        wide=True,
    )
    videos = table(
        context,
        "channels/videos",
        caption="Top videos",
        definition="By views gained in the 7 days before their channel's views were last read; equal gains share a "
        "rank. A dash: the video was not yet known that long ago.",
        columns=[
            Column("place", "Rank", "integer"),
            Column("title", "Video"),
            Column("channel", "Channel"),
            Column("type", "Kind"),
            Column("created_at", "Made (UTC)", "moment"),
            Column("views_gained_7d", "Views gained, 7 days", "integer"),
            Column("views_gained_30d", "30 days", "integer"),
            Column("view_count", "Views", "integer"),
        ],
        note=of_all(context.rows("channels/videos"), "video_count", "video"),
        row_key=["video_id"],
        empty="No video was seen for long enough.",
    )
    return Section("content", "Content", (), [games, videos])


def _channels(context: Context) -> Section:
    channels = table(
        context,
        "channels/channels",
        caption="Channels, 30 days",
        definition="By followers when last counted, on the date beside them; the first 100. Viewers: on average "
        "while live. Video views: gained.",
        columns=[
            Column("channel", "Channel"),
            Column("state", "Now", missing=""),
            Column("follower_count", "Followers", "integer"),
            Column("counted_date", "Counted on", "date"),
            Column("followers_gained_week", "Gained, 7 days", "integer"),
            Column("followers_gained_month", "30 days", "integer"),
            Column("subscriber_count", "Subscribers", "integer"),
            Column("broadcast_count", "Broadcasts", "integer"),
            Column("hours_streamed", "Streamed (h)", "decimal"),
            Column("average_viewers", "Viewers", "decimal"),
            Column("hours_watched", "Watched (h)", "decimal"),
            Column("video_views_gained", "Video views", "integer"),
        ],
        row_key=["account_id"],
        empty="No channel was collected.",
    )
    return Section("channels", "Channels", (), [channels])


REPORT = ReportSpec(
    "channels",
    "Twitch channels",
    QUERIES,
    assemble,
    description="Twitch channels: followers, subscribers, streams and their viewers, categories, videos.",
    headline=headline,
)
