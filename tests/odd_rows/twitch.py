"""Twitch: daily collections with missing days, and looks at channels with outages, flaps and restarts."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator

from tests.odd_rows import Row, Rows

START = dt.datetime(2026, 3, 28)
MINUTE = dt.timedelta(minutes=1)
ACCOUNTS = ("11", "22", "33")


def channel_rows(seed: int, days: int = 4) -> Rows:
    """What `days` days brought, a look every ten minutes of the evenings."""
    found: Rows = {}
    for resource, row in _observations(random.Random(seed), days):
        found.setdefault(f"twitch.{resource}", []).append(row)
    return found


def _observations(dice: random.Random, days: int) -> list[tuple[str, Row]]:
    rows: list[tuple[str, Row]] = []
    for day in range(days):
        for account in ACCOUNTS:
            rows += _daily(dice, day, account)
    live: dict[str, tuple[str, dt.datetime]] = {}
    for look in range(days * 24 * 6):
        at = START + look * 10 * MINUTE
        if dice.random() < 0.04:
            live = dict(_after_an_outage(dice, live))
        if not look % 144 >= 60 or dice.random() < 0.1:
            continue
        rows += _look(dice, f"look-{look}", at, live)
    return rows


def _daily(dice: random.Random, day: int, account: str) -> Iterator[tuple[str, Row]]:
    at = START + dt.timedelta(days=day, hours=2, seconds=dice.randrange(300))
    by = {"account_id": account, "collected_at": at}
    if dice.random() < 0.2:
        state = {"resource": "followers", "account_id": account, "status": "failed", "started_at": at}
        yield "collections", {"collection_id": f"f{day}-{account}", "recorded_at": at, **state}
    else:
        count = {"collection_id": f"f{day}-{account}", "broadcaster_id": account, "total": dice.randrange(900, 1100)}
        yield "followers", by | count
    name = {"login": dice.choice(["a", "b"]), "display_name": "A", "broadcaster_type": ""}
    yield "users", by | {"collection_id": f"u{day}", "user_id": account, **name}
    if dice.random() < 0.7:
        is_complete = dice.random() < 0.6
        tiers = dict.fromkeys(("tier1_count", "tier2_count", "tier3_count", "gift_count"), 3 if is_complete else None)
        total = {"total": dice.randrange(20, 40), "points": 50, "is_complete": is_complete, **tiers}
        yield "subscriptions", by | {"collection_id": f"s{day}-{account}", "broadcaster_id": account, **total}
        shown = {"title": f"day {day}", "game_id": "1", "game_name": "One"}
        yield "channels", by | {"collection_id": f"c{day}", "broadcaster_id": account, **shown}
    for number in range(day + 2):
        if dice.random() < 0.2:
            continue
        views = dice.choice([None, 40 * day + number])
        video = {"video_id": f"v{account}-{number}", "created_at": START + dt.timedelta(days=number - 1)}
        yield "videos", by | {"collection_id": f"v{day}", "user_id": account, "view_count": views, **video}


def _after_an_outage(
    dice: random.Random, live: dict[str, tuple[str, dt.datetime]]
) -> Iterator[tuple[str, tuple[str, dt.datetime]]]:
    for account, stream in live.items():
        if dice.random() < 0.5:
            yield account, stream


def _look(
    dice: random.Random, look: str, at: dt.datetime, live: dict[str, tuple[str, dt.datetime]]
) -> Iterator[tuple[str, Row]]:
    asked = [account for account in ACCOUNTS if dice.random() < 0.95]
    for account in asked:
        change = dice.random()
        if account not in live and change < 0.1:
            live[account] = (f"{account}-{look}", at - dice.choice([0, 3, 9]) * MINUTE)
        elif account in live and change < 0.06:
            # The former one may still have been shown when this one had begun.
            live[account] = (f"{account}-{look}", at - dice.choice([4, 14]) * MINUTE)
        elif account in live and change < 0.14:
            del live[account]
        if account in live and dice.random() < 0.93:
            stream_id, started_at = live[account]
            seen = {"stream_id": stream_id, "started_at": started_at, "viewer_count": dice.choice([None, 5, 80, 81])}
            game = {"game_id": dice.choice([None, "1", "2"]), "game_name": dice.choice(["One", ""]), "title": look}
            by = {"collection_id": look, "account_id": account, "user_id": account}
            yield "streams", by | {"collected_at": at, **seen, **game}
    polled = {"polled_account_ids": json.dumps(asked), "live_count": len(live)}
    yield "stream_polls", {"collection_id": look, "collected_at": at + dice.choice([0, 2]) * MINUTE / 60, **polled}
