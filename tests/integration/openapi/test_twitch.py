"""The Twitch client against a published description of Helix."""

from __future__ import annotations

import json
import random
from pathlib import Path

from ingestion.collect.collection import Collector
from ingestion.settings import Secret
from ingestion.simulator.platforms.server import serve
from ingestion.twitch.client import Helix
from ingestion.twitch.collecting import open_state
from ingestion.twitch.run import Run
from ingestion.twitch.settings import TwitchSettings

from .conftest import Mock, Platform
from .description import Description

DESCRIPTION = Description("twitch")
EXAMPLES = {route: list(DESCRIPTION.examples(route).values()) for route in DESCRIPTION.routes}


def collect(platform: Platform, mock: Mock, folder: Path, channel: str) -> list[str]:
    """All resources of one channel, its subscribers by its own token."""
    tokens = folder / "tokens.json"
    token = {"access_token": "user-token", "refresh_token": "r", "scopes": ["channel:read:subscriptions"]}
    tokens.write_text(json.dumps({channel: token}))
    tokens.chmod(0o600)
    with serve(mock.answer) as url:
        twitch = TwitchSettings(
            client_id="client",
            client_secret=Secret("secret"),
            channels=(channel,),
            user_tokens_file=tokens,
            api_url=url,
            auth_url=f"{url}/oauth2",
        )
        helix = Helix(twitch, platform.clock, jitter=random.Random(1))
        try:
            with (
                Collector(platform.settings, "twitch", platform.clock) as collector,
                open_state(platform.settings) as state,
            ):
                Run(twitch, collector, helix, state, jitter=random.Random(1), jitter_seconds=0).everything()
                return collector.problems
        finally:
            helix.close()


def test_every_documented_answer_and_answers_made_from_the_schemas_load(platform: Platform, tmp_path: Path) -> None:
    chosen = {
        f"example {number}": {route: found[min(number, len(found) - 1)] for route, found in EXAMPLES.items()}
        for number in range(max(len(found) for found in EXAMPLES.values()))
    }
    chosen["all fields"] = {route: DESCRIPTION.generated(route, full=True) for route in DESCRIPTION.routes}
    chosen["required fields"] = {route: DESCRIPTION.generated(route, full=False) for route in DESCRIPTION.routes}
    for name, answers in chosen.items():
        mock = Mock(DESCRIPTION, answers=answers)
        collect(platform, mock, tmp_path, "twitchdev" if name.startswith("example") else "text")
        assert mock.violations == [], name
        # A category that is known is not asked for again.
        assert mock.asked() | {"/games"} == set(DESCRIPTION.routes), name
        assert all(request.headers.get("client-id") == "client" for request in mock.requests)
        # One cursor for ever, lists without `pagination` and with an empty one: each ends.
        assert len(mock.requests) < 60, name
        # Everything is due again.
        platform.clock.sleep(86_400)
    platform.load("twitch")
    assert platform.rejects("twitch") == []
    for route in DESCRIPTION.routes:
        table = route.removeprefix("/channels/").strip("/")
        runs = f"select count(distinct collection_id) from raw_twitch.{table}"
        assert platform.query(runs)[0][0] >= (1 if table == "games" else len(chosen)), table
    assert platform.query("select distinct total from raw_twitch.followers order by 1") == [(1,), (8,)]
    # The documented clips are not of the documented user: an item counts for whom it names.
    for table, of in (("clips", "broadcaster_id"), ("videos", "user_id"), ("streams", "user_id")):
        elsewhere = (
            f"select count(*) from raw_twitch.{table} where account_id is distinct from {of} and {of} is not null"
        )
        assert platform.query(elsewhere) == [(0,)], table


def test_streams_that_nobody_asked_for_are_kept_and_not_counted_as_polled(platform: Platform, tmp_path: Path) -> None:
    (stream,) = EXAMPLES["/streams"][0]["data"][:1]
    others = [{**stream, "id": f"{number}", "user_id": f"{number}"} for number in range(3)]
    answers = {route: found[0] for route, found in EXAMPLES.items()} | {"/streams": {"data": others, "pagination": {}}}
    collect(platform, Mock(DESCRIPTION, answers=answers), tmp_path, "twitchdev")
    platform.load("twitch")
    assert platform.query("select live_count, json_array_length(polled_account_ids) from raw_twitch.stream_polls") == [
        (0, 1)
    ]
    assert platform.query("select account_id from raw_twitch.streams order by 1") == [("0",), ("1",), ("2",)]
