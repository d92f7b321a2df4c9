"""Every environment variable of the warehouse, read once into a frozen object.

Whoever starts something hands ``os.environ`` over. A wrong value raises `SettingsError`, which names the variable, the
value and what is expected. Variables of one source stand in ingestion/<source>/settings.py, as `VARIABLES`
and a function `read` of their values, and are found by themselves.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import duckdb

import ingestion

DEFAULT_REDACTED = (
    "email,emails,e_mail,email_address,phone,phones,phone_number,mobile_number,password,passwords,passwd,pwd,passphrase,"
    "secret,client_secret,token,api_key,secret_key,access_key,private_key,authorization,cookie,cookies,"
    "credit_card,card_number,cvv,iban,ssn,ip,ip_address,forwarded_for,remote_addr,user_agent,user_agent_string,user_name"
)


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, default as text and meaning (the text of .env.example).

    `configures`: who sets it reads a real source, so that nothing is simulated any more. `shapes`: rows of models that
    are built already depend on it, so a change has them built anew.
    """

    name: str
    default: str
    meaning: str
    configures: bool = False
    shapes: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable("WAREHOUSE_DIR", "var", "Folder of the warehouse, the publication, reports, exports and state."),
    Variable(
        "LANDING_DIR",
        "",
        "Folder with event files in social/, conversations/ ...; empty: landing/ below WAREHOUSE_DIR.",
        configures=True,
    ),
    Variable(
        "CLAUDE_CONFIG_DIR",
        "",
        "One or more comma-separated Claude Code folders with projects/**/*.jsonl, each a person known by its path; "
        "empty: none is read.",
        configures=True,
    ),
    Variable(
        "REPORTING_TIMEZONE", "UTC", "IANA time zone that shapes dates and hours in marts and reports.", shapes=True
    ),
    Variable("DUCKDB_MEMORY_LIMIT", "", "Memory limit such as 1GB or 512MiB; empty: DuckDB's own default."),
    Variable("DUCKDB_THREADS", "", "Threads that DuckDB uses; empty: all cores."),
    Variable(
        "PII_HASH_KEY",
        "",
        "Key (16 characters or more) of the HMAC over IP addresses, user agents and who writes on Discord and YouTube; "
        "empty: made once in the state folder. Holds for what is loaded from then on.",
    ),
    Variable(
        "CONVERSATION_TEXT",
        "drop",
        "keep stores what is said in transcripts and in tracked events of conversations, drop stores its length only. "
        "Holds for what is loaded from then on.",
    ),
    Variable(
        "REDACT_PROPERTIES",
        DEFAULT_REDACTED,
        "Comma-separated property names redacted at any depth. Holds for what is loaded from then on.",
    ),
    Variable("LOCK_TIMEOUT_SECONDS", "600", "Seconds to wait for another process that writes the warehouse."),
)


# What the tools behind the warehouse read in a path: an end of a text, of an address or a comment (quote, #, ?), a
# pattern (*, [), a column (name=value), an escape or a place for a value (%20, %s); and names that are no text.
_UNFIT_IN_PATHS = re.compile(r"['#?*\[=%\x00-\x1f\ud800-\udfff]")
# What Python makes of bytes in the environment that are not UTF-8.
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class SettingsError(ValueError):
    """An environment variable holds a value that cannot be used."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}={value!r} cannot be used: expected {expected}.")
        self.name = name


@dataclass(frozen=True)
class Secret:
    """A text that never shows in reprs, logs or tracebacks."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True)
