"""Figures of marts in plain Python, from the simulator's truth of the facts and from what a definition says."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import duckdb

from ingestion.simulator import SimulatedInput
from ingestion.sql import literal
from orchestration.dbt import PROJECT_DIR

MINUTE = dt.timedelta(minutes=1)
# In the order that settles ties, with what is quiet: nobody counted viewers, nothing else happened.
MEASURES = {"viewer_count": None, "super_chat_count": 0, "clip_count": 0, "interaction_count": 0, "error_count": 0}
_SKIN_TONES_AND_VARIATION = dict.fromkeys([0xFE0F, *range(0x1F3FB, 0x1F400)])

Minutes = dict[dt.datetime, dict[str, int | None]]
# (minute, rank, measure, score, cause, seconds from the cause)
Moment = tuple[dt.datetime, int, str, float, str | None, float | None]


def truth(simulated: SimulatedInput, mart: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """Columns of the rows that a mart must hold."""
    path = Path(simulated.truth) / f"{mart}.parquet"
    with duckdb.connect() as connection:
        return connection.execute(f"select {columns} from read_parquet({literal(path)}) where {where}").fetchall()


def sentiments(simulated: SimulatedInput) -> dict[tuple[str, str, str], tuple[int, int, float | None]]:
    """Reactions, those of emoji that the lexicon knows, and their mean weight, by account and what they are about.

    A message's reactions count for each clip that it shares, as long as it does. Below 5 known ones nothing is said.
    """
    with (PROJECT_DIR / "seeds/clips/clips_emoji_lexicon.csv").open(encoding="utf-8", newline="") as file:
        weights = {row["emoji"]: float(row["weight"]) for row in csv.DictReader(file)}
    about = {
        clip: names for clip, *names in truth(simulated, "clips.dim_clips", "clip_id, account_id, game_id, creator_id")
    }
    given = defaultdict(set)
    for message, emoji_id, name, count in truth(
        simulated, "clips.fct_discord_reactions", "message_id, emoji_id, emoji_name, reaction_count", "is_current"
    ):
        given[message].add((emoji_id, name, count))
    counts: Counter[tuple[str, str, str]] = Counter()
    known: Counter[tuple[str, str, str]] = Counter()
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    for message, clip in truth(simulated, "clips.fct_discord_shares", "message_id, clip_id", "not is_deleted"):
        account, game, creator = about[clip]
        for _, name, count in given[message]:
            weight = weights.get((name or "").translate(_SKIN_TONES_AND_VARIATION).lower())
            for entity in (("account", account), ("game", game), ("creator", creator), ("clip", clip)):
                key = (account, *entity)
                counts[key] += count
                known[key] += count if weight is not None else 0
                sums[key] += count * (weight or 0)
    return {
        key: (count, known[key], sums[key] / known[key] if known[key] >= 5 else None)
        for key, count in counts.items()
        if count
    }


def activities(simulated: SimulatedInput) -> Counter[tuple[str, dt.date, str]]:
    """Activities by domain, date and kind."""
    found: Counter[tuple[str, dt.date, str]] = Counter()
    for date, kind, count in truth(simulated, "social.agg_events_daily", "event_date, event_type, event_count"):
        found["social", date, kind] += count
    for domain, kind, mart, date in (
        ("conversations", "message", "fct_messages", "message_date"),
        ("conversations", "request", "fct_requests", "request_date"),
        ("livestream", "stream", "fct_stream_sessions", "session_date"),
        ("livestream", "interaction", "fct_interactions", "interaction_date"),
        ("livestream", "super_chat", "fct_super_chats", "paid_date"),
        ("channels", "stream", "fct_stream_sessions", "stream_date"),
        ("clips", "clip", "dim_clips", "clip_date"),
        ("clips", "clip_share", "fct_discord_shares", "share_date"),
    ):
        where = "not is_deleted" if kind == "clip_share" else "true"
        found.update((domain, day, kind) for (day,) in truth(simulated, f"{domain}.{mart}", date, where))
    return found


def livestream_minutes(simulated: SimulatedInput) -> dict[str, Minutes]:
    """What happened in the minutes of each session of a character; viewers where they were sampled."""
    found: dict[str, Minutes] = defaultdict(dict)
    viewers = "case when viewer_sample_count > 0 then (viewer_sum / viewer_sample_count)::bigint end"
    columns = f"session_id, minute_at, {viewers}, super_chat_count, 0, interaction_count, error_count"
    for session, at, *values in truth(simulated, "livestream.agg_session_minutes", columns):
        found[session][at] = dict(zip(MEASURES, values, strict=True))
    return found


def moments(minutes: Mapping[str, Minutes]) -> dict[str, list[Moment]]:
    """Moments of each stream: minutes in which a measure of 2 or more is 2.5 standard deviations above its mean.

    The mean is over all minutes from the first to the last, quiet ones too; of a measure known in fewer than 20 of them
    nothing is said. The cause is what else stood out most within the five minutes before, the later of two alike.
    """
    return {session: found for session, told in minutes.items() if (found := _moments(told))}


def _moments(told: Minutes) -> list[Moment]:
    first, last = min(told), max(told)
    grid = [first + number * MINUTE for number in range(round((last - first) / MINUTE) + 1)]
    peaks: list[tuple[dt.datetime, str, float]] = []
    for measure, quiet in MEASURES.items():
        values = {at: told.get(at, {}).get(measure, quiet) for at in grid}
        known = {at: value for at, value in values.items() if value is not None}
        deviation = pstdev(known.values()) if len(known) >= 20 else 0.0
        if deviation:
            mean = fmean(known.values())
            scores = ((at, round((value - mean) / deviation, 6)) for at, value in known.items() if value >= 2)
            peaks += [(at, measure, score) for at, score in scores if score >= 2.5]
    found = []
    for at in sorted({at for at, _, _ in peaks}):
        _, measure, score = _strongest(peak for peak in peaks if peak[0] == at)
        before = [peak for peak in peaks if peak[1] != measure and at - 5 * MINUTE <= peak[0] <= at]
        since, cause, _ = _strongest(before) if before else (None, None, None)
        found.append((at, measure, score, cause, (at - since).total_seconds() if since else None))
    return [
        (at, 1 + sum(other > score for _, _, other, *_ in found), measure, score, *cause)
        for at, measure, score, *cause in found
    ]


def _strongest(peaks: Iterable[tuple[dt.datetime, str, float]]) -> tuple[dt.datetime, str, float]:
    order = list(MEASURES)
    return min(peaks, key=lambda peak: (-peak[2], -peak[0].timestamp(), order.index(peak[1])))
