"""Twitch clips: how many, how often they are watched, who makes them, and how Discord takes them."""

from __future__ import annotations

from collections.abc import Sequence

from reports import charts
from reports.components import Column, Kpi, Page, Section
from reports.pages.context import Context, chart, kpi, of_all, rhythm, table
from reports.scope import MONTH
from reports.spec import ReportSpec

QUERIES = (
    "clips/kpis",
    "clips/daily",
    "clips/creators",
    "clips/games",
    "clips/viral",
    "clips/rhythm",
    "clips/view_curve",
    "clips/lag",
    "clips/sentiment",
)
DAY = Column("activity_date", "Date", "date")
_REACH = "Reactions to a message count for each clip that it shares."
# (key, label, definition) of the tiles; the query gives <key>_week, <key>_week_before and <key>_total.
_TILES = (
    ("clips", "Clips", "Clips that were made in the 7 days, deleted ones included."),
    ("views", "Views gained", "Growth of the views of all clips, as counts in the 7 days showed it."),
    ("creators", "Clip creators", "Different people who made a clip in the 7 days."),
    ("games", "Games", "Different games that were clipped in the 7 days; an unknown one is none."),
    ("shares", "Discord shares", "Links to clips in messages of the 7 days that were not deleted."),
    ("reactions", "Discord reactions", f"Reactions to the messages of the 7 days, as they stand now. {_REACH}"),
)
# All views of the clips, which is more than those gained since they are counted.
_IN_ALL = {"views": "views in all"}
_SPARKS = {
    "clips": "clip_count",
    "views": "views_gained",
    "shares": "discord_shares",
    "reactions": "discord_reactions",
}


def _tiles(context: Context, keys: Sequence[str]) -> list[Kpi]:
    row = context.first("clips/kpis")
    if row is None:
        return []
    daily = context.rows("clips/daily")
    return [
        kpi(
            "clips",
            context,
            row,
            f"{key}_week",
            label,
            "compact",
            definition,
            better="up",
            spark=[day[_SPARKS[key]] for day in daily] if key in _SPARKS else (),
            note=f"{row[f'{key}_total']:,} {_IN_ALL.get(key, 'in all')}" if row[f"{key}_total"] is not None else "",
        )
        for key, label, definition in _TILES
        if key in keys
    ]


def headline(context: Context) -> list[Kpi]:
    """Tiles that the overview shows too."""
    return _tiles(context, ("clips", "views", "creators", "shares"))


def assemble(context: Context) -> Page:
    scope = context.scopes["clips"]
    return Page(
        summary="Clips of the Twitch channels: views, creators, games, and what Discord shares of them.",
        period=scope.period(MONTH),
        notices=context.notices(QUERIES),
        sections=[_timeline(context), _viral(context), _leaders(context), _times(context), _discord(context)],
    )


def _timeline(context: Context) -> Section:
    daily = context.rows("clips/daily")
    columns = [
        DAY,
        Column("clip_count", "Clips", "integer"),
        Column("views_gained", "Views gained", "integer"),
        Column("discord_shares", "Shares", "integer"),
        Column("discord_reactions", "Reactions", "integer"),
    ]
    clips = chart(
        context,
        "clips/daily",
        name="clips.daily",
        title="Clips by day",
        definition="Clips by the date on which they were made.",
        spec=charts.day_bars(daily, day="activity_date", value="clip_count", value_title="Clips"),
        columns=columns,
        row_key=["activity_date"],
    )
    views = chart(
        context,
        "clips/daily",
        name="clips.views",
        title="Views gained by day",
        definition="Views since the count before, by the date of the count that showed them; a day without a count "
        "is a gap. Views that a clip already had when it was first counted are left out.",
        spec=charts.day_lines(
            daily, day="activity_date", series={"views_gained": "Views gained"}, value_title="Views gained"
        ),
        columns=columns,
        row_key=["activity_date"],
    )
    return Section(
        "timeline", "Clips and views", _tiles(context, ("clips", "views", "creators", "games")), [clips, views]
    )


