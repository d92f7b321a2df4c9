"""What is kept of YouTube's answers: no names or pictures, people as hashes, text only where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestion.pii import PiiKey

# Fields by part of a message. Parts that are not named here are left out.
_DETAILS: dict[str, tuple[str, ...]] = {
    "superChatDetails": ("amountMicros", "currency", "tier"),
    "superStickerDetails": ("amountMicros", "currency", "tier"),
    "fanFundingEventDetails": ("amountMicros", "currency"),
    "newSponsorDetails": ("memberLevelName", "isUpgrade"),
    "memberMilestoneChatDetails": ("memberLevelName", "memberMonth"),
    "membershipGiftingDetails": ("giftMembershipsCount", "giftMembershipsLevelName"),
    "giftMembershipReceivedDetails": ("memberLevelName", "associatedMembershipGiftingMessageId"),
    "messageDeletedDetails": ("deletedMessageId",),
    "messageRetractedDetails": ("retractedMessageId",),
    "userBannedDetails": ("banType", "banDurationSeconds"),
    "giftDetails": ("giftName", "jewelsAmount", "comboCount"),
    "pollDetails": ("status",),
}
_STREAMING = ("activeLiveChatId", "scheduledStartTime", "actualStartTime", "actualEndTime")


def kept_video(video: Mapping[str, Any]) -> dict[str, Any]:
    """The video's id, channel, title and times of its stream, in one object."""
    snippet, streaming = _object(video.get("snippet")), _object(video.get("liveStreamingDetails"))
    return {
        "id": video.get("id"),
        "channelId": snippet.get("channelId"),
        "title": snippet.get("title"),
        **{name: streaming.get(name) for name in _STREAMING},
        "concurrentViewers": _number(streaming.get("concurrentViewers")),
    }


def kept_message(message: Mapping[str, Any], video_id: str | None, key: PiiKey, keep_text: bool) -> dict[str, Any]:
    """A chat message in the API's form with what may be kept of it."""
    snippet, author = _object(message.get("snippet")), _object(message.get("authorDetails"))
    text = _text(snippet)
    person = snippet.get("authorChannelId") or author.get("channelId")
    kept: dict[str, Any] = {
        "id": message.get("id"),
        "videoId": video_id,
        "snippet": {
            "type": snippet.get("type"),
            "liveChatId": snippet.get("liveChatId"),
            "authorChannelId": key.hashed(str(person)) if person else None,
            "publishedAt": snippet.get("publishedAt"),
        },
        "authorDetails": {"isChatSponsor": author.get("isChatSponsor")},
        "textLength": len(text) if text is not None else None,
    }
    if keep_text:
        kept["text"] = text
    for part, names in _DETAILS.items():
        if snippet.get(part) is not None:
            kept["snippet"][part] = _details(snippet[part], names)
    return kept


def _details(details: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(details, dict):
        # Of a wrong type, to be rejected; the value itself may hold anything.
        return type(details).__name__
    kept = {name: details[name] for name in names if name in details}
    sticker = _object(details.get("superStickerMetadata")).get("stickerId")
    return {**kept, "superStickerMetadata": {"stickerId": sticker}} if sticker is not None else kept


def _text(snippet: Mapping[str, Any]) -> str | None:
    """What the author wrote: not the sentence that YouTube makes of an event, which holds names."""
    given = [_object(snippet.get("textMessageDetails")).get("messageText")]
    given += [_object(snippet.get(part)).get("userComment") for part in _DETAILS]
    if snippet.get("type") == "textMessageEvent":
        given.append(snippet.get("displayMessage"))
    return next((text for text in given if isinstance(text, str)), None)


def _number(value: Any) -> Any:
    """A 64-bit number, which JSON of Google has as text; anything else as it is, to be judged when it is loaded."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= 20 else value


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
