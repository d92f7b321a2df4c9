"""Sessions by the rules in plain Python, written from the metric definitions and not from the models."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from .conftest import Event

INACTIVITY = dt.timedelta(minutes=30)
CUT = dt.timedelta(days=3)

# (started_at, ended_at, event count, is_cut, user_id, session_id), keyed by the first event's id
Session = tuple[dt.datetime, dt.datetime, int, bool, str | None, str | None]


def first_arrivals(loaded: Iterable[tuple[dt.datetime, str, int, Event]]) -> list[Event]:
    """Of each event id the line that arrived first: by arrival of its load, load id, line number."""
    kept: dict[str, Event] = {}
    for _, _, _, event in sorted(loaded, key=lambda row: row[:3]):
        kept.setdefault(event.event_id, event)
    return list(kept.values())


def sessions(events: Iterable[Event]) -> tuple[dict[str, Session], dict[str, str | None]]:
    """All sessions by the id of their first event, and each event's session (None where it has none)."""
    members: dict[str, str | None] = {}
    chains: list[list[Event]] = []
    by_client: dict[tuple[str | None, str], list[Event]] = defaultdict(list)
    by_user: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda e: (e.at, e.event_id)):
        members[event.event_id] = None
        if event.session_id is not None:
            by_client[event.user_id, event.session_id].append(event)
        elif event.user_id is not None:
            by_user[event.user_id].append(event)
    chains.extend(by_client.values())
    for own in by_user.values():
        chain: list[Event] = []
        for event in own:
            if chain and event.at - chain[-1].at > INACTIVITY:
                chains.append(chain)
                chain = []
            chain.append(event)
        chains.append(chain)

    found: dict[str, Session] = {}
    for chain in chains:
        pieces: list[list[Event]] = []
        for event in chain:
            if not pieces or event.at - pieces[-1][0].at > CUT:
                pieces.append([])
            pieces[-1].append(event)
        for piece in pieces:
            first = piece[0]
            found[first.event_id] = (
                first.at,
                piece[-1].at,
                len(piece),
                len(pieces) > 1,
                first.user_id,
                first.session_id,
            )
            members.update({event.event_id: first.event_id for event in piece})
    return found, members
