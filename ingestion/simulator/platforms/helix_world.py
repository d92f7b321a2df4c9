"""What the simulated Twitch knows, by moment: rows of the world as Helix objects with every published field."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.simulator.platforms.world import attach_world

Item = dict[str, Any]
Rows = list[tuple[Any, ...]]
_CDN = "https://static-cdn.example.com"


class _Series:
    """A value that changes at known moments."""

    __slots__ = ("moments", "values")

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.values: list[Any] = []

    def at(self, moment: float) -> Any:
        """The last value from `moment` or before; None before the first."""
        index = bisect_right(self.moments, moment)
        return self.values[index - 1] if index else None


def _series(rows: Rows) -> dict[str, _Series]:
    """Of (key, moment, value...) in the order of moments."""
    found: dict[str, _Series] = defaultdict(_Series)
    for key, moment, *values in rows:
        found[key].moments.append(moment)
        found[key].values.append(values[0] if len(values) == 1 else values)
    return found


class HelixWorld:
    """The tables of a world folder, for one reader; moments are seconds since 1970 (UTC)."""

    def __init__(self, folder: Path) -> None:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            attach_world(connection, folder)
            self._load(connection)

    def _load(self, connection: duckdb.DuckDBPyConnection) -> None:
        def rows(sql: str) -> Rows:
            return connection.execute(sql).fetchall()

        self.accounts: dict[str, tuple[Any, ...]] = {
            row[0]: row
            for row in rows(
                "select account_id, login, display_name, epoch(created_at), description, broadcaster_type, language,"
                " has_user_token from world.channels order by account_number"
            )
        }
        self.id_of_login = {row[1]: row[0] for row in self.accounts.values()}
        self.games: dict[str, str] = dict(rows("select game_id, name from world.games where is_resolved"))
        self._followers = _series(
            rows('select account_id, epoch("at"), followers from world.follower_counts order by 1, 2')
        )
        self._subscribers = _series(
            rows(
                'select account_id, epoch("at"), tier1, tier2, tier3, gifted, points'
                " from world.subscriber_counts order by 1, 2"
            )
        )
        self._streams = {
            row[0]: row
            for row in rows("select stream_id, account_id, epoch(started_at), language, is_mature from world.streams")
        }
        self._segments = _series(
            rows("select stream_id, epoch(from_at), game_id, title from world.stream_segments order by 1, 2")
        )
        self._started = _series(
            rows("select account_id, epoch(started_at), stream_id from world.streams order by 1, 2")
        )
        self._live: dict[float, dict[str, tuple[str, int]]] = defaultdict(dict)
        for stream_id, minute, viewers in rows("select stream_id, epoch(minute_at), viewers from world.stream_viewers"):
            self._live[minute][self._streams[stream_id][1]] = (stream_id, viewers)
        self._videos: dict[str, Rows] = defaultdict(list)
        for row in rows(
            "select account_id, video_id, stream_id, epoch(created_at), epoch(published_at), duration_seconds, title,"
            " type, epoch(deleted_at), epoch(listed_at) from world.videos order by created_at desc, video_id desc"
        ):
            self._videos[row[0]].append(row)
        self._video_views = _series(rows('select video_id, epoch("at"), views from world.video_views order by 1, 2'))
        self._creators = _series(rows("select creator_id, epoch(from_at), name from world.creators order by 1, 2"))
        self._clips: dict[str, Rows] = defaultdict(list)
        self._clip: dict[str, tuple[Any, ...]] = {}
        for row in rows(
            "select account_id, clip_id, creator_id, epoch(created_at), game_id, title, duration_seconds, video_id,"
            " vod_offset, epoch(deleted_at), language, is_featured from world.clips"
        ):
            self._clips[row[0]].append(row)
            self._clip[row[1]] = row
        self._clip_views = _series(rows('select clip_id, epoch("at"), views from world.clip_views order by 1, 2'))
        self.outages: list[tuple[str, str | None, str, float, float]] = rows(
            "select resource, account_id, kind, epoch(from_at), epoch(from_at) + 60 * minutes from world.outages"
        )

    def user(self, account_id: str) -> Item | None:
        if (row := self.accounts.get(account_id)) is None:
            return None
        return {
            "id": account_id,
            "login": row[1],
            "display_name": row[2],
            "type": "",
            "broadcaster_type": row[5],
            "description": row[4],
            "profile_image_url": f"{_CDN}/jtv_user_pictures/{account_id}-profile_image-300x300.png",
            "offline_image_url": "",
            "view_count": 0,
            "created_at": instant(row[3]),
        }

    def channel(self, account_id: str, now: float) -> Item | None:
        if (row := self.accounts.get(account_id)) is None:
            return None
        started = self._started.get(account_id)
        stream_id = started.at(now) if started else None
        game_id, title = self._segments[stream_id].at(now) if stream_id else ("", "")
        return {
            "broadcaster_id": account_id,
            "broadcaster_login": row[1],
            "broadcaster_name": row[2],
            "broadcaster_language": row[6],
            "game_name": self.games.get(game_id, ""),
            "game_id": game_id,
            "title": title,
            "delay": 0,
            "tags": ["English", "Cosy"] if row[6] == "en" else [],
            "content_classification_labels": [],
            "is_branded_content": False,
        }

    def followers(self, account_id: str, now: float) -> int:
        series = self._followers.get(account_id)
        return int(series.at(now) or 0) if series else 0

    def subscribers(self, account_id: str, now: float) -> list[int]:
        """Tier 1, 2, 3, gifted (of tier 1), points."""
        series = self._subscribers.get(account_id)
        return (series.at(now) if series else None) or [0, 0, 0, 0, 0]

    def subscription(self, account_id: str, number: int, counts: list[int]) -> Item:
        """The n-th subscriber: gifts first, then by tier."""
        _, login, name, *_ = self.accounts[account_id]
        is_gift = number < counts[3]
        tier = "1000" if number < counts[0] else "2000" if number < counts[0] + counts[1] else "3000"
        return {
            "broadcaster_id": account_id,
            "broadcaster_login": login,
            "broadcaster_name": name,
            "gifter_id": "12826" if is_gift else "",
            "gifter_login": "canary-gifter" if is_gift else "",
            "gifter_name": "canary-Gifter" if is_gift else "",
            "is_gift": is_gift,
            "plan_name": f"Channel Subscription ({login})",
            "tier": tier,
            "user_id": str(90_000_000 + number),
            "user_name": f"canary-Subscriber{number}",
            "user_login": f"canary-subscriber{number}",
        }

    def stream(self, account_id: str, now: float) -> Item | None:
        """The live stream of an account in the minute of `now`."""
        found = self._live.get(now // 60 * 60, {}).get(account_id)
        if found is None:
            return None
        stream_id, viewers = found
        _, _, started_at, language, is_mature = self._streams[stream_id]
        game_id, title = self._segments[stream_id].at(now)
        return {
            "id": stream_id,
            "user_id": account_id,
            "user_login": self.accounts[account_id][1],
            "user_name": self.accounts[account_id][2],
            "game_id": game_id,
            "game_name": self.games.get(game_id, ""),
            "type": "live",
            "title": title,
            "viewer_count": viewers,
            "started_at": instant(started_at),
            "language": language,
            "thumbnail_url": f"{_CDN}/previews-ttv/live_user_{account_id}-{{width}}x{{height}}.jpg",
            "tag_ids": [],
            "tags": ["Cosy"],
            "is_mature": is_mature,
        }

    def videos(self, account_id: str, now: float) -> list[Item]:
        """Newest first."""
        return [
            self._video(row, now)
            for row in self._videos.get(account_id, ())
            if row[9] <= now and (row[8] is None or now < row[8])
        ]

    def _video(self, row: tuple[Any, ...], now: float) -> Item:
        account_id, video_id, stream_id, created_at, published_at, seconds, title, kind, *_ = row
        return {
            "id": video_id,
            "stream_id": stream_id,
            "user_id": account_id,
            "user_login": self.accounts[account_id][1],
            "user_name": self.accounts[account_id][2],
            "title": title,
            "description": "",
            "created_at": instant(created_at),
            "published_at": instant(published_at),
            "url": f"https://www.twitch.tv/videos/{video_id}",
            "thumbnail_url": f"{_CDN}/cf_vods/{video_id}/thumb/index-0000000000-%{{width}}x%{{height}}.jpg",
            "viewable": "public",
            "view_count": self._video_views[video_id].at(now) or 0,
            "language": self.accounts[account_id][6],
            "type": kind,
            "duration": _duration(seconds),
            "muted_segments": [{"duration": 30, "offset": 120}] if seconds % 5 == 0 else None,
        }

    def clips(self, account_id: str, start: float, end: float, now: float) -> list[Item]:
        """Clips created from `start` to `end`, most viewed first."""
        found = [
            self._clip_item(row, now)
            for row in self._clips.get(account_id, ())
            if start <= row[3] <= min(end, now) and (row[9] is None or now < row[9])
        ]
        return sorted(found, key=lambda item: (-item.get("view_count", 0), item["id"]))

    def clip(self, clip_id: str, now: float) -> Item | None:
        row = self._clip.get(clip_id)
        if row is None or row[3] > now or (row[9] is not None and now >= row[9]):
            return None
        return self._clip_item(row, now)

    def _clip_item(self, row: tuple[Any, ...], now: float) -> Item:
        (account_id, clip_id, creator_id, created_at, game_id, title, seconds, video_id, offset, _, language,
         is_featured) = row  # fmt: skip
        views = self._clip_views[clip_id].at(now)
        item = {
            "id": clip_id,
            "url": f"https://clips.twitch.tv/{clip_id}",
            "embed_url": f"https://clips.twitch.tv/embed?clip={clip_id}",
            "broadcaster_id": account_id,
            "broadcaster_name": self.accounts[account_id][2],
            "creator_id": creator_id,
            "creator_name": self._creators[creator_id].at(now),
            "video_id": video_id or "",
            "game_id": game_id,
            "language": language,
            "title": title,
            "view_count": views,
            "created_at": instant(created_at),
            "thumbnail_url": f"{_CDN}/clips-media-assets2/{clip_id}-preview-480x272.jpg",
            "duration": seconds,
            "vod_offset": offset,
            "is_featured": is_featured,
        }
        if views is None:
            del item["view_count"]
        return item

    def game(self, game_id: str) -> Item | None:
        if game_id not in self.games:
            return None
        return {
            "id": game_id,
            "name": self.games[game_id],
            "box_art_url": f"{_CDN}/ttv-boxart/{game_id}-{{width}}x{{height}}.jpg",
            "igdb_id": "" if game_id == "509663" else str(int(game_id) % 10_000),
        }


def instant(seconds: float) -> str:
    """A moment as RFC 3339 with Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return (f"{hours}h" if hours else "") + (f"{rest // 60}m" if seconds >= 60 else "") + f"{rest % 60}s"
