"""The raw tables of Twitch: which fields of Helix are kept.

Fields are named as in the published description of the API. `subscriptions`, `followers` and `stream_polls` hold what
the client made of an answer (counts instead of people); `is_gone` and `was_looked_up` are the client's as well.
"""

from __future__ import annotations

from ingestion.collect.items import Field, collected_items
from ingestion.collect.resource import collections_resource

USERS = collected_items(
    "twitch",
    "users",
    {
        "user_id": Field("id", "id", is_required=True),
        "login": Field("login", "id", is_required=True),
        "display_name": Field("display_name"),
        "type": Field("type"),
        "broadcaster_type": Field("broadcaster_type"),
        "description": Field("description"),
        "created_at": Field("created_at", "moment"),
    },
    # Dead since 2022: always 0.
    unused=("view_count",),
    account_field="id",
)

CHANNELS = collected_items(
    "twitch",
    "channels",
    {
        "broadcaster_id": Field("broadcaster_id", "id", is_required=True),
        "broadcaster_login": Field("broadcaster_login", "id"),
        "broadcaster_name": Field("broadcaster_name"),
        "broadcaster_language": Field("broadcaster_language"),
        "game_id": Field("game_id", "id"),
        "game_name": Field("game_name"),
        "title": Field("title"),
        "delay": Field("delay", "count"),
        "tags": Field("tags", "list"),
        "content_classification_labels": Field("content_classification_labels", "list"),
        "is_branded_content": Field("is_branded_content", "flag"),
    },
    account_field="broadcaster_id",
)

FOLLOWERS = collected_items(
    "twitch",
    "followers",
    {
        "broadcaster_id": Field("broadcaster_id", "id", is_required=True),
        "total": Field("total", "count", is_required=True),
    },
)

SUBSCRIPTIONS = collected_items(
    "twitch",
    "subscriptions",
    {
        "broadcaster_id": Field("broadcaster_id", "id", is_required=True),
        "total": Field("total", "count", is_required=True),
        "points": Field("points", "count"),
        "tier1_count": Field("tier1_count", "count"),
        "tier2_count": Field("tier2_count", "count"),
        "tier3_count": Field("tier3_count", "count"),
        "gift_count": Field("gift_count", "count"),
        "is_complete": Field("is_complete", "flag", is_required=True),
    },
)

STREAMS = collected_items(
    "twitch",
    "streams",
    {
        "stream_id": Field("id", "id", is_required=True),
        "user_id": Field("user_id", "id", is_required=True),
        "user_login": Field("user_login", "id"),
        "user_name": Field("user_name"),
        "game_id": Field("game_id", "id"),
        "game_name": Field("game_name"),
        "type": Field("type"),
        "title": Field("title"),
        "viewer_count": Field("viewer_count", "count"),
        "started_at": Field("started_at", "moment", is_required=True),
        "language": Field("language"),
        "tags": Field("tags", "list"),
        "is_mature": Field("is_mature", "flag"),
    },
    unused=("thumbnail_url", "tag_ids"),
    account_field="user_id",
)

STREAM_POLLS = collected_items(
    "twitch",
    "stream_polls",
    {
        "polled_account_ids": Field("polled_account_ids", "list", is_required=True),
        "live_count": Field("live_count", "count", is_required=True),
    },
)

VIDEOS = collected_items(
    "twitch",
    "videos",
    {
        "video_id": Field("id", "id", is_required=True),
        "stream_id": Field("stream_id", "id"),
        "user_id": Field("user_id", "id", is_required=True),
        "user_login": Field("user_login", "id"),
        "title": Field("title"),
        "description": Field("description"),
        "created_at": Field("created_at", "moment", is_required=True),
        "published_at": Field("published_at", "moment"),
        "url": Field("url"),
        "viewable": Field("viewable"),
        "view_count": Field("view_count", "count"),
        "language": Field("language"),
        "type": Field("type"),
        "duration_seconds": Field("duration", "duration"),
        "muted_segments": Field("muted_segments", "list"),
    },
    unused=("user_name", "thumbnail_url"),
    account_field="user_id",
)

CLIPS = collected_items(
    "twitch",
    "clips",
    {
        "clip_id": Field("id", "id", is_required=True),
        "url": Field("url"),
        "broadcaster_id": Field("broadcaster_id", "id", is_required=True),
        "broadcaster_name": Field("broadcaster_name"),
        "creator_id": Field("creator_id", "id"),
        "creator_name": Field("creator_name"),
        "video_id": Field("video_id", "id"),
        "game_id": Field("game_id", "id"),
        "language": Field("language"),
        "title": Field("title"),
        "view_count": Field("view_count", "count"),
        "created_at": Field("created_at", "moment", is_required=True),
        "duration_seconds": Field("duration", "number"),
        "vod_offset": Field("vod_offset", "count"),
        "is_featured": Field("is_featured", "flag"),
        "was_looked_up": Field("was_looked_up", "flag"),
        "is_gone": Field("is_gone", "flag"),
    },
    unused=("embed_url", "thumbnail_url"),
    account_field="broadcaster_id",
    waiver="is_gone",
)

GAMES = collected_items(
    "twitch",
    "games",
    {
        "game_id": Field("id", "id", is_required=True),
        "name": Field("name"),
        "igdb_id": Field("igdb_id", "id"),
        "box_art_url": Field("box_art_url"),
    },
)

RESOURCES = [
    USERS, CHANNELS, FOLLOWERS, SUBSCRIPTIONS, STREAMS, STREAM_POLLS, VIDEOS, CLIPS, GAMES,
    collections_resource("twitch"),
]  # fmt: skip