class Settings:
    """Checked settings of one warehouse. Paths are absolute."""

    warehouse_dir: Path
    landing_dir: Path
    claude_config_dirs: tuple[Path, ...]
    is_simulated: bool
    reporting_timezone: str
    duckdb_memory_limit: str | None
    duckdb_threads: int | None
    pii_hash_key: Secret | None
    keep_conversation_text: bool
    redact_names: tuple[str, ...]
    lock_timeout_seconds: float
    sources: Mapping[str, Any] = field(default_factory=dict)

    @property
    def database_path(self) -> Path:
        """The build file. Open it only inside `ingestion.lock.writer_lock`."""
        return self.warehouse_dir / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        return self.warehouse_dir / "published" / "analytics.duckdb"

    @property
    def reports_dir(self) -> Path:
        return self.warehouse_dir / "reports"

    @property
    def exports_dir(self) -> Path:
        return self.warehouse_dir / "exports"

    @property
    def state_dir(self) -> Path:
        return self.warehouse_dir / "state"

    @property
    def lock_path(self) -> Path:
        return self.state_dir / "warehouse.lock"

    @property
    def simulated_dir(self) -> Path:
        return self.warehouse_dir / "simulated"

    def check_writable(self) -> None:
        """Make the state folder, in which everything that runs writes, and write in it.

        Raises:
            SettingsError: it cannot be written.
        """
        try:
            self.state_dir.mkdir(parents=True, exist_ok=True)
            # By trying: asked for a right alone, a read-only file system answers as a missing right does.
            tempfile.TemporaryFile(dir=self.state_dir).close()
        except OSError as error:
            expected = f"a folder that this user may write; {self.state_dir}: {error.strerror}"
            raise SettingsError("WAREHOUSE_DIR", str(self.warehouse_dir), expected) from error

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read and check the variables of `all_variables` from `env`; unset and empty mean the default.

        `sources` holds what ingestion/<source>/settings.py made of its own variables, by source.

        Raises:
            SettingsError: a value cannot be used.
        """
        variables = all_variables()
        values = {one.name: env.get(one.name, "").strip() or one.default for one in variables}
        warehouse = _path(
            "WAREHOUSE_DIR", values["WAREHOUSE_DIR"], "a folder, or a path to create one at", _is_under_folder
        )
        if _UNFIT_IN_PATHS.search(str(warehouse)):
            raise SettingsError("WAREHOUSE_DIR", str(warehouse), "a path in UTF-8 without ' # ? * [ = %")
        default_landing = warehouse / "landing"
        is_configured = any(values[one.name] for one in variables if one.configures)
        is_simulated = not is_configured and not _holds_a_file(default_landing)
        if is_simulated:
            landing = warehouse / "simulated" / "landing"
            claude: tuple[Path, ...] = (warehouse / "simulated" / "claude",)
        else:
            landing = _folder("LANDING_DIR", values["LANDING_DIR"]) if values["LANDING_DIR"] else default_landing
            claude = _distinct(
                _claude_folder(part.strip()) for part in values["CLAUDE_CONFIG_DIR"].split(",") if part.strip()
            )
        text = values["CONVERSATION_TEXT"]
        if text not in ("keep", "drop"):
            raise SettingsError("CONVERSATION_TEXT", text, "keep or drop")
        key = values["PII_HASH_KEY"]
        if key and (len(key) < 16 or _SURROGATE.search(key)):
            raise SettingsError("PII_HASH_KEY", "***", "a key of 16 characters or more, in UTF-8")
        return cls(
            warehouse_dir=warehouse,
            landing_dir=landing,
            claude_config_dirs=claude,
            is_simulated=is_simulated,
            reporting_timezone=_timezone(values["REPORTING_TIMEZONE"]),
            duckdb_memory_limit=_memory(values["DUCKDB_MEMORY_LIMIT"]),
            duckdb_threads=_threads(values["DUCKDB_THREADS"]),
            pii_hash_key=Secret(key) if key else None,
            keep_conversation_text=is_simulated or text == "keep",
            redact_names=_names(values["REDACT_PROPERTIES"]),
            lock_timeout_seconds=_seconds("LOCK_TIMEOUT_SECONDS", values["LOCK_TIMEOUT_SECONDS"]),
            sources={
                name: module.read({one.name: values[one.name] for one in module.VARIABLES})
                for name, module in _source_modules().items()
            },
        )


def all_variables() -> tuple[Variable, ...]:
    """`VARIABLES`, then those of the sources in the order of their names."""
    return (*VARIABLES, *(one for module in _source_modules().values() for one in module.VARIABLES))


@cache
def _source_modules() -> dict[str, ModuleType]:
    """ingestion/<source>/settings.py by source."""
    packages = (found.name for found in pkgutil.iter_modules(ingestion.__path__) if found.ispkg)
    folders = {name: [f"{path}/{name}" for path in ingestion.__path__] for name in sorted(packages)}
    return {
        name: importlib.import_module(f"ingestion.{name}.settings")
        for name, paths in folders.items()
        if any(found.name == "settings" for found in pkgutil.iter_modules(paths))
    }


def web_root(name: str, value: str) -> str:
    """The root of an API without a slash at its end.

    Raises:
        SettingsError: it is no address with http or https; the message does not repeat it, it may hold a password.
    """
    try:
        parts = urlsplit(value)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        # A bracket without its end, a port beyond all ports.
        is_usable = False
    if not is_usable or parts.query or parts.fragment or "@" in value:
        raise SettingsError(name, "***", "an address such as https://api.example.com/v1, without user and query")
    return value.rstrip("/")


def _holds_a_file(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


def _folder(name: str, value: str) -> Path:
    return _path(name, value, "a folder that exists", Path.is_dir)


def _path(name: str, value: str, expected: str, is_usable: Callable[[Path], bool]) -> Path:
    try:
        path = Path(value).expanduser().absolute()
        if is_usable(path):
            return path
    except RuntimeError:
        expected += "; the home folder behind ~ is not known"
    except OSError as error:
        expected += f" ({error.strerror})"
    raise SettingsError(name, value, expected)


def _is_under_folder(path: Path) -> bool:
    # A link to nothing is there, and no folder can be made in its place.
    return next(one for one in (path, *path.parents) if one.exists() or one.is_symlink()).is_dir()


def _claude_folder(value: str) -> Path:
    path = _folder("CLAUDE_CONFIG_DIR", value)
    if path.name == "projects" and not (path / "projects").is_dir():
        raise SettingsError("CLAUDE_CONFIG_DIR", value, f"the folder that holds projects/, {path.parent}")
    return path


def _distinct(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Each folder once, by its first name: a link or another spelling would read all its files again."""
    found: dict[Path, Path] = {}
    for folder in folders:
        found.setdefault(folder.resolve(), folder)
    return tuple(found.values())


