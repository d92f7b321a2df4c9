"""Raw tables of the source `twitch`."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.declaration import Check, TableChecks
from expectations.suites import patterns
from expectations.suites.raw import collected_table, collections_table, ledger_checks

SUITE = "raw_twitch"
RESOURCES = (
    *("users", "channels", "followers", "subscriptions", "streams", "stream_polls"),
    *("videos", "clips", "games", "collections"),
)


def suite() -> Iterable[Check]:
    """Checks of all data tables, collections, ledger, rejects and loads."""
    tables = (_users(), _channels(), _followers(), _subscriptions(), _streams(), _stream_polls(), _videos(), _clips(),
              _games(), collections_table(SUITE), *ledger_checks(SUITE, RESOURCES))  # fmt: skip
    for table in tables:
        yield from table


def _users() -> TableChecks:
    users = collected_table(SUITE, "users")
    users.has_columns("user_id login display_name type broadcaster_type description created_at extra")
    _of_its_account(users, "user_id")
    users.no_rows(
        "extra_without_email",
        patterns.holds_email("extra"),
        "No field that is not read holds an e-mail address.",
        "warning",
        scope="new",
    )
    return users


def _channels() -> TableChecks:
    channels = collected_table(SUITE, "channels")
    channels.has_columns(
        "broadcaster_id broadcaster_login broadcaster_name broadcaster_language game_id game_name title delay tags"
        " content_classification_labels is_branded_content"
    )
    _of_its_account(channels, "broadcaster_id")
    return channels


def _followers() -> TableChecks:
    followers = collected_table(SUITE, "followers")
    followers.has_columns("broadcaster_id total")
    _of_its_account(followers, "broadcaster_id")
    followers.no_rows("total_given", "coalesce(total, -1) < 0", "The number of followers is 0 or more.")
    return followers


def _subscriptions() -> TableChecks:
    table = collected_table(SUITE, "subscriptions")
    table.has_columns("broadcaster_id total points tier1_count tier2_count tier3_count gift_count is_complete")
    _of_its_account(table, "broadcaster_id")
    table.no_rows(
        "tiers_only_if_complete",
        "is_complete is null or is_complete <> (tier1_count is not null and tier2_count is not null"
        " and tier3_count is not null and gift_count is not null)",
        "Counts by tier are there if the list was whole, and only then.",
    )
    table.no_rows(
        "gifts_within_tiers",
        "gift_count > tier1_count + tier2_count + tier3_count",
        "Gifts are part of the subscriptions.",
        "warning",
    )
    return table


def _streams() -> TableChecks:
    streams = collected_table(SUITE, "streams")
    streams.has_columns(
        "stream_id user_id user_login user_name game_id game_name type title viewer_count started_at language tags"
        " is_mature"
    )
    _of_its_account(streams, "user_id")
    streams.no_rows("started_at_not_null", "started_at is null", "Every stream has a start.")
    streams.share_at_most(
        "viewer_count_null_share", "viewer_count is null", 0.05, "At most 5 % of the samples lack the viewers."
    )
    streams.query(
        "poll_known",
        f"select count(*) from (select distinct collection_id from {SUITE}.streams"
        f" where _dlt_load_id in ($new_loads)) s anti join {SUITE}.stream_polls p using (collection_id)"
        # One that died between the two, in a kill or on a full disk, will never say it.
        f" where collection_id not in (select collection_id from {SUITE}.collections where status = 'failed')",
        "Every sample belongs to a poll that says whom it asked for, unless that failed.",
        scope="new",
    )
    return streams


def _stream_polls() -> TableChecks:
    polls = collected_table(SUITE, "stream_polls")
    polls.has_columns("polled_account_ids live_count")
    polls.no_rows(
        "live_within_polled",
        "live_count > json_array_length(polled_account_ids)",
        "No more channels are live than were asked for.",
    )
    return polls


def _videos() -> TableChecks:
    videos = collected_table(SUITE, "videos")
    videos.has_columns(
        "video_id stream_id user_id user_login title description created_at published_at url viewable view_count"
        " language type duration_seconds muted_segments"
    )
    _of_its_account(videos, "user_id")
    videos.no_rows("video_id_not_null", "video_id is null", "Every video has its id.")
    videos.share_at_most(
        "view_count_null_share", "view_count is null", 0.05, "At most 5 % of the answers lack the number of views."
    )
    return videos


def _clips() -> TableChecks:
    clips = collected_table(SUITE, "clips")
    clips.has_columns(
        "clip_id url broadcaster_id broadcaster_name creator_id creator_name video_id game_id language title view_count"
        " created_at duration_seconds vod_offset is_featured was_looked_up is_gone"
    )
    clips.no_rows(
        "of_its_account",
        "account_id is null or not coalesce(is_gone, false) and account_id is distinct from broadcaster_id",
        "Every row stands for the account whose clip it is.",
    )
    clips.no_rows("clip_id_not_null", "clip_id is null", "Every clip has its id.")
    clips.no_rows(
        "gone_only_by_lookup",
        "is_gone and not coalesce(was_looked_up, false)",
        "Only a lookup by id says that a clip is gone.",
    )
    clips.share_at_most(
        "view_count_null_share",
        "view_count is null",
        0.2,
        "At most 20 % of the answers lack the number of views; the platform leaves it out at times.",
        of="not coalesce(is_gone, false)",
    )
    return clips


def _games() -> TableChecks:
    games = collected_table(SUITE, "games")
    games.has_columns("game_id name igdb_id box_art_url")
    games.no_rows(
        "named", "game_id is null or coalesce(name, '') = ''", "Every category has an id and a name.", "warning"
    )
    return games


def _of_its_account(table: TableChecks, column: str) -> None:
    table.no_rows(
        "of_its_account",
        f"account_id is null or account_id is distinct from {column}",
        "Every row stands for the account that it tells of.",
    )
