"""Personal data is hashed or redacted at the door, before it reaches a raw table.

IP addresses and user agents become HMAC-SHA256 digests (plain SHA-256 of an address falls in minutes).
DuckDB has no HMAC, so it is composed of two SHA-256 as RFC 2104 says, once for each distinct value.
Properties whose names are on a list, values that are nothing but an IP address, and names that are one or an e-mail
address, are redacted at any depth of a JSON text, also in JSON that is written as a text inside of it.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from duckdb.sqltypes import VARCHAR

from ingestion.settings import Settings
from ingestion.sql import literal

REDACTED = "[redacted]"
HASHED_PREFIX = "hmac:"
# What `PiiKey.hashed` makes. What only begins like it is somebody's text, and is hashed like any other.
HASHED = rf"{HASHED_PREFIX}[0-9a-f]{{16}}:[0-9a-f]{{64}}"
MASKED_CHARACTERS = 64 << 10
_SHA256_BLOCK = 64
_KEPT_CHARACTERS = 64
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:[.]{_OCTET}){{3}}"
_H16 = "[0-9A-Fa-f]{1,4}"
_IPV6 = f"(?:(?:{_H16}:){{7}}{_H16}|(?:{_H16}:){{1,7}}(?::{_H16}){{1,6}}|::(?:{_H16}:){{1,6}}{_H16})"
# As sockets and proxies write it: an IPv4 address within IPv6, with a zone, a port, the bits of its network.
_ADDRESS_VALUE = rf"(?:[0-9A-Fa-f:]*:)?{_IPV4}(?::\d+)?(?:/\d+)?|\[?{_IPV6}(?:%\w+)?\]?(?::\d+)?(?:/\d+)?"
# A property, or an element of a list, whose whole value is an address. `...version` is none, in `...versions` is none.
_ADDRESSES = re.compile(
    rf'(?i:versions?"\s*:\s*\[[^\]\[{{]*\])|("(?:[^"\\]|\\.)*"\s*:\s*|[\[,]\s*)"({_ADDRESS_VALUE})"(?!\s*:)'
)
# Figures by address have it as a name; figures by version (`versions": {"1.2.3.4": 5}`) are left.
_ADDRESS_NAMES = re.compile(
    rf'(?i:versions?"\s*:\s*\{{[^{{}}]*\}})|([{{,]\s*)"(?:{_ADDRESS_VALUE}|[^"\\@\s]+@[A-Za-z0-9.-]+)"(?=\s*:)'
)
# Cheaper, and in the syntax of RE2: what holds none of these is told by it. Then with the quotes of a text in a text.
_MAY_BE = (
    r"[.][0-9]+[.][0-9]+[.][0-9]+(?::[0-9]+)?(?:/[0-9]+)?QUOTE|QUOTE\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*"
    r"(?:%[0-9A-Za-z_]+)?\]?(?::[0-9]+)?(?:/[0-9]+)?QUOTE|@[A-Za-z0-9.-]+QUOTE\s*:"
)
_MAY_BE_ADDRESS = _MAY_BE.replace("QUOTE", '"')
_MAY_BE_EMBEDDED_ADDRESS = _MAY_BE.replace("QUOTE", r'\\+"')
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class PiiKey:
    """The HMAC key and the public id that stands beside each digest (64 bits of the key's own hash)."""

    secret: bytes = field(repr=False)
    key_id: str

    def hashed(self, value: str) -> str:
        """`value` as columns of `ResourceSpec.hashed` take it when it was hashed before it came to a file."""
        digest = hmac.new(self.secret, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"{HASHED_PREFIX}{self.key_id}:{digest}"


def load_key(settings: Settings) -> PiiKey:
    """The key of PII_HASH_KEY, else the one in the state folder, which is made (mode 600) on first use.

    Raises:
        OSError: the file of the key cannot be made or read, or holds no whole key any more.
    """
    text = settings.pii_hash_key.value if settings.pii_hash_key else _kept_key(settings.state_dir / "pii_hash_key")
    secret = text.encode()
    return PiiKey(secret, hashlib.sha256(b"key id" + secret).hexdigest()[:16])


def _kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name first: a crash must not leave half a key that hashes differently.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(secrets.token_hex(_KEPT_CHARACTERS // 2))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    text = path.read_text(errors="replace").strip()
    if len(text) != _KEPT_CHARACTERS:
        # With what is left of a key, everybody could try all addresses.
        raise OSError(
            f"{path} holds no whole key of {_KEPT_CHARACTERS} characters: put it back from a backup, set PII_HASH_KEY, "
            "or delete it and have a new one made, whose hashes match none of those before"
        )
    return text


def install_macros(connection: duckdb.DuckDBPyConnection, settings: Settings, key: PiiKey) -> None:
    """Define in `connection`: hmac(text), redact(json text), is_clean(json text)."""
    padded = (hashlib.sha256(key.secret).digest() if len(key.secret) > _SHA256_BLOCK else key.secret).ljust(
        _SHA256_BLOCK, b"\0"
    )
    inner = bytes(byte ^ 0x36 for byte in padded).hex()
    outer = bytes(byte ^ 0x5C for byte in padded).hex()
    connection.execute("set variable inner_pad = unhex(?)", [inner])
    connection.execute("set variable outer_pad = unhex(?)", [outer])
    connection.execute(
        "create macro hmac(t) as sha256(getvariable('outer_pad') || "
        "unhex(sha256(getvariable('inner_pad') || encode(t))))"
    )
    redactor = Redactor(settings.redact_names)
    connection.create_function("redact_text", redactor.redact, [VARCHAR], VARCHAR)
    connection.create_function("redact_addresses", redact_addresses, [VARCHAR], VARCHAR)
    value = literal(rf"({redactor.key_pattern}\s*:\s*)" + r'("(?:[^"\\]|\\.)*"|[-+0-9.eE]+|true|false)')
    embedded = redactor.embedded_pattern
    # One search for all that may stand against taking a text as it is: its cost is the call, not the pattern.
    unclean = literal(rf"{redactor.key_pattern}|\\u|[:,\[\s-](?i:nan|inf)|{_MAY_BE_ADDRESS}|{embedded}")
    name_or_embedded = literal(f"{redactor.key_pattern}|{embedded}")
    nested_or_embedded = literal(
        rf"{redactor.key_pattern}\s*:\s*[\[{{]" + rf'|\\u[0-9a-fA-F]{{4}}[^"]*"\s*:|{embedded}'
    )
    connection.execute(f"create macro is_clean(t) as not regexp_matches(t, {unclean})")
    connection.execute(
        f"""create macro redact_named(t) as case
            when not regexp_matches(t, {name_or_embedded}) and not contains(t, '\\u') then t
            when regexp_matches(t, {nested_or_embedded}) then redact_text(t)
            else regexp_replace(t, {value}, '\\1"{REDACTED}"', 'g') end"""
    )
    connection.execute(
        f"""create macro redact(t) as case
            when not regexp_matches(t, {literal(_MAY_BE_ADDRESS)}) then redact_named(t)
            else redact_addresses(redact_named(t)) end"""
    )


def redact_addresses(text: str) -> str:
    """`text` with values and names that are nothing but an address replaced; names are numbered, to stay apart."""
    numbers = itertools.count(1)
    return _ADDRESS_NAMES.sub(
        lambda match: match[0] if match[1] is None else f'{match[1]}"{REDACTED} {next(numbers)}"',
        _ADDRESSES.sub(_address_redacted, text),
    )


def _address_redacted(match: re.Match[str]) -> str:
    if match[2] is None:
        return match[0]
    # Of four numbers and a name that says so, a version; the checks of raw tables see it in the same way.
    name = match[1].rstrip().removesuffix(":").rstrip()
    return match[0] if name.lower().endswith('version"') and "." in match[2] else f'{match[1]}"{REDACTED}"'


def _is_redacted(value: str) -> str:
    return f'"{REDACTED}"'


class Redactor:
    """Replaces the values of listed property names in JSON text and leaves every other byte as it is.

    Only a text that is JSON itself, and in which something was replaced, is written anew.

    A name matches as a whole or as the last words of a name: `email`, `user_email`, `userEmail`, but not
    `tokenCount` for `token`. Case and the separators `_`, `-`, `.` and space do not matter.

    Args:
        names: of properties.
        replaced: what stands in the place of a value, both as JSON text.
    """

    def __init__(self, names: tuple[str, ...], replaced: Callable[[str], str] = _is_redacted) -> None:
        self._replaced = replaced
        words = [re.split(r"[_.-]", name.lower()) for name in names]
        loose = "|".join("[_. -]?".join(map(re.escape, parts)) for parts in words)
        # clientIp and clientIP, clientIpAddress and clientIPAddress.
        capital = "|".join("".join(f"(?:{part.capitalize()}|{part.upper()})" for part in parts) for parts in words)
        # RE2 syntax, which is also Python's, so that SQL and Python agree.
        self.key_pattern = rf'"(?:(?:[^"\\]*[_. -])?(?i:{loose})|[^"\\]*[a-z0-9](?:{capital}))"' if names else r'"\b\B"'
        # A name, or an address, in JSON that is a text: its quotes have backslashes.
        name = rf'\\+"{self.key_pattern[1:-1]}\\+"\s*:'
        self.embedded_pattern = f"{name}|{_MAY_BE_EMBEDDED_ADDRESS}"
        # In a text that is no JSON: {'password': 'x'}, token=x, and JSON within a text that was cut.
        said = rf"(?:(?<![A-Za-z0-9])(?i:{loose})|(?<=[a-z0-9])(?:{capital}))" if names else r"\b\B"
        self._left = re.compile(rf"""{said}(?:\\*["'])?\s*[:=](?!\s*\\*"{re.escape(REDACTED)})""")
        self._key = re.compile(self.key_pattern)

    def redact(self, text: str) -> str:
        """`text` with the listed values replaced, objects and arrays included, at any depth."""
        pieces: list[str] = []
        copied = 0
        position = 0
        while (match := STRING.search(text, position)) is not None:
            position = match.end()
            colon = skip_space(text, position)
            if text[colon : colon + 1] != ":":
                if '\\"' in match.group() and (redacted := self._redacted_inside(match.group())) is not None:
                    pieces += [text[copied : match.start()], redacted]
                    copied = position
                continue
            if not self._is_listed(match.group()):
                continue
            start = skip_space(text, colon + 1)
            end = self._value_end(text, start)
            pieces += [text[copied:start], self._replaced(text[start:end])]
            copied = position = end
        return "".join([*pieces, text[copied:]])

    def cut_at_unknown_end(self, text: str) -> str:
        """`text` up to the first listed name with a value of which `redact` could not tell the end."""
        left = self._left.search(text)
        return text if left is None else f"{text[: left.start()]}{REDACTED}"

    def _redacted_inside(self, quoted: str) -> str | None:
        """A quoted text that may be JSON itself, redacted; None where nothing in it is to be."""
        try:
            inner = str(json.loads(quoted, strict=False))
        except ValueError:
            return None
        redacted = redact_addresses(self.redact(inner))
        return json.dumps(redacted) if redacted != inner else None

    def _is_listed(self, quoted: str) -> bool:
        if "\\" in quoted:
            try:
                quoted = '"' + str(json.loads(quoted)).replace('"', "").replace("\\", "") + '"'
            except ValueError:
                return True
        return self._key.fullmatch(quoted) is not None

    def _value_end(self, text: str, start: int) -> int:
        depth = 0
        position = start
        while position < len(text):
            character = text[position]
            if character == '"':
                match = STRING.match(text, position)
                if match is None:
                    return len(text)
                position = match.end()
                if depth == 0:
                    return position
                continue
            if character in "[{":
                depth += 1
            elif character in "]}":
                if depth == 0:
                    return position
                depth -= 1
                if depth == 0:
                    return position + 1
            elif depth == 0 and character in ", \t\r\n":
                return position
            position += 1
        return position


def skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])")
# Bounded repeats: an open one takes time with the square of a long run of letters.
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}")


def mask_broken_text(text: str, redactor: Redactor) -> str:
    """The start of a line that is no JSON, without what looks like an address, an e-mail or a listed property."""
    kept = redactor.cut_at_unknown_end(redactor.redact(text[:MASKED_CHARACTERS]))
    return _EMAIL.sub(REDACTED, _ADDRESS.sub(REDACTED, kept))
