"""SQL conditions that find personal data in text columns.

Each opens with a cheap search for plain text that every hit must contain, because a regular expression over
each of ten million rows would cost most of an audit.
"""

from __future__ import annotations

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:[.]{_OCTET}){{3}}"
_H16 = "[0-9A-Fa-f]{1,4}"
# Eight groups, or fewer around one "::"; clock times (12:30:45) have neither.
_IPV6 = f"(?:(?:{_H16}:){{7}}{_H16}|(?:{_H16}:){{1,7}}(?::{_H16}){{1,6}}|::(?:{_H16}:){{1,6}}{_H16})"
_NAME = r'(?:[^"\\]|\\.)*'
_COLON = "[[:space:]]*:[[:space:]]*"
_EMAIL = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}"


def holds_ipv4(column: str) -> str:
    """The text of `column` holds a dotted IPv4 address. Version numbers of five and more parts are none."""
    pattern = f"(^|[^0-9A-Za-z.]){_IPV4}($|[^0-9A-Za-z.]|[.]($|[^0-9]))"
    return f"({column} like '%.%.%.%' and regexp_matches({column}, '{pattern}'))"


def holds_ipv6(column: str) -> str:
    """The text of `column` holds an IPv6 address of eight groups, or a shortened one."""
    pattern = f"(^|[^0-9A-Za-z:.]){_IPV6}($|[^0-9A-Za-z:])"
    return f"({column} like '%:%:%' and regexp_matches({column}, '{pattern}'))"


def holds_email(column: str) -> str:
    """The text of `column` holds an e-mail address."""
    return f"(contains({column}, '@') and regexp_matches({column}, '{_EMAIL}'))"


def json_holds_ip(column: str) -> str:
    """The JSON text of `column` mentions an IP address, other than in a property named `...version`."""
    ipv4 = f"{holds_ipv4(column)} and {holds_ipv4(_without_versions(column))}"
    return f"(({ipv4}) or {holds_ipv6(column)})"


def property_is_ip(column: str) -> str:
    """The JSON text of `column` has a property whose whole value is an IP address.

    Narrower than `json_holds_ip`, because text written by people can look like an address.
    """
    pattern = f'"{_NAME}"{_COLON}"(?:{_IPV4}|{_IPV6})"'
    return (
        f"(({column} like '%.%.%.%' or {column} like '%::%' or {column} like '%:%:%:%:%:%:%:%')"
        f" and regexp_matches({column}, '{pattern}')"
        f" and regexp_matches({_without_versions(column)}, '{pattern}'))"
    )


def _without_versions(column: str) -> str:
    versions = f'(?i)"{_NAME}version"{_COLON}"{_IPV4}"'
    return f"regexp_replace({column}, '{versions}', '', 'g')"


def is_not_hash(column: str) -> str:
    """`column` is set and is not the hexadecimal form of a 256-bit hash."""
    return f"({column} is not null and not regexp_full_match({column}, '[0-9a-f]{{64}}'))"