def _viral(context: Context) -> Section:
    clips = table(
        context,
        "clips/viral",
        caption="Viral clips",
        definition="Clips that at an age of 24 h, 72 h or 7 days had more views than at least 95 % of their channel's "
        "other clips of the last 90 days; after them, other clips with many views. The percentile is the share of the "
        "other clips that had fewer views at that age.",
        columns=[
            Column("title", "Clip", link_key="url"),
            Column("account_name", "Channel"),
            Column("creator_name", "Creator"),
            Column("game_name", "Game"),
            Column("clip_date", "Made", "date"),
            Column("view_count", "Views", "integer"),
            Column("views_at_24h", "Views at 24 h", "integer"),
            Column("percentile_at_24h_ratio", "Percentile, 24 h", "ratio"),
            Column("percentile_at_72h_ratio", "72 h", "ratio"),
            Column("percentile_at_168h_ratio", "7 days", "ratio"),
            Column("discord_shares", "Shares", "integer"),
            Column("discord_reactions", "Reactions", "integer"),
        ],
        row_key=["clip_id"],
        empty="No clip stands out yet.",
    )
    curve = chart(
        context,
        "clips/view_curve",
        name="clips.view_curve",
        title="How views come with age",
        definition="Views that clips have at an age, as a share of those that the same clips have at 7 days.",
        spec=charts.measured_line(
            context.rows("clips/view_curve"),
            x="age_hours",
            x_title="Age in hours",
            value="share_of_full_age_ratio",
            value_title="Share of the views at 7 days",
            number=".0%",
            as_share=True,
        ),
        columns=[
            Column("age_hours", "Age in hours", "integer"),
            Column("clip_count", "Clips (n)", "integer"),
            Column("mean_views", "Mean views", "decimal"),
            Column("full_age_clip_count", "Clips known at 7 days (n)", "integer"),
            Column("share_of_full_age_ratio", "Share of 7 days", "ratio"),
        ],
        row_key=["age_hours"],
    )
    lag = chart(
        context,
        "clips/lag",
        name="clips.lag",
        title="When in a broadcast clips are made",
        definition="Clips by the time since their broadcast began, in half hours, divided by the broadcasts that "
        "lasted that long.",
        spec=charts.measured_line(
            context.rows("clips/lag"),
            x="lag_bucket_minutes",
            x_title="Minutes since the start",
            value="clips_per_broadcast",
            value_title="Clips a broadcast",
            number=",.2f",
        ),
        columns=[
            Column("lag_bucket_minutes", "Minutes since the start", "integer"),
            Column("clip_count", "Clips", "integer"),
            Column("broadcast_count", "Broadcasts (n)", "integer"),
            Column("clips_per_broadcast", "Clips a broadcast", "decimal"),
        ],
        row_key=["lag_bucket_minutes"],
    )
    return Section("viral", "Viral clips", (), [clips, curve, lag])


def _leaders(context: Context) -> Section:
    measures = [
        Column("clip_count", "Clips", "integer"),
        Column("total_views", "Views", "integer"),
        Column("viewed_clip_count", "Clips with views (n)", "integer"),
        Column("avg_views", "Views a clip", "decimal"),
        Column("discord_shares", "Shares", "integer"),
        Column("discord_reactions", "Reactions", "integer"),
    ]
    creators, games = (
        table(
            context,
            f"clips/{slug}",
            caption=f"{caption}, 30 days",
            definition=f"Clips made in the 30 days, with their newest known views. Equal counts share a rank. {_REACH}",
            columns=[Column("place", "Rank", "integer"), Column(f"{entity}_name", label), *measures, other],
            note=of_all(context.rows(f"clips/{slug}"), f"{entity}_count", entity),
            row_key=[f"{entity}_id"],
            empty="No clips in this period.",
        )
        for slug, entity, caption, label, other in (
            ("creators", "creator", "Top creators", "Creator", Column("unique_games", "Games", "integer")),
            ("games", "game", "Top games", "Game", Column("unique_creators", "Creators (n)", "integer")),
        )
    )
    return Section("leaders", "Creators and games", (), [creators, games])


def _times(context: Context) -> Section:
    hours = rhythm(
        context,
        "clips",
        title="Peak times",
        definition="Clips made in an hour of the week, divided by the hours that existed since each channel's first "
        "clip",
        value="clips_per_hour",
        value_title="Clips an hour",
        columns=[Column("clips_per_hour", "Clips an hour", "decimal"), Column("clip_count", "Clips", "integer")],
        wide=True,
    )
    return Section("times", "Peak times", (), [hours])


def _discord(context: Context) -> Section:
    shares = chart(
        context,
        "clips/daily",
        name="clips.shares",
        title="Shares and reactions by day",
        definition=f"Messages with a clip by their date, and the reactions to them as they stand now. {_REACH}",
        spec=charts.day_lines(
            context.rows("clips/daily"),
            day="activity_date",
            series={"discord_shares": "Shares", "discord_reactions": "Reactions"},
            value_title="Shares, reactions",
        ),
        columns=[
            DAY,
            Column("discord_shares", "Shares", "integer"),
            Column("discord_reactions", "Reactions", "integer"),
        ],
        row_key=["activity_date"],
    )
    sentiment = table(
        context,
        "clips/sentiment",
        caption="Sentiment of reactions by game",
        definition="Each emoji counts from -1 (negative) to 1 (positive) by a fixed list; the mean over the reactions "
        "whose emoji the list knows (n). Withheld for few of them.",
        columns=[
            Column("game_name", "Game"),
            Column("sentiment", "Sentiment", "decimal"),
            Column("scored_count", "Scored (n)", "integer"),
            Column("reaction_count", "Reactions", "integer"),
        ],
        row_key=["game_id"],
        empty="No reactions yet.",
        wide=False,
    )
    return Section("discord", "Discord", _tiles(context, ("shares", "reactions")), [shares, sentiment])


REPORT = ReportSpec(
    "clips",
    "Clips",
    QUERIES,
    assemble,
    description="Twitch clips: snapshots of their views, creators, games, and shares and reactions in Discord.",
    headline=headline,
)
