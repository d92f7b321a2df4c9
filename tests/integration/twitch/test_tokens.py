"""Tokens that expire in the middle, permissions that are withdrawn, and what must stay secret."""

from __future__ import annotations

import json
import logging
import os
import stat
from typing import Any

import pytest

from ingestion.collect.collection import CollectorError, collected_dir
from ingestion.settings import Secret
from ingestion.simulator.platforms.server import Request
from tests.integration.twitch.conftest import START, Twitch


def test_a_token_that_expires_between_two_pages_is_renewed_and_no_page_is_lost(twitch: Twitch) -> None:
    twitch.server.page_limit = 4
    expired_for: set[str] = set()

    def expire(request: Request, number: int) -> None:
        account_id = request.first("broadcaster_id")
        is_second_page = request.path.endswith("/clips") and request.first("after")
        if is_second_page and account_id in twitch.accounts[:2] and account_id not in expired_for:
            expired_for.add(account_id)
            twitch.server.tokens.expire()

    twitch.server.faults = expire
    twitch.run()
    assert twitch.problems == []
    assert twitch.requests("/token") == 3 + len(json.loads(twitch.tokens.read_text()))
    now = START.timestamp()
    expected = [item["id"] for one in twitch.accounts for item in twitch.server.world.clips(one, 0, now, now)]
    assert sorted(item["id"] for item in twitch.items("clips")) == sorted(expected)
    # Only the page that was refused was asked for again.
    asked = sum(state["requests"] - state["retries"] for state in twitch.ended("clips"))
    pages = sum(-(-len(twitch.server.world.clips(one, 0, now, now)) // 4) for one in twitch.accounts)
    assert asked == pages
    assert sum(state["retries"] for state in twitch.ended("clips")) == 2


def test_user_tokens_are_renewed_and_written_back_for_their_owner_only(twitch: Twitch) -> None:
    before = json.loads(twitch.tokens.read_text())
    twitch.run()
    after = json.loads(twitch.tokens.read_text())
    assert set(after) == set(before)
    for account_id, entry in after.items():
        assert entry["access_token"] != before[account_id]["access_token"]
        assert entry["refresh_token"] != before[account_id]["refresh_token"]
        assert entry["scopes"] == before[account_id]["scopes"]
    assert stat.S_IMODE(twitch.tokens.stat().st_mode) == 0o600
    assert twitch.statuses("subscriptions") == {"succeeded": 2}
    assert list(twitch.tokens.parent.glob(".tokens*")) == []


def test_what_is_put_into_the_tokens_file_during_a_run_is_not_lost(twitch: Twitch) -> None:
    [first, second] = json.loads(twitch.tokens.read_text())

    def give(request: Request, number: int) -> None:
        if number == 1:
            twitch.tokens.write_text(json.dumps({first: {}, "900": {"access_token": "of another"}}))
            twitch.tokens.chmod(0o600)

    twitch.server.faults = give
    twitch.run()
    after = json.loads(twitch.tokens.read_text())
    assert after["900"] == {"access_token": "of another"}
    assert set(after[first]) == set(after[second]) == {"access_token", "refresh_token", "scopes"}


def test_a_token_may_be_kept_under_the_login_and_without_its_scope_nothing_is_asked(twitch: Twitch) -> None:
    first, second = json.loads(twitch.tokens.read_text()).items()
    login = twitch.server.world.accounts[first[0]][1]
    twitch.tokens.write_text(json.dumps({login.upper(): first[1], second[0]: {**second[1], "scopes": ["bits:read"]}}))
    twitch.run(channels=tuple(twitch.accounts))
    assert [item["broadcaster_id"] for item in twitch.items("subscriptions")] == [first[0]]
    assert twitch.requests("/subscriptions") > 0


def test_a_withdrawn_scope_gives_a_total_and_no_tiers(twitch: Twitch) -> None:
    account_id = next(iter(json.loads(twitch.tokens.read_text())))
    twitch.server.world.outages.append(("subscriptions", account_id, "withdrawn", 0, 4e9))
    try:
        twitch.run()
    finally:
        twitch.server.world.outages.clear()
    [item] = [item for item in twitch.items("subscriptions") if item["broadcaster_id"] == account_id]
    total = sum(twitch.server.world.subscribers(account_id, START.timestamp())[:3])
    assert item["total"] == total > 0 and item["is_complete"] is False
    assert [item[name] for name in ("tier1_count", "tier2_count", "tier3_count", "gift_count")] == [None] * 4
    [problem] = twitch.problems
    assert "channel:read:subscriptions is withdrawn" in problem
    assert twitch.statuses("subscriptions") == {"succeeded": 1, "partial": 1}


def test_a_broadcaster_who_withdrew_the_application_fails_alone(twitch: Twitch) -> None:
    entries: dict[str, Any] = json.loads(twitch.tokens.read_text())
    account_id = next(iter(entries))
    entries[account_id]["refresh_token"] = "canary-withdrawn"
    twitch.tokens.write_text(json.dumps(entries))
    twitch.run()
    [problem] = twitch.problems
    assert f"of {account_id} failed" in problem and "permission is withdrawn; ask for it again" in problem
    assert twitch.statuses("subscriptions") == {"succeeded": 1, "failed": 1}
    assert twitch.statuses("clips") == {"succeeded": 6}
    twitch.server.tokens.expire()
    twitch.tokens.write_text(json.dumps({account_id: {"access_token": "canary-expired"}}))
    twitch.run()
    [problem] = twitch.problems
    assert "has no refresh_token to renew it with" in problem and "canary" not in problem


def test_tokens_that_cannot_be_written_back_are_named_and_the_run_goes_on(
    twitch: Twitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = twitch.tokens.read_text()
    replace = os.replace

    def refuse(source: Any, target: Any) -> None:
        if target == twitch.tokens:
            raise OSError(30, "Read-only file system")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    twitch.run()
    [problem] = twitch.problems
    assert "could not be written to TWITCH_USER_TOKENS_FILE (Read-only file system)" in problem
    assert twitch.statuses("subscriptions") == {"succeeded": 2}
    assert twitch.statuses("clips") == {"succeeded": 6}
    assert twitch.tokens.read_text() == before
    assert list(twitch.tokens.parent.glob(".tokens*")) == []


def test_wrong_credentials_end_the_run_with_what_to_do(twitch: Twitch) -> None:
    with pytest.raises(CollectorError, match="Check TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET") as raised:
        twitch.run(client_secret=Secret("canary-secret"))
    assert "canary" not in str(raised.value)
    assert twitch.statuses("users") == {"failed": 1}


def test_a_token_whose_scopes_are_null_is_taken_at_its_word(twitch: Twitch) -> None:
    entries = json.loads(twitch.tokens.read_text())
    twitch.tokens.write_text(json.dumps({key: {**entry, "scopes": None} for key, entry in entries.items()}))
    twitch.run()
    assert twitch.statuses("subscriptions") == {"succeeded": len(entries)}


def test_a_tokens_file_may_begin_with_the_mark_that_editors_write(twitch: Twitch) -> None:
    twitch.tokens.write_text("\ufeff" + twitch.tokens.read_text())
    assert twitch.run().statuses("subscriptions").keys() == {"succeeded"}


@pytest.mark.parametrize("text", ['["canary-token"]', '{"100": {"access_token": "canary-token", "scopes": 5}}'])
def test_a_tokens_file_that_is_none_ends_the_run(twitch: Twitch, text: str) -> None:
    twitch.tokens.write_text(text)
    with pytest.raises(CollectorError, match="TWITCH_USER_TOKENS_FILE cannot be read") as raised:
        twitch.run()
    assert "canary" not in str(raised.value)


def test_no_secret_and_no_subscriber_reaches_files_or_logs(twitch: Twitch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    twitch.run()
    tokens = [*twitch.server.tokens.given, *(f"refresh-{account_id}" for account_id in twitch.accounts)]
    assert len(twitch.server.tokens.given) == 3
    secrets = ["canary", twitch.server.client_secret, *tokens]
    texts = [caplog.text] + [
        path.read_bytes().decode("latin-1")
        for path in collected_dir(twitch.settings, "twitch").rglob("*")
        if path.is_file()
    ]
    assert len(texts) > 8
    assert [secret for secret in secrets for text in texts if secret in text] == []
