"""SQL conditions that find personal data in text columns.

Each is a CASE that looks first for plain text which every hit must contain: a full pattern over each of ten
million rows would cost most of an audit. CASE, because DuckDB evaluates both sides of an AND inside an aggregate;
and the first patterns begin with a literal, because the engine then skips to it.
"""

from __future__ import annotations

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:[.]{_OCTET}){{3}}"
_H16 = "[0-9A-Fa-f]{1,4}"
# Eight groups, or fewer around one "::"; clock times (12:30:45) have neither.
_IPV6 = f"(?:(?:{_H16}:){{7}}{_H16}|(?:{_H16}:){{1,7}}(?::{_H16}){{1,6}}|::(?:{_H16}:){{1,6}}{_H16})"
_EMAIL = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}"
_NAME = r'(?:[^"\\]|\\.)*'
_COLON = "[[:space:]]*:[[:space:]]*"


def holds_ip(column: str) -> str:
    """The text of `column` holds an IPv4 address, or an IPv6 address of eight groups or a shortened one."""
    return f"({_holds_ipv4(column)} or {_holds_ipv6(column)})"


def json_holds_ip(column: str) -> str:
    """The JSON text of `column` mentions an IP address, other than in a property named `...version`."""
    ipv4 = _case(_holds_ipv4(column), _holds_ipv4(_without_versions(column)))
    return f"({ipv4} or {_holds_ipv6(column)})"


def property_is_ip(column: str) -> str:
    """The JSON text of `column` has a property whose whole value is an IP address.

    Narrower than `json_holds_ip`, because text written by people can look like an address.
    """
    pattern = f'"{_NAME}"{_COLON}"(?:{_IPV4}|{_IPV6})"'
    return _case(
        f"({_may_hold_ipv4(column)} or {_may_hold_ipv6(column)})",
        f"regexp_matches({_without_versions(column)}, '{pattern}')",
    )


def holds_email(column: str) -> str:
    """The text of `column` holds an e-mail address."""
    return _case(f"contains({column}, '@')", f"regexp_matches({column}, '{_EMAIL}')")


def is_not_hash(column: str) -> str:
    """`column` is set and is not as long as the text of a 256-bit hash, or holds what only clear text has."""
    return f"(length({column}) <> 64 or {column} like '%.%' or {column} like '% %' or {column} like '%:%')"


def _holds_ipv4(column: str) -> str:
    # A version number of five or more parts is no address; one with a full stop behind it is.
    pattern = f"(^|[^0-9A-Za-z.]){_IPV4}($|[^0-9A-Za-z.]|[.]($|[^0-9]))"
    return _case(_may_hold_ipv4(column), f"regexp_matches({column}, '{pattern}')")


def _holds_ipv6(column: str) -> str:
    pattern = f"(^|[^0-9A-Za-z:.]){_IPV6}($|[^0-9A-Za-z:])"
    return _case(_may_hold_ipv6(column), f"regexp_matches({column}, '{pattern}')")


def _may_hold_ipv4(column: str) -> str:
    return f"regexp_matches({column}, '[.][0-9]+[.][0-9]+[.][0-9]')"


def _may_hold_ipv6(column: str) -> str:
    return f"(contains({column}, '::') or regexp_matches({column}, ':[0-9A-Fa-f]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+:'))"


def _without_versions(column: str) -> str:
    versions = f'(?i)"{_NAME}version"{_COLON}"{_IPV4}"'
    return f"regexp_replace({column}, '{versions}', '', 'g')"


def _case(condition: str, then: str, otherwise: str = "false") -> str:
    return f"(case when {condition} then {then} else {otherwise} end)"
