"""Which links lead to a clip, and to which."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.discord.links import clip_links


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gg https://clips.twitch.tv/AwkwardSalamander", ["AwkwardSalamander"]),
        ("https://clips.twitch.tv/Strong-abc_DEF-123?tt_content=url&x=1", ["Strong-abc_DEF-123"]),
        ("<http://clips.twitch.tv/A>, (clips.twitch.tv/B).", ["A", "B"]),
        ("https://www.twitch.tv/some_one/clip/C?filter=clips&range=7d", ["C"]),
        ("https://m.twitch.tv/some_one/clip/D and twitch.tv/x/clip/E!", ["D", "E"]),
        ("https://m.twitch.tv/clip/I?desktop-redirect=true https://www.twitch.tv/clip/J-k_L", ["I", "J-k_L"]),
        ("https://clips.twitch.tv/some_one/K https://go.twitch.tv/some_one/clip/L", ["K", "L"]),
        ("https://clips.twitch.tv/M/edit https://clips.twitch.tv/N/ https://m.twitch.tv/clip/clip/O", ["M", "N", "O"]),
        ("HTTPS://CLIPS.TWITCH.TV/CaseMatters", ["CaseMatters"]),
        ("https://clips.twitch.tv/embed?clip=F&parent=example.org", ["F"]),
        ("https://clips.twitch.tv/embed?parent=x&clip=G", ["G"]),
        ("[look](https://clips.twitch.tv/H)", ["H"]),
        ("https://clips.twitch.tv/A https://www.twitch.tv/x/clip/A", ["A"]),
        ("https://clips.twitch.tv/create https://clips.twitch.tv/", []),
        ("https://notclips.twitch.tv/A https://clips.twitch.tv.example.org/A", []),
        ("https://www.twitch.tv/videos/205586603 https://www.twitch.tv/some_one", []),
        ("https://eviltwitch.tv/x/clip/A", []),
        ("", []),
    ],
)
def test_clips_of_a_text(text: str, expected: list[str]) -> None:
    assert [link["clip_id"] for link in clip_links({"content": text})] == expected


def test_the_url_is_kept_without_its_query() -> None:
    assert clip_links({"content": "m.twitch.tv/Some_One/clip/D?utm=canary-person"}) == [
        {"clip_id": "D", "url": "https://m.twitch.tv/Some_One/clip/D"}
    ]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": "", "embeds": [{"type": "video", "url": "https://clips.twitch.tv/A"}]}, ["A"]),
        ({"embeds": [{"fields": [{"name": "clip", "value": "see https://clips.twitch.tv/B"}]}]}, ["B"]),
        ({"content": "https://clips.twitch.tv/A", "embeds": [{"url": "https://clips.twitch.tv/A"}]}, ["A"]),
        ({"message_snapshots": [{"message": {"content": "https://clips.twitch.tv/C"}}]}, ["C"]),
        ({"components": [{"type": 10, "content": "https://clips.twitch.tv/D"}]}, ["D"]),
        # An answer to a share is no share.
        ({"content": "nice", "referenced_message": {"content": "https://clips.twitch.tv/E"}}, []),
        ({"content": None, "embeds": "https://clips.twitch.tv/F"}, ["F"]),
        ({"content": 5, "embeds": {"url": None}}, []),
    ],
)
def test_clips_of_the_parts_of_a_message(message: dict[str, Any], expected: list[str]) -> None:
    assert [link["clip_id"] for link in clip_links(message)] == expected


def test_a_message_nested_without_end_is_given_up() -> None:
    deep: dict[str, Any] = {"url": "https://clips.twitch.tv/A"}
    for _ in range(5000):
        deep = {"embeds": deep}
    assert clip_links(deep) == []
