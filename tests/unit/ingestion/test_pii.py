import hashlib
import hmac
import json
import re
import stat

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.suites import patterns
from ingestion import pii
from ingestion.settings import DEFAULT_REDACTED, Settings

NAMES = tuple(DEFAULT_REDACTED.split(","))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings.from_env({"WAREHOUSE_DIR": str(tmp_path_factory.mktemp("pii"))})


@pytest.fixture(scope="module")
def connection(settings):
    with duckdb.connect() as connection:
        pii.install_macros(connection, settings, pii.load_key(settings))
        yield connection


def one(connection, sql, *values):
    return connection.execute(sql, list(values)).fetchone()[0]


@given(text=st.text(max_size=80))
def test_the_digest_equals_the_standard_librarys_hmac(connection, settings, text):
    expected = hmac.new(pii.load_key(settings).secret, text.encode(), "sha256").hexdigest()
    assert one(connection, "select hmac(?)", text) == expected


def test_a_value_hashed_before_it_comes_to_a_file_is_told_by_its_mark(connection, settings):
    key = pii.load_key(settings)
    marked = key.hashed("53908099506183680")
    (digest,) = connection.execute("select hmac('53908099506183680')").fetchone()
    assert marked == f"{pii.HASHED_PREFIX}{key.key_id}:{digest}"
    # A half of a character that no UTF-8 can hold must not stop a collection.
    assert key.hashed("\ud83d") != key.hashed("?")


def test_a_key_longer_than_a_block_is_hashed_first_as_the_standard_says(tmp_path):
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path), "PII_HASH_KEY": "k" * 100})
    with duckdb.connect() as connection:
        pii.install_macros(connection, settings, pii.load_key(settings))
        assert one(connection, "select hmac('x')") == hmac.new(b"k" * 100, b"x", "sha256").hexdigest()


def test_the_generated_key_is_kept_and_readable_by_its_owner_only(tmp_path):
    # Not the key that the other tests have, which is spoilt here.
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    first, second = pii.load_key(settings), pii.load_key(settings)
    assert first == second
    path = settings.state_dir / "pii_hash_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # An empty key, or the start of one, is a key that everybody can try.
    for length in (0, 10):
        path.write_text(path.read_text()[:length])
        with pytest.raises(OSError, match="pii_hash_key holds no whole key"):
            pii.load_key(settings)
    assert first.secret.decode() not in repr(first)


@pytest.mark.parametrize(
    "text",
    [
        '{"email":"CANARY"}',
        '{"userEmail": "CANARY", "n": 1}',
        '{"a":[{"b":{"phone_number":"CANARY"}}]}',
        '{"Phone-Number":123454321,"x":"CANARY-not"}',
        '{"password":{"deep":["CANARY","}"]}}',
        '{"api_key":["CANARY"]}',
        '{"em\\u0061il":"CANARY"}',
        '{"access_token":"CAN\\"ARY CANARY"}',
        '{"TOKEN":"CANARY"}',
        '{"userSSN":"CANARY"}',
        '{"clientIPAddress":"CANARY","email address":"CANARY"}',
        '{"userAgentString":"CANARY","client_user_agent_string":"CANARY","clientUserAgent":"CANARY","userName":"CANARY"}',
        '{"Set-Cookie":["CANARY"],"aws_secret_access_key":"CANARY"}',
        json.dumps({"data": json.dumps({"a": [{"email": "CANARY"}]}), "b": "ü"}),
        json.dumps({"data": json.dumps({"é": json.dumps({"userEmail": ["CANARY"]})})}),
        json.dumps({"data": '{"a":1,"password":"CANARY'}),
    ],
)
def test_listed_properties_are_redacted_at_any_depth(connection, text):
    result = one(connection, "select redact(?)", text)
    json.loads(result)
    assert '"CANARY' not in result.replace('"CANARY-not"', "") and "123454321" not in result
    assert pii.REDACTED in result
    assert not one(connection, "select is_clean(?)", text)


