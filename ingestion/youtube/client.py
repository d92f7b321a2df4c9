"""Asks YouTube's Data API for live streams and their chats."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ingestion.collect.clock import Clock
from ingestion.collect.collection import CollectError, CollectorError
from ingestion.collect.http import Cost, HttpClient, Limits, PlatformError
from ingestion.youtube.quota import QuotaPacing, QuotaSpentError
from ingestion.youtube.settings import YouTubeSettings

# Units of one request, from Google's table of quota costs.
VIDEOS_UNITS, UPLOADS_UNITS, CHAT_UNITS = 1, 1, 5
IDS_A_REQUEST = 50
MESSAGES_A_PAGE = 2000
QUOTA_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded", "userRateLimitExceededUnreg"})
_KEY_REASONS = frozenset({"keyInvalid", "API_KEY_INVALID", "keyExpired", "accessNotConfigured", "SERVICE_DISABLED",
                          "API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED", "ipRefererBlocked"})  # fmt: skip


def reason_of(error: PlatformError) -> str:
    """Why the API refuses, as its errors name it (liveChatEnded); empty where it does not say."""
    found = error.answer.get("error") if isinstance(error.answer, dict) else None
    if not isinstance(found, dict):
        return ""
    given = [*_objects(found.get("details")), *_objects(found.get("errors"))]
    reasons = [one["reason"] for one in given if isinstance(one.get("reason"), str)]
    return reasons[0] if reasons else ""


class YouTubeClient:
    """Requests with an API key, which stays out of addresses. All methods raise `PlatformError`.

    Raises:
        QuotaSpentError: the day's units are spent.
        CollectorError: the key is refused.
    """

    def __init__(
        self,
        settings: YouTubeSettings,
        clock: Clock,
        quota: QuotaPacing,
        jitter: random.Random | None = None,
        limits: Limits | None = None,
    ) -> None:
        if settings.api_key is None:
            raise ValueError("a client needs a key")
        self._quota = quota
        self._http = HttpClient(
            settings.api_url,
            clock=clock,
            pacing=quota,
            headers={"X-Goog-Api-Key": settings.api_key.value},
            jitter=jitter,
            limits=limits,
        )

    def uploads(self, channel_id: str, cost: Cost) -> list[str]:
        """Ids of a channel's newest videos, live streams among them."""
        # The playlist of uploads has the channel's id with other first letters.
        params = {"part": "contentDetails", "playlistId": f"UU{channel_id[2:]}", "maxResults": str(IDS_A_REQUEST)}
        found = self._get("playlistItems", params, UPLOADS_UNITS, cost)
        details = [item.get("contentDetails") for item in _objects(found.get("items"))]
        return [d["videoId"] for d in details if isinstance(d, dict) and isinstance(d.get("videoId"), str)]

    def videos(self, ids: Sequence[str], cost: Cost) -> Iterator[dict[str, Any]]:
        """Videos with snippet and liveStreamingDetails; ids that the platform does not know are missing."""
        for start in range(0, len(ids), IDS_A_REQUEST):
            params = {"part": "snippet,liveStreamingDetails", "id": ",".join(ids[start : start + IDS_A_REQUEST])}
            yield from _objects(self._get("videos", params, VIDEOS_UNITS, cost).get("items"))

    def chat(self, live_chat_id: str, page_token: str | None, cost: Cost) -> dict[str, Any]:
        """A page of a live chat: items, nextPageToken, pollingIntervalMillis, offlineAt."""
        params = {
            "liveChatId": live_chat_id,
            "part": "id,snippet,authorDetails",
            "maxResults": str(MESSAGES_A_PAGE),
        }
        if page_token is not None:
            params["pageToken"] = page_token
        return self._get("liveChat/messages", params, CHAT_UNITS, cost)

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str, params: dict[str, str], units: int, cost: Cost) -> dict[str, Any]:
        try:
            found = self._http.get(path, params, cost=cost, points=units).json()
        except PlatformError as error:
            reason = reason_of(error)
            if reason in QUOTA_REASONS:
                self._quota.spend_all()
                raise QuotaSpentError(f"{path}: YouTube says that the day's quota is spent") from error
            if reason in _KEY_REASONS or error.status == 401:
                raise CollectorError(
                    "YouTube refuses the key. Set YOUTUBE_API_KEY to a key of a project in which the YouTube Data API "
                    "is enabled."
                ) from None
            if reason and re.fullmatch("[A-Za-z_]{1,60}", reason):
                raise type(error)(f"{error} ({reason})", error.status, error.answer) from None
            raise
        if not isinstance(found, dict):
            raise CollectError(f"{path}: the answer is no object")
        return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