def _timezone(value: str) -> str:
    if value == "UTC":
        # Every process starts here, and a list of all zones takes a fifth of a second.
        return value
    with duckdb.connect() as connection:
        known = connection.execute("select 1 from pg_timezone_names() where name = ?", [value]).fetchone()
    # DuckDB knows short names (PST, IST, BST for Bangladesh) that no other program behind the warehouse does.
    if not known or value not in available_timezones():
        raise SettingsError("REPORTING_TIMEZONE", value, "an IANA time zone such as Europe/Berlin or UTC")
    return value


def _memory(value: str) -> str | None:
    if not value:
        return None
    is_usable = re.fullmatch(r"(?i)(?=.*[1-9])\d+(\.\d+)?\s*[KMGT]i?B", value) is not None
    if is_usable:
        try:
            duckdb.connect(config={"memory_limit": value}).close()
        except duckdb.Error:  # more than a number of 64 bits
            is_usable = False
    if not is_usable:
        raise SettingsError("DUCKDB_MEMORY_LIMIT", value, "a number above 0 with a unit, such as 1GB or 512MiB")
    return value


def _threads(value: str) -> int | None:
    if not value:
        return None
    if not re.fullmatch(r"[1-9]\d{0,3}", value):
        raise SettingsError("DUCKDB_THREADS", value, "a whole number from 1 to 9999")
    return int(value)


def _seconds(name: str, value: str) -> float:
    # The system's locks take no longer time than some centuries.
    if not re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        raise SettingsError(name, value, "a number of seconds below 1000000000")
    return float(value)


def _names(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    wrong = [name for name in names if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name)]
    if wrong:
        raise SettingsError("REDACT_PROPERTIES", value, "comma-separated names of letters, digits, _ . and -")
    return names