PLAIN_ADDRESSES = ["203.0.113.9", "2001:db8::7", "::ffff:1:2", "1:2:3:4:5:6:7:8", "0.0.0.0"]
DRESSED_ADDRESSES = ["::ffff:203.0.113.9", "203.0.113.9:443", "203.0.113.0/24", "[2001:db8::7]:443", "fe80::7%eth0"]


@pytest.mark.parametrize("address", PLAIN_ADDRESSES)
@pytest.mark.parametrize("text", ['{"host":"%s"}', '{"a":[{"host" : "%s", "n":1}]}', '{"a\\"b":"%s","note":"x"}'])
def test_a_property_that_is_nothing_but_an_address_is_redacted(connection, text, address):
    """As the checks of the raw tables want it, so that none of them meets what got past the door."""
    result = one(connection, "select redact(?)", text % address)
    assert result == text % pii.REDACTED
    assert not one(connection, "select is_clean(?)", text % address)
    assert one(connection, f"select {patterns.property_is_ip('t')} from (select ? as t)", text % address)


@pytest.mark.parametrize("address", [*PLAIN_ADDRESSES, *DRESSED_ADDRESSES])
@pytest.mark.parametrize(
    "text", ['{"host":"%s"}', '{"hops":["%s"]}', '{"hops":[1, "x,","%s"]}', '{"versions":[{"at":"%s"}]}']
)
def test_an_address_is_redacted_in_lists_and_as_sockets_write_it(connection, text, address):
    assert one(connection, "select redact(?)", text % address) == text % pii.REDACTED
    assert not one(connection, "select is_clean(?)", text % address)
    inner = json.loads(json.loads(one(connection, "select redact(?)", json.dumps({"data": text % address})))["data"])
    assert inner == json.loads(text % pii.REDACTED)


def test_names_that_are_addresses_are_redacted_and_stay_apart(connection):
    inner = '{"hits":{"203.0.113.9":1,"2001:db8::7" : "203.0.113.8"},"ann+x@mail.example.org":{"bob@example.org":2}}'
    wanted = {
        "hits": {f"{pii.REDACTED} 1": 1, f"{pii.REDACTED} 2": pii.REDACTED},
        f"{pii.REDACTED} 3": {f"{pii.REDACTED} 4": 2},
    }
    assert json.loads(one(connection, "select redact(?)", inner)) == wanted
    outer = json.dumps({"data": inner})
    assert json.loads(json.loads(one(connection, "select redact(?)", outer))["data"]) == wanted
    for text in (inner, outer, '{"by":{"ann@example.org":1}}', json.dumps({"data": '{"ann@example.org" :1}'})):
        assert not one(connection, "select is_clean(?)", text)
        assert "example.org" not in one(connection, "select redact(?)", text)


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::7"])
def test_an_address_in_json_within_a_text_is_redacted_and_a_version_is_not(connection, address):
    text = json.dumps({"data": json.dumps({"host": address, "buildVersion": "10.0.22.1"})})
    assert not one(connection, "select is_clean(?)", text)
    inner = json.loads(json.loads(one(connection, "select redact(?)", text))["data"])
    assert inner == {"host": pii.REDACTED, "buildVersion": "10.0.22.1"}


@pytest.mark.parametrize(
    "text",
    [
        '{"tokens":3,"tokenCount":4}',
        '{"description":"my email is here"}',
        '{"city":"a\\u00e9","tip":1}',
        '{"appVersion":"1.2.3.4","build":"1.2.3","at":"12:30:05","note":"of 203.0.113.9","versions":["1.2.3.4", "2.0.0.1"]}',
        '{"a":["x",{"1.2.3":1,"12:30:05":2}],"b":["12:30:05","x,"],"appVersions":{"1.2.3.4": 5},"at ann@example.org":1}',
        '{"a":"300.1.1.1","b":"1.2.3.4.5","c":":::"}',
        json.dumps({"data": json.dumps({"tokens": 3, "é": "1.2.3"}), "note": 'say "email"'}),
        "{}",
    ],
)
def test_other_properties_are_left_as_they_are_to_the_byte(connection, text):
    assert one(connection, "select redact(?)", text) == text


