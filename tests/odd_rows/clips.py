"""Clips, games and Discord messages: what goes missing, is renamed, corrected or taken back between fetches."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Sequence

from tests.odd_rows import Row, Rows
from tests.odd_rows.twitch import ACCOUNTS

FIRST = dt.datetime(2026, 3, 24, 2, 0)
HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
FETCHES = 8


def clip_rows(seed: int, clips: int = 14, messages: int = 45) -> Rows:
    """What eight nightly collections brought, by raw table; the last Sunday of March is among them."""
    dice = random.Random(seed)
    fetches = [FIRST + 24 * HOUR * day + dt.timedelta(seconds=dice.random()) for day in range(FETCHES)]
    known = [_clip(dice, account, f"clip{account}-{number}") for account in ACCOUNTS for number in range(clips)]
    # Four clips in one minute are a moment of the stream that runs then.
    known += [
        _clip(dice, account, f"burst{account}-{hour}-{number}")
        | {"created_at": FIRST + (105 + hour) * HOUR + number * SECOND}
        for account in ACCOUNTS
        for hour in (0, 4, 7, 10, 28, 31, 34)
        for number in range(4)
    ]
    rows: Rows = {"twitch.clips": [], "twitch.games": [], "discord.messages": []}
    for clip in known:
        rows["twitch.clips"] += _fetched(dice, clip, fetches)
    # Asked for by id, never found: nobody knows whose it was.
    rows["twitch.clips"].append(
        {"clip_id": "nobody", "collected_at": fetches[2], "is_gone": True, "was_looked_up": True}
    )
    for fetched_at in fetches:
        for game in ("g1", "g2", "g3"):
            name = f"Game {game}" + (" II" if game == "g2" and fetched_at > fetches[4] else "")
            rows["twitch.games"].append({"game_id": game, "name": name, "collected_at": fetched_at})
    ids = [clip["clip_id"] for clip in known] + ["of-another-channel"]
    for number in range(messages):
        rows["discord.messages"] += _message(dice, str(1000 + number), ids, fetches)
    for table, found in rows.items():
        for row in found:
            row.setdefault("collection_id", f"{table}-{row['collected_at']:%d}")
    return rows


def _clip(dice: random.Random, account: str, clip_id: str) -> Row:
    creator = dice.randrange(6)
    return {
        "clip_id": clip_id,
        "account_id": account,
        "broadcaster_id": account,
        "url": f"https://clips.twitch.tv/{clip_id}",
        "title": dice.choice(["one", "two", None]),
        "creator_id": f"creator{creator}" if creator else None,
        "game_id": dice.choice(["g1", "g2", "g3", "unresolved", None]),
        "created_at": FIRST - 100 * HOUR + dice.choice([0, 1, 30, 90, 140, 200, 250]) * HOUR * dice.choice([1, 0.77]),
        "is_featured": dice.choice([True, False, None]),
        "is_gone": False,
        "was_looked_up": False,
    }


def _fetched(dice: random.Random, clip: Row, fetches: Sequence[dt.datetime]) -> list[Row]:
    found: list[Row] = []
    speed = dice.choice([0, 1, 1, 3, 40, 900])
    gone_from = dice.choice([None, None, None, 4, 6])
    for number, fetched_at in enumerate(fetches):
        if fetched_at < clip["created_at"] or dice.random() < 0.2:
            continue
        if gone_from is not None and gone_from <= number < 7:
            found.append({key: clip[key] for key in ("clip_id", "account_id")} | {
                "collected_at": fetched_at, "is_gone": True, "was_looked_up": True})  # fmt: skip
            continue
        views = int(speed * (fetched_at - clip["created_at"]).total_seconds() / 3600)
        late_name = number > 4 and clip["creator_id"] in ("creator1", "creator2")
        found.append(
            clip
            | {
                "collected_at": fetched_at,
                # Twitch now and then leaves the number out, or corrects it downwards.
                "view_count": None
                if dice.random() < 0.15
                else views - (5 if views > 50 and dice.random() < 0.1 else 0),
                # The second creator takes the first one's old name.
                "creator_name": None
                if clip["creator_id"] is None
                else {
                    "creator1": "Alice" if not late_name else "Alice II",
                    "creator2": "Bob" if not late_name else "alice",
                }.get(clip["creator_id"], clip["creator_id"].title()),
            }
        )
    return found


def _message(dice: random.Random, message_id: str, clips: Sequence[str], fetches: Sequence[dt.datetime]) -> list[Row]:
    sent_at = FIRST - 30 * HOUR + dice.randrange(180) * HOUR
    linked = dice.sample(list(clips), dice.choice([1, 1, 1, 2]))
    counts = {emoji: 0 for emoji in dice.sample(["🔥", "😂", "👎🏽", "❤️", "custom", "🪨"], dice.choice([0, 1, 2, 3]))}
    found: list[Row] = []
    author = f"author{dice.randrange(7)}"
    gone = False
    for fetched_at in fetches:
        if fetched_at < sent_at or dice.random() < 0.3:
            continue
        gone = gone or dice.random() < 0.05
        if len(linked) > 1 and dice.random() < 0.15:
            linked = linked[:1]  # an edit took one link out
        for emoji in counts:
            counts[emoji] = max(0, counts[emoji] + dice.choice([-1, 0, 0, 1, 3]))
        reactions = [
            {
                "emoji_id": "77" if emoji == "custom" else None,
                "emoji_name": "KEKW" if emoji == "custom" else emoji,
                "is_animated": False,
                "normal_count": count,
                "burst_count": count // 2,
            }
            for emoji, count in sorted(counts.items())
            if count
        ]
        found.append(
            {"message_id": message_id, "channel_id": "9", "account_id": "9", "collected_at": fetched_at, "is_gone": gone}
            | ({} if gone else {
                "guild_id": "8", "author_hash": author, "author_twitch_id": author.replace("author", "creator"),
                "is_bot": False, "sent_at": sent_at,
                "clip_links": json.dumps([{"clip_id": c, "url": f"https://clips.twitch.tv/{c}"} for c in linked]),
                "reactions": json.dumps(reactions) if reactions else None,
            })
        )  # fmt: skip
    return found
