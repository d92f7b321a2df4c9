"""One run over YouTube: which streams there are, and the chats of those that run."""

from __future__ import annotations

import heapq
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

from ingestion.collect.clock import Clock
from ingestion.collect.collection import CollectError, Collection, Collector, CollectorError
from ingestion.collect.http import PlatformError
from ingestion.pii import load_key
from ingestion.settings import Settings
from ingestion.youtube.chats import Chat, Chats
from ingestion.youtube.client import YouTubeClient, reason_of
from ingestion.youtube.kept import kept_message, kept_video
from ingestion.youtube.quota import QuotaPacing, QuotaSpentError
from ingestion.youtube.settings import YouTubeSettings

_ENDED = frozenset({"liveChatEnded", "liveChatDisabled", "liveChatNotFound"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_REPEATS = 3
# Streams that ended before are read no more.
_RECENT = timedelta(days=2)
_TOO_FAST_SECONDS = 30.0
_SHORTEST_SECONDS, _USUAL_SECONDS, _LONGEST_SECONDS = 1.0, 5.0, 600.0


def read_streams(
    settings: Settings, own: YouTubeSettings, clock: Clock, client: YouTubeClient, quota: QuotaPacing, chats: Chats
) -> list[str]:
    """Collect the streams and follow their chats for `own.follow_minutes`. Returns a sentence for what is missing.

    Raises:
        CollectorError: the key is refused, or nothing could be read.
    """
    refused: CollectorError | None = None
    with Collector(settings, "youtube", clock) as collector:
        chats.load()
        quota.load()
        reading = _Reading(settings, own, clock, client, collector, chats)
        try:
            reading.read()
        except CollectorError as error:
            refused = error
    # Now the files are complete: what a page token has passed must not be lost.
    chats.save()
    if refused is not None:
        raise refused
    return collector.problems


class _Reading:
    def __init__(
        self,
        settings: Settings,
        own: YouTubeSettings,
        clock: Clock,
        client: YouTubeClient,
        collector: Collector,
        chats: Chats,
    ) -> None:
        self._own = own
        self._clock = clock
        self._client = client
        self._collector = collector
        self._chats = chats
        self._key = load_key(settings)
        self._over: set[str] = set()  # chats that are read for the last time, if they are read to their end
        self._answers = 0

    def read(self) -> None:
        """Find streams, then follow their chats.

        Raises:
            CollectorError: see `read_streams`.
        """
        with self._collector.collection("videos") as collection:
            self._find(collection)
            self._answers += 1
        until = self._clock.now() + timedelta(minutes=self._own.follow_minutes)
        # Chats take turns: each is asked again when the platform allows it.
        due: list[tuple[float, int, Generator[float, None, None]]] = []
        for number, (live_chat_id, chat) in enumerate(sorted(self._chats.open.items())):
            pause = min(max(chat.not_before - self._clock.now().timestamp(), 0.0), _LONGEST_SECONDS)
            turns = self._follow(live_chat_id, chat, until)
            heapq.heappush(due, (self._clock.monotonic() + pause, number, turns))
        try:
            while due:
                moment, number, turns = heapq.heappop(due)
                self._clock.sleep(moment - self._clock.monotonic())
                after = next(turns, None)
                if after is not None:
                    heapq.heappush(due, (after, number, turns))
        finally:
            # Their collections end before the collector does.
            for _, _, turns in due:
                turns.close()
        for live_chat_id in self._over:
            self._chats.open.pop(live_chat_id, None)
        if not self._answers:
            raise CollectorError("; ".join(self._collector.problems))

    def _find(self, collection: Collection) -> None:
        """Collect the videos and open the chats of those that are live."""
        for live_chat_id in self._own.live_chats:
            self._chats.open.setdefault(live_chat_id, Chat(None, None))
        open_videos = (chat.video_id for chat in self._chats.open.values() if chat.video_id is not None)
        ids = dict.fromkeys([*self._own.videos, *open_videos])
        problems = []
        for channel_id in self._own.channels:
            try:
                ids |= dict.fromkeys(self._client.uploads(channel_id, collection))
            except QuotaSpentError:
                raise
            except CollectError as error:
                problems.append(f"{channel_id}: {error}")
        if problems and not ids:
            raise CollectError("; ".join(problems))
        found: dict[str | None, dict[str, Any]] = {}
        for video in self._client.videos(list(ids), collection):
            kept = kept_video(video)
            if isinstance(kept["id"], str):
                found[kept["id"]] = kept
            if kept["id"] in self._own.videos or self._is_recent(kept):
                collection.add([kept])
            live_chat_id = kept["activeLiveChatId"]
            if isinstance(live_chat_id, str) and isinstance(kept["id"], str):
                chat = self._chats.open.setdefault(live_chat_id, Chat(None, None))
                if chat.video_id is None:
                    chat.video_id, chat.channel_id = kept["id"], str(kept["channelId"])
        for live_chat_id, chat in self._chats.open.items():
            of_chat = found.get(chat.video_id)
            if live_chat_id in self._own.live_chats:
                continue
            if of_chat is None or of_chat["actualEndTime"] or of_chat["activeLiveChatId"] != live_chat_id:
                self._over.add(live_chat_id)
        problems += [f"{video_id}: no such video" for video_id in self._own.videos if video_id not in found]
        if problems:
            collection.partial("; ".join(problems))

    def _is_recent(self, video: dict[str, Any]) -> bool:
        """Whether a stream is to come, runs or ended lately; a video that was no stream never is."""
        if not any(video[name] for name in ("activeLiveChatId", "scheduledStartTime", "actualStartTime")):
            return False
        try:
            ended = datetime.fromisoformat(str(video["actualEndTime"])) if video["actualEndTime"] else None
            return ended is None or ended > self._clock.now() - _RECENT
        except (ValueError, TypeError):
            return True

    def _follow(self, live_chat_id: str, chat: Chat, until: datetime) -> Generator[float, None, None]:
        """Reads one page after another; yields the clock's seconds from which the next may be asked for."""
        with self._collector.collection("chat_messages", chat.channel_id) as collection:
            before: list[Any] = []
            repeats = too_fast = odd = 0
            while True:
                try:
                    page = self._client.chat(live_chat_id, chat.page_token, collection)
                    self._answers += 1
                except QuotaSpentError as error:
                    self._over.discard(live_chat_id)
                    collection.partial(str(error))
                    return
                except PlatformError as error:
                    reason = reason_of(error)
                    if reason in _ENDED:
                        del self._chats.open[live_chat_id]
                        return
                    if reason == "pageTokenInvalid" and chat.page_token is not None:
                        chat.page_token = None
                        collection.partial("the place in the chat was lost; messages may be missing before it")
                        continue
                    too_fast += 1
                    if reason in _TOO_FAST and too_fast < _REPEATS:
                        yield self._clock.monotonic() + _TOO_FAST_SECONDS * 2 ** (too_fast - 1)
                        continue
                    if error.status is None or error.status in (408, 429) or error.status >= 500 or reason in _TOO_FAST:
                        # It says nothing about the chat: the next run reads its end.
                        self._over.discard(live_chat_id)
                    raise
                items = page.get("items")
                listed: list[Any] = items if isinstance(items, list) else [] if items is None else [None]
                messages = [item for item in listed if isinstance(item, dict)]
                if odd := odd + len(listed) - len(messages):
                    collection.partial(f"{odd:,} answers are no messages")
                keep = self._own.keep_text
                collection.add(kept_message(message, chat.video_id, self._key, keep) for message in messages)
                token = page.get("nextPageToken")
                repeats = repeats + 1 if messages and token == chat.page_token and messages == before else 0
                chat.page_token, before = token if isinstance(token, str) and token else None, messages
                if page.get("offlineAt"):
                    del self._chats.open[live_chat_id]
                    return
                if chat.page_token is None:
                    return
                if repeats >= _REPEATS:
                    collection.partial("one page comes again and again")
                    return
                pause = _pause(page.get("pollingIntervalMillis"))
                chat.not_before = self._clock.now().timestamp() + pause
                if self._clock.now() + timedelta(seconds=pause) > until:
                    if messages:
                        self._over.discard(live_chat_id)
                    return
                too_fast = 0
                yield self._clock.monotonic() + pause


def _pause(milliseconds: Any) -> float:
    """Seconds to the next request: what the platform asks for, within reason."""
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool) or milliseconds != milliseconds:
        return _USUAL_SECONDS
    # Bounded before it is divided: a whole number may be larger than any with a point.
    return min(max(milliseconds, 1000 * _SHORTEST_SECONDS), 1000 * _LONGEST_SECONDS) / 1000