def tree():
    keys = st.sampled_from(["email", "userEmail", "tokens", "a", "password", "x_token", "Emailed", "ip", "note"])
    leaves = st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\{}[],:é\n', max_size=8)
    return st.dictionaries(
        keys,
        st.recursive(
            leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
        ),
        max_size=4,
    )


def expected(value):
    if isinstance(value, dict):
        return {
            key: (
                pii.REDACTED
                if key in ("email", "userEmail", "password", "x_token", "ip") and item is not None
                else expected(item)
            )
            for key, item in value.items()
        }
    return [expected(item) for item in value] if isinstance(value, list) else value


def without_null(value):
    """A redacted null tells nothing either way, so null and its redaction are one."""
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value


@given(value=tree(), indent=st.sampled_from([None, 1]))
def test_sql_and_python_redact_what_a_walk_over_the_tree_redacts(connection, value, indent):
    text = json.dumps(value, indent=indent)
    wanted = without_null(expected(value))
    for result in (one(connection, "select redact(?)", text), pii.Redactor(NAMES).redact(text)):
        found = json.loads(result)
        assert _same_where_not_null(found, wanted)


def _same_where_not_null(found, wanted):
    if isinstance(wanted, dict):
        return all(key in found and _same_where_not_null(found[key], item) for key, item in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same_where_not_null, found, wanted))
    return found == wanted


def test_broken_text_keeps_no_address_and_no_mail():
    text = '{"ipAddress":"203.0.113.9","x":"2001:db8:0:0:0:0:0:7", mail someone@example.org at 12:30:05'
    masked = pii.mask_broken_text(text, pii.Redactor(NAMES))
    assert not re.search(r"203\.0|2001:db8|someone@", masked)
    assert "12:30:05" in masked


def test_broken_text_keeps_nothing_of_a_listed_property_in_json_within_a_text():
    inner = json.dumps(json.dumps({"a": 1, "password": "CANARY", "b": 2}))
    whole = f'{{"data":{inner},"n":1,'
    cut = whole[: whole.index("NARY")]
    redactor = pii.Redactor(NAMES)
    assert json.loads(f'{pii.mask_broken_text(whole, redactor)}"z":0}}')["n"] == 1
    for text in (whole, cut):
        masked = pii.mask_broken_text(text, redactor)
        assert "CA" not in masked and pii.REDACTED in masked and masked.startswith('{"data":"{')


@pytest.mark.parametrize(
    "text",
    ["{'userId': 'a', 'password': 'CANARY'}", "at 7 token=CANARY", "userSSN: CANARY", "see https://x?api_key=CANARY"],
)
def test_broken_text_ends_before_a_listed_name_in_whatever_it_is_written(text):
    masked = pii.mask_broken_text(text, pii.Redactor(NAMES))
    assert "CANARY" not in masked and masked.endswith(pii.REDACTED) and masked.startswith(text[:2])
    kept = "membership: 1, tokens=2, shipIp, 'tip': 3"
    assert pii.mask_broken_text(kept, pii.Redactor(NAMES)) == kept
    assert pii.mask_broken_text(text, pii.Redactor(())) == text


def test_the_key_id_does_not_tell_the_key(connection, settings):
    key = pii.load_key(settings)
    # Nor is it the beginning of what a column holds: the hash of a text that somebody may guess.
    assert not hashlib.sha256(key.secret).hexdigest().startswith(key.key_id)
    assert key.key_id not in key.secret.decode() and key.secret.decode() not in repr(key)
    other = Settings.from_env({"WAREHOUSE_DIR": str(settings.warehouse_dir), "PII_HASH_KEY": "k" * 64})
    assert pii.load_key(other).key_id != key.key_id
