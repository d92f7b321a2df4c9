"""One run over all channels: what is due, in which order, and what a failure stops.

Live streams are asked for with each run, the rest once a day (UTC) and channel, whenever the day's first run comes.
What failed is due again with the next run. A resource of a channel fails alone; only when the platform fails again
and again, whoever is asked for, does the run end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from ingestion.collect.collection import Collection, Collector, CollectorError
from ingestion.collect.http import PlatformError
from ingestion.twitch.client import PAGE, Helix, text_of
from ingestion.twitch.clips import collect_clips
from ingestion.twitch.settings import TwitchSettings
from ingestion.twitch.state import State
from ingestion.twitch.tokens import SUBSCRIPTIONS_SCOPE

BATCH = 10
JITTER_SECONDS = 0.25
# A long run asks for live streams again as often as the one who polls beside it and has to leave that out meanwhile,
# but within these bounds, in seconds: ten thousand channels are 100 requests.
_POLL_SECONDS = (60.0, 600.0)
_FAILURES_IN_A_ROW = 10
# So many wrong names are no slips: something else is wrong with the requests.
_REFUSED_NAMES = 20
_BY_ACCOUNT = ("clips", "videos", "followers", "subscriptions")


class Run:
    """Collects with one collector. `jitter_seconds` is the longest pause after a batch of channels."""

    def __init__(
        self,
        settings: TwitchSettings,
        collector: Collector,
        helix: Helix,
        state: State,
        *,
        progress: Callable[[str], None] = lambda text: None,
        jitter: random.Random | None = None,
        jitter_seconds: float = JITTER_SECONDS,
    ) -> None:
        self._settings = settings
        self._collector = collector
        self._helix = helix
        self._state = state
        self._clock = collector.clock
        self._progress = progress
        self._jitter = jitter or random.Random()
        self._jitter_seconds = jitter_seconds
        self._games: set[str] = set()
        shortest, longest = _POLL_SECONDS
        self._poll_seconds = min(max(settings.stream_poll_seconds, shortest), longest)
        self._polled_at = float("-inf")
        self._failures = 0

    def everything(self) -> None:
        """Poll, then collect what is due today.

        Raises:
            CollectorError: the platform refuses the application, or fails for everyone.
        """
        accounts = self.accounts()
        self.poll(accounts)
        self._by_account(accounts)
        self._channels(accounts)
        self._names_of_games()
        if self._helix.tokens.problem:
            self._collector.problems.append(f"twitch: {self._helix.tokens.problem}")

    def accounts(self) -> list[str]:
        """Ids of the configured channels that exist, and their users where these are due."""
        names = self._settings.channels
        known = self._state.account_ids(names)
        due = set(self._state.due("users", known.values(), self._today))
        asked = [name for name in names if name not in known or known[name] in due]
        if asked:
            with self._collection("users") as collection:
                missing = self._ask_users(collection, asked, known)
                if missing:
                    some = ", ".join(sorted(missing)[:5])
                    collection.partial(f"{len(missing):,} of the configured channels do not exist, such as {some}")
                known = {name: one for name, one in self._state.account_ids(names).items() if name not in missing}
        return list(dict.fromkeys(known[name] for name in names if name in known))

    def _ask_users(self, collection: Collection, names: list[str], known: dict[str, str]) -> set[str]:
        """Names that nobody has."""
        missing: set[str] = set()

        refused: set[str] = set()

        def ask(group: Sequence[str]) -> None:
            logins = [name for name in group if name not in known and not name.isdigit()]
            ids = [known.get(name, name) for name in group if name in known or name.isdigit()]
            try:
                users = self._helix.users(ids, logins, collection)
            except PlatformError as error:
                # A name that cannot be one makes Twitch refuse the whole request: find it, and go on with the others.
                if error.status != 400 or len(refused) >= _REFUSED_NAMES:
                    raise
                if len(group) > 1:
                    for half in (group[: len(group) // 2], group[len(group) // 2 :]):
                        ask(half)
                    return
                refused.update(group)
                users = []
            collection.add(users)
            found: dict[str, str] = {}
            for user in users:
                if (account_id := text_of(user, "id")) and (login := text_of(user, "login")):
                    found |= {account_id: account_id, login.lower(): account_id}
                    self._state.remember_account(login.lower(), account_id)
            for name in group:
                if (account_id := found.get(known.get(name, name))) is None:
                    missing.add(name)
                else:
                    self._state.remember_account(name, account_id)
            self._state.mark_done("users", found.values(), self._today)
            self._state.commit()

        self._each_group(collection, names, ask)
        return missing

    def poll(self, accounts: Sequence[str]) -> None:
        """Who is live now. A row of stream_polls says who was asked for."""
        self._polled_at = self._clock.monotonic()
        if not accounts:
            return
        with self._collection("streams") as collection:

            def ask(group: Sequence[str]) -> None:
                live = self._helix.live_streams(list(group), collection)
                collection.add(live)
                # A platform that shows somebody else's stream as well does not make it one that was asked for.
                known = {text_of(item, "user_id") for item in live} & set(group)
                poll = {"polled_account_ids": list(group), "live_count": len(known)}
                collection.add([poll], resource="stream_polls")
                self._games.update(game_id for item in live if (game_id := text_of(item, "game_id")))

            self._each_group(collection, accounts, ask)

    def _by_account(self, accounts: Sequence[str]) -> None:
        today = self._today
        due = {resource: set(self._state.due(resource, accounts, today)) for resource in _BY_ACCOUNT}
        tokens = {one: key for one in due["subscriptions"] if (key := self._token_of(one)) is not None}
        due["subscriptions"] = set(tokens)
        waiting = [one for one in accounts if any(one in due[resource] for resource in _BY_ACCOUNT)]
        for first in range(0, len(waiting), BATCH):
            for account_id in waiting[first : first + BATCH]:
                for resource in _BY_ACCOUNT:
                    if account_id in due[resource]:
                        self._collect(resource, account_id, tokens.get(account_id), today)
            done = min(first + BATCH, len(waiting))
            if done % 500 == 0 or done == len(waiting):
                self._progress(f"twitch: {done:,} of {len(waiting):,} channels")
            self._clock.sleep(self._jitter.uniform(0, self._jitter_seconds))
            if self._clock.monotonic() - self._polled_at >= self._poll_seconds:
                self.poll(accounts)

    def _token_of(self, account_id: str) -> str | None:
        return self._helix.tokens.find([account_id, *self._state.names_of(account_id)], SUBSCRIPTIONS_SCOPE)

    def _collect(self, resource: str, account_id: str, token: str | None, today: date) -> None:
        with self._collection(resource, account_id) as collection:
            match resource:
                case "clips":
                    self._games |= collect_clips(
                        self._helix,
                        self._state,
                        collection,
                        account_id=account_id,
                        now=self._clock.now(),
                        first_days=self._settings.clip_days,
                    )
                case "videos":
                    listing = self._helix.videos(account_id, collection)
                    for page in listing:
                        collection.add(page)
                    if listing.problem is not None:
                        collection.partial(listing.problem)
                case "followers":
                    total = self._helix.followers(account_id, collection)
                    collection.add([{"broadcaster_id": account_id, "total": total}])
                case "subscriptions":
                    self._subscriptions(collection, account_id, token or account_id)
            self._state.mark_done(resource, [account_id], today)
        self._state.commit()

    def _subscriptions(self, collection: Collection, account_id: str, token: str) -> None:
        """Counts, not people. The platform hides the list, but not the total, when the permission is withdrawn."""
        listing = self._helix.subscriptions(account_id, token, collection)
        tiers: dict[str, int] = {"1000": 0, "2000": 0, "3000": 0}
        listed = gifts = 0
        for page in listing:
            for item in page:
                listed += 1
                gifts += isinstance(item, dict) and item.get("is_gift") is True
                if (tier := text_of(item, "tier")) in tiers:
                    tiers[tier] += 1
        total = listing.answer.get("total")
        if not isinstance(total, int):
            raise PlatformError("subscriptions: the answer is not as documented: no number 'total'")
        # People come and go while pages are read.
        is_complete = listing.problem is None and 100 * listed >= 99 * total
        counts: dict[str, int | None] = {"tier1_count": tiers["1000"], "tier2_count": tiers["2000"],
                  "tier3_count": tiers["3000"], "gift_count": gifts}  # fmt: skip
        if not is_complete:
            counts = dict.fromkeys(counts)
            reason = "the permission channel:read:subscriptions is withdrawn" if not listed else listing.problem
            collection.partial(f"{listed:,} of {total} subscribers are listed: {reason or 'the list is cut'}")
        row = {"broadcaster_id": account_id, "total": total, "points": listing.answer.get("points")}
        collection.add([{**row, **counts, "is_complete": is_complete}])

    def _channels(self, accounts: Sequence[str]) -> None:
        today = self._today
        due = self._state.due("channels", accounts, today)
        if not due:
            return
        with self._collection("channels") as collection:

            def ask(group: Sequence[str]) -> None:
                found = self._helix.channels(list(group), collection)
                collection.add(found)
                self._games.update(game_id for item in found if (game_id := text_of(item, "game_id")))
                self._state.mark_done("channels", group, today)
                self._state.commit()

            self._each_group(collection, due, ask)

    def _names_of_games(self) -> None:
        today = self._today
        due = self._state.games_due(self._games, today)
        if not due:
            return
        with self._collection("games") as collection:

            def ask(group: Sequence[str]) -> None:
                collection.add(self._helix.games(list(group), collection))
                self._state.asked_games(group, today)
                self._state.commit()

            self._each_group(collection, due, ask)

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    def _each_group(self, collection: Collection, names: Sequence[str], ask: Callable[[Sequence[str]], None]) -> None:
        """Ask for groups of 100; a group that fails leaves the collection partial, all of them make it fail."""
        failed = answered = 0
        for first in range(0, len(names), PAGE):
            try:
                ask(names[first : first + PAGE])
                answered += 1
            except PlatformError as error:
                failed += 1
                if not answered and (failed == 3 or first + PAGE >= len(names)):
                    raise
                collection.partial(f"{failed:,} groups of up to {PAGE} failed, the last one with: {error}")

    @contextmanager
    def _collection(self, resource: str, account_id: str | None = None) -> Iterator[Collection]:
        with self._collector.collection(resource, account_id) as collection:
            try:
                yield collection
            except PlatformError as error:
                is_general = error.status is None or error.status == 429 or error.status >= 500
                # A broadcaster's token may be refused alone; the application's is everybody's.
                is_general |= error.status == 401 and resource != "subscriptions"
                self._failures = self._failures + 1 if is_general else self._failures
                raise
            self._failures = 0
        if self._failures >= _FAILURES_IN_A_ROW:
            raise CollectorError(
                f"Twitch failed {self._failures} times in a row, whatever was asked for. What came is kept; "
                "the next run goes on with the rest."
            )
