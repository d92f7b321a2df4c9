"""A simulated YouTube Data API: streams and chats of the world as they stand at the clock's time."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.collect.clock import Clock
from ingestion.simulator.platforms.server import Reply, Request
from ingestion.simulator.platforms.world import attach_world

KEY = "simulated-api-key"
POLLING_MILLIS = 60_000
_PAGE = 75
_ROOT = "/youtube/v3"


@dataclass
class YouTubeServer:
    """The answers of the API to requests with `KEY`.

    Attributes:
        quota: units a day after which every request answers quotaExceeded.
        failing: share of requests that answer 500 or 503.
        log: (monotonic time, path, status) of each request.
    """

    world: Path
    clock: Clock
    seed: int = 0
    quota: int = 10_000
    failing: float = 0.01
    log: list[tuple[float, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
        attach_world(self._connection, self.world)
        self._random = random.Random(self.seed)
        self._units: dict[str, int] = {}
        self._polled: dict[str, float] = {}
        self._chats: dict[str, list[dict[str, Any]]] = {}

    def answer(self, request: Request) -> Reply:
        reply = self._answer(request)
        self.log.append((self.clock.monotonic(), request.path, reply.status))
        return reply

    def units(self) -> list[int]:
        """Units spent, by day."""
        return list(self._units.values())

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("x-goog-api-key") != KEY:
            return _error(400, "badRequest", "API key not valid.", "API_KEY_INVALID")
        routes = {
            f"{_ROOT}/videos": (self._videos, 1),
            f"{_ROOT}/playlistItems": (self._uploads, 1),
            f"{_ROOT}/liveChat/messages": (self._messages, 5),
        }
        if request.path not in routes:
            return Reply(404, b"<html>Not Found</html>")
        route, units = routes[request.path]
        day = f"{self.clock.now():%Y-%m-%d}"
        if self._units.get(day, 0) + units > self.quota:
            return _error(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
        self._units[day] = self._units.get(day, 0) + units
        if self._random.random() < self.failing:
            return Reply(self._random.choice([500, 503]), b"<html>backend error</html>")
        return route(request)

    def _videos(self, request: Request) -> Reply:
        ids = request.first("id").split(",")
        rows = self._connection.execute(
            """select video_id, channel_id, live_chat_id, title, scheduled_at, started_at, ended_at
            from world.youtube_videos where list_contains(?, video_id) and scheduled_at <= ? order by all""",
            [ids, self._now()],
        ).fetchall()
        items = [self._video(*row) for row in rows]
        return Reply(200, _list("videoListResponse", items))

    def _video(
        self, video_id: str, channel_id: str, chat: str, title: str, scheduled: datetime, start: datetime, end: datetime
    ) -> dict[str, Any]:
        now = self._now()
        state = "upcoming" if now < start else "live" if now < end else "none"
        streaming: dict[str, Any] = {"scheduledStartTime": _text(scheduled)}
        if now >= start:
            streaming["actualStartTime"] = _text(start)
        if now >= end:
            streaming["actualEndTime"] = _text(end)
        else:
            streaming["activeLiveChatId"] = chat
        if state == "live":
            streaming["concurrentViewers"] = str(50 + int((now - start).total_seconds()) // 60)
        snippet = {
            "publishedAt": _text(scheduled),
            "channelId": channel_id,
            "title": title,
            "description": "",
            "thumbnails": {},
            "channelTitle": "Simulated",
            "categoryId": "24",
            "liveBroadcastContent": state,
            "localized": {"title": title, "description": ""},
        }
        return {
            "kind": "youtube#video",
            "etag": f"etag-{video_id}",
            "id": video_id,
            "snippet": snippet,
            "liveStreamingDetails": streaming,
        }

    def _uploads(self, request: Request) -> Reply:
        playlist = request.first("playlistId")
        rows = self._connection.execute(
            """select video_id, scheduled_at from world.youtube_videos
            where channel_id = 'UC' || ? and scheduled_at <= ? order by scheduled_at desc limit ?""",
            [playlist[2:], self._now(), int(request.first("maxResults", "5"))],
        ).fetchall()
        items = [
            {
                "kind": "youtube#playlistItem",
                "etag": f"etag-{video_id}",
                "id": f"item-{video_id}",
                "contentDetails": {"videoId": video_id, "videoPublishedAt": _text(scheduled)},
            }
            for video_id, scheduled in rows
        ]
        return Reply(200, _list("playlistItemListResponse", items))

    def _messages(self, request: Request) -> Reply:
        chat, token = request.first("liveChatId"), request.first("pageToken")
        now, moment = self._now(), self.clock.monotonic()
        row = self._connection.execute(
            """select started_at, ended_at from world.youtube_videos
            where live_chat_id = ? and not is_archived_only""",
            [chat],
        ).fetchone()
        if row is None or now < row[0]:
            return _error(404, "liveChatNotFound", "The live chat that you are trying to retrieve cannot be found.")
        try:
            start = int(base64.urlsafe_b64decode(token)) if token else 0
        except ValueError:
            return _error(400, "pageTokenInvalid", "The value for the pageToken parameter is not valid.")
        messages = self._chat(chat)
        visible = sum(_parsed(message["snippet"]["publishedAt"]) <= min(now, row[1]) for message in messages)
        if now >= row[1] and start >= visible and token:
            return _error(403, "liveChatEnded", "The live chat is no longer live.")
        if moment - self._polled.get(chat, -1e9) < POLLING_MILLIS / 1000 - 0.5:
            return _error(403, "rateLimitExceeded", "The request was sent too quickly after the previous request.")
        self._polled[chat] = moment
        end = min(start + _PAGE, visible)
        found = _list("liveChatMessageListResponse", messages[start:end])
        found |= {
            "nextPageToken": base64.urlsafe_b64encode(str(end).encode()).decode(),
            "pollingIntervalMillis": POLLING_MILLIS,
        }
        if now >= row[1] and end == visible:
            found["offlineAt"] = _text(row[1])
        return Reply(200, found)

    def _chat(self, chat: str) -> list[dict[str, Any]]:
        if chat not in self._chats:
            rows = self._connection.execute(
                """select m.*, a.name, a.is_member from world.youtube_messages as m
                join world.youtube_authors as a using (author_id)
                where live_chat_id = ? order by published_at, message_id""",
                [chat],
            )
            names = [column[0] for column in rows.description]
            self._chats[chat] = [_message(dict(zip(names, row, strict=True))) for row in rows.fetchall()]
        return self._chats[chat]

    def _now(self) -> datetime:
        return self.clock.now().replace(tzinfo=None)


def _message(row: dict[str, Any]) -> dict[str, Any]:
    """A liveChatMessage with the parts that its type has."""
    money = {
        "amountMicros": str(row["amount_micros"]),
        "currency": row["currency"],
        "amountDisplayString": f"{row['currency']} {(row['amount_micros'] or 0) / 1e6:.2f}",
        "tier": row["tier"],
    }
    sticker = {"stickerId": "pearfect_v2", "altText": "A pear", "altTextLanguage": "en"}
    details: dict[str, dict[str, Any]] = {
        "textMessageEvent": {"textMessageDetails": {"messageText": row["text"]}},
        "superChatEvent": {"superChatDetails": {**money, "userComment": row["text"]}},
        "superStickerEvent": {"superStickerDetails": {**money, "superStickerMetadata": sticker}},
        "newSponsorEvent": {"newSponsorDetails": {"memberLevelName": "Crew", "isUpgrade": False}},
        "memberMilestoneChatEvent": {"memberMilestoneChatDetails": {"memberLevelName": "Crew", "memberMonth": 6}},
        "membershipGiftingEvent": {
            "membershipGiftingDetails": {"giftMembershipsCount": 5, "giftMembershipsLevelName": "Crew"}
        },
        "giftMembershipReceivedEvent": {"giftMembershipReceivedDetails": {"memberLevelName": "Crew"}},
        "messageDeletedEvent": {"messageDeletedDetails": {"deletedMessageId": row["deleted_message_id"]}},
        "userBannedEvent": {
            "userBannedDetails": {
                "banType": "temporary",
                "banDurationSeconds": "300",
                "bannedUserDetails": {"channelId": row["author_id"], "displayName": row["name"]},
            }
        },
    }
    snippet = {
        "type": row["type"],
        "liveChatId": row["live_chat_id"],
        "authorChannelId": row["author_id"],
        "publishedAt": _text(row["published_at"]),
        "hasDisplayContent": row["type"] != "messageDeletedEvent",
        "displayMessage": f"{row['name']}: {row['text']}" if row["type"] != "textMessageEvent" else row["text"],
    }
    author = {
        "channelId": row["author_id"],
        "channelUrl": f"http://www.youtube.com/channel/{row['author_id']}",
        "displayName": row["name"],
        "profileImageUrl": "https://example.org/canary-picture.jpg",
        "isVerified": False,
        "isChatOwner": False,
        "isChatSponsor": row["is_member"],
        "isChatModerator": False,
    }
    return {
        "kind": "youtube#liveChatMessage",
        "etag": f"etag-{row['message_id']}",
        "id": row["message_id"],
        "snippet": {**snippet, **details[row["type"]]},
        "authorDetails": author,
    }


def _list(kind: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    pages = {"totalResults": len(items), "resultsPerPage": len(items)}
    return {"kind": f"youtube#{kind}", "etag": "etag", "pageInfo": pages, "items": items}


def _error(status: int, reason: str, message: str, detail: str | None = None) -> Reply:
    error: dict[str, Any] = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "youtube.liveChat", "reason": reason}],
    }
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}]
    return Reply(status, {"error": error})


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}+00:00"


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
