"""Links to Twitch clips in a Discord message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# Parts of a message that its author shares. A reply quotes the other message in referenced_message: no share.
_SEARCHED = ("content", "embeds", "components", "message_snapshots")
_DEPTH = 12
_CLIP_ID = "(?P<{}>[A-Za-z0-9_-]{{1,200}})"
# The host must not be the end of another name (notclips.twitch.tv) nor go on (twitch.tv.example.org). The channel may
# stand before a clip, in links of old on clips.twitch.tv too, or be missing, as where the mobile site shares one.
_LINK = re.compile(
    r"(?<![\w.-])(?:https?://)?(?P<link>(?i:"
    rf"clips\.twitch\.tv/(?:embed/?\?(?:[^\s&<>\"]*&)*clip={_CLIP_ID.format('embedded')}"
    rf"|(?:[A-Za-z0-9_]{{1,50}}/(?!edit\b))?{_CLIP_ID.format('short')})"
    rf"|(?:www\.|m\.|go\.)?twitch\.tv/(?:[A-Za-z0-9_]{{1,50}}/)?clip/{_CLIP_ID.format('long')}))"
)
_PAGES = frozenset({"create", "embed", "edit"})


def clip_links(message: Mapping[str, Any]) -> list[dict[str, str]]:
    """The clips that a message links to, each once and in their order: {clip_id, url}.

    `url` is the first link to the clip, without query and with https.
    """
    found: dict[str, dict[str, str]] = {}
    for text in _texts([message.get(name) for name in _SEARCHED], _DEPTH):
        for match in _LINK.finditer(text):
            clip_id = match["embedded"] or match["short"] or match["long"]
            if match["short"] and clip_id.lower() in _PAGES:
                continue
            link = f"clips.twitch.tv/{clip_id}" if match["embedded"] else match["link"]
            found.setdefault(clip_id, {"clip_id": clip_id, "url": f"https://{link}"})
    return list(found.values())


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth > 0 and isinstance(value, dict):
        for part in value.values():
            yield from _texts(part, depth - 1)
    elif depth > 0 and isinstance(value, list):
        for part in value:
            yield from _texts(part, depth - 1)
