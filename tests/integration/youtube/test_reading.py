"""What a run reads of live chats, how it takes turns, and what it may spend."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from ingestion.collect.collection import CollectorError, collected_dir
from ingestion.simulator.platforms.server import Reply

from .conftest import CHANNEL, KEY, YouTube, error, message, video


def test_a_chat_is_followed_to_its_end(youtube: YouTube) -> None:
    youtube.live(
        {"items": [message("m1"), message("m2")]},
        {"items": []},
        {"items": [message("m3")], "offlineAt": "2026-11-20T18:01:00Z"},
    )
    assert youtube.run() == []
    assert youtube.ids() == ["m1", "m2", "m3"]
    assert [later - earlier for earlier, later in pairwise(youtube.polls())] == pytest.approx([4, 4])
    (state,) = youtube.states()
    assert (state["status"], state["account_id"], state["rows"], state["points"]) == ("succeeded", CHANNEL, 3, 15)
    (found,) = youtube.items("videos")
    assert (found["id"], found["concurrentViewers"], found["activeLiveChatId"]) == ("video-00001", 42, "chat-1")
    # Nothing is open any more.
    assert json.loads((youtube.folder / "chats.json").read_text()) == {}


def test_the_next_run_goes_on_where_the_last_one_stopped(youtube: YouTube) -> None:
    youtube.live(*({"items": [message(f"m{number}")]} for number in range(5)))
    youtube.run(follow_minutes=0)
    assert youtube.ids() == ["m0"]
    youtube.run(follow_minutes=0)
    youtube.run()
    assert sorted(youtube.ids()) == ["m0", "m1", "m2", "m3", "m4"]
    # Also the pause that the platform asked for lasts from one run to the next.
    assert min(later - earlier for earlier, later in pairwise(youtube.polls())) >= 4 - 1e-6


def test_the_end_of_a_stream_that_ended_between_two_runs_is_read(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]}, {"items": [message("m2")], "offlineAt": "2026-11-20T18:30:00Z"})
    youtube.run(follow_minutes=0)
    youtube.videos["video-00001"] = video("video-00001", None, "2026-11-20T18:30:00Z")
    youtube.clock.sleep(3600)
    # What fails for a while, or has no quota left, is not the end.
    youtube.plan = [lambda _: None, lambda _: None, *[lambda _: Reply(503, b"")] * 3]
    youtube.run()
    youtube.run(daily_quota=28)
    youtube.clock.sleep(86_400)
    assert youtube.ids() == ["m1"]
    youtube.run()
    assert youtube.ids() == ["m1", "m2"]
    before = len(youtube.polls())
    youtube.run()
    assert len(youtube.polls()) == before


def test_chats_of_several_streams_take_turns(youtube: YouTube) -> None:
    for number in range(3):
        youtube.live(
            *(
                {"items": [message(f"c{number}-{page}")], "pollingIntervalMillis": 1000 * (2 + number)}
                for page in range(9)
            ),
            video_id=f"video-0000{number}",
            chat=f"chat-{number}",
        )
    assert youtube.run() == []
    assert sorted(youtube.ids()) == sorted(f"c{number}-{page}" for number in range(3) for page in range(9))
    order = [chat[:2] for chat in youtube.ids()]
    assert order[:3] == ["c0", "c1", "c2"] and order[-1] == "c2"
    assert {state["status"] for state in youtube.states()} == {"succeeded"}


def test_streams_are_found_by_id_too_and_unknown_ids_are_told_of(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]})
    problems = youtube.run(channels=(), videos=("video-00001", "video-404"))
    assert problems == ["youtube.videos is partial: video-404: no such video"]
    assert youtube.ids() == ["m1"]


def test_videos_that_were_no_streams_or_ended_long_ago_are_left_out(youtube: YouTube) -> None:
    youtube.videos = {
        "upload": {"id": "upload", "snippet": {"channelId": CHANNEL, "title": "A film"}},
        "old": video("old", None, "2026-10-01T00:00:00Z"),
        "ended": video("ended", None, "2026-11-20T12:00:00Z"),
    }
    assert youtube.run() == []
    assert [item["id"] for item in youtube.items("videos")] == ["ended"]


def test_the_quota_is_never_passed_and_counts_over_runs(youtube: YouTube) -> None:
    youtube.live(*({"items": [message(f"m{number}")]} for number in range(50)))
    problems = youtube.run(daily_quota=40)
    # A list of uploads, a list of videos, seven pages at five units.
    assert len(youtube.polls()) == 7 and "quota of 40 units" in problems[0]
    assert youtube.states()[0]["status"] == "partial"
    assert sum(state["points"] for kind in ("videos", "chat_messages") for state in youtube.states(kind)) == 37
    with pytest.raises(CollectorError, match="quota"):
        youtube.run(daily_quota=38)
    assert len(youtube.polls()) == 7
    # The new day begins at midnight Pacific time.
    youtube.clock.sleep(14 * 3600 + 60)
    youtube.run(daily_quota=40)
    assert youtube.ids() == [f"m{number}" for number in range(14)]


def test_repeated_requests_cost_units_too(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1")]})
    youtube.plan = [lambda _: None, lambda _: None, lambda _: Reply(500, b""), lambda _: Reply(503, b"")]
    youtube.run(daily_quota=12)
    assert youtube.ids() == []
    assert len(youtube.polls()) == 2


def test_nothing_of_a_person_comes_to_disk(youtube: YouTube) -> None:
    paid = {"amountMicros": "5000000", "currency": "EUR", "tier": 2, "userComment": "canary-comment"}
    banned = {"banType": "permanent", "bannedUserDetails": {"channelId": "UCcanary-author", "displayName": "canary-b"}}
    youtube.live(
        {
            "items": [
                message("m1", "canary-text"),
                message("m2", kind="superChatEvent", superChatDetails=paid),
                message("m3", kind="userBannedEvent", userBannedDetails=banned),
                message("m4", kind="newThing", newThingDetails={"text": "canary-new"}),
                # A part that is NULL is none, and makes no payment of a message.
                message("m5", superChatDetails=None, textMessageDetails={"messageText": "canary-text"}),
            ]
        }
    )
    youtube.run()
    assert [item["textLength"] for item in youtube.items()] == [11, 14, None, None, 11]
    assert "superChatDetails" not in youtube.items()[-1]["snippet"]
    folders = (collected_dir(youtube.settings, "youtube"), youtube.folder)
    text = "".join(path.read_text() for folder in folders for path in folder.rglob("*") if path.is_file())
    assert "canary" not in text and KEY not in text


def test_text_is_kept_where_it_is_asked_for(youtube: YouTube) -> None:
    youtube.live({"items": [message("m1", "hello you")]})
    youtube.run(keep_text=True)
    assert youtube.items()[0]["text"] == "hello you"


def test_the_key_stays_out_of_addresses_and_errors(youtube: YouTube) -> None:
    youtube.plan = [lambda _: error(400, "keyInvalid")]
    with pytest.raises(CollectorError, match="YOUTUBE_API_KEY") as refused:
        youtube.run()
    assert KEY not in str(refused.value)
    youtube.live({"items": [message("m1")]})
    youtube.run()
    assert all(KEY not in str(request.query) + request.path for _, request in youtube.requests)
