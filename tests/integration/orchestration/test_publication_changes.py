"""A publication by what changed equals a whole copy, whatever happened to the build file and to the last publication."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingestion.settings import Settings
from orchestration import publication_changes, publication_files, publication_state
from orchestration.publication import Publication, publish
from orchestration.publication_tables import published_relations

KEYS = {"social.facts": ("id", "part"), "social.people": ("person",)}
NEXT = "(select max(batch_id) + 1 from social.facts)"


def _fact(ids: str, batch: str, text: str = "''") -> str:
    return (
        f"select i as id, nullif('p' || i % 3, 'p0') as part, i * 1.5 as amount, {text} || i as text,"
        f" {{'a': [i, null], 'b': -0.0}} as nested, {batch} as batch_id, timestamp '2026-01-01' as loaded_at from {ids}"
    )


def _insert(ids: str, text: str = "''") -> str:
    return f"insert into social.facts {_fact(ids, NEXT, text)}"


BUILD = f"""
    create schema social; create schema staging; create schema raw_ops;
    create table raw_ops.rebuilds (table_name varchar, rebuilt_at timestamp);
    create table staging.stg_events as select 1 as event_id;
    create table social.facts as {_fact("range(3000) t(i)", "1::bigint")};
    create table social.people as select i as person, 1::bigint as batch_id from range(9) t(i);
    comment on table social.facts is 'One row per fact.'
"""
LATE = _fact("range(100, 200) t(i)", NEXT, text="'late '")
AGAIN = _fact("range(2900) t(i)", NEXT, text="'again '")
ANEW = _fact("range(3000) t(i)", "1::bigint", text="'anew '")
# What a night, or a person, does to the build file; and how the facts are then written.
CHANGES = {
    "new rows": (_insert("range(3000, 3100) t(i)"), "changed"),
    "late rows change groups of before": (
        f"create temp table late as {LATE};"
        " delete from social.facts where id in (select id from late); insert into social.facts from late",
        "changed",
    ),
    "keys that vanish": (f"{_insert('range(3000, 3010) t(i)')}; delete from social.facts where id < 40", "changed"),
    "keys that vanish, and nothing new": ("delete from social.facts where id < 40", "changed"),
    "all but a few is written again": (
        f"create temp table again as {AGAIN}; delete from social.facts; insert into social.facts from again",
        "whole",
    ),
    "nothing": ("select 1", "unchanged"),
    "a full refresh": (
        f"create or replace table social.facts as {ANEW};"
        " insert into raw_ops.rebuilds values ('social.facts', now()::timestamp)",
        "whole",
    ),
    "a full refresh, then a night": (
        f"create or replace table social.facts as {ANEW};"
        " insert into raw_ops.rebuilds values ('social.facts', now()::timestamp);" + _insert("range(3000, 3100) t(i)"),
        "whole",
    ),
    "a build with another project, whose old rows may differ": (
        "create table raw_ops.build_settings (domain varchar, name varchar, value varchar, updated_at timestamp);"
        """ insert into raw_ops.build_settings values ('models', 'built', '{"project": "another"}', now()::timestamp)""",
        "whole",
    ),
    "a column more": ("alter table social.facts add column more varchar default 'x'", "whole"),
    "a column of another type": ("alter table social.facts alter text type blob using text::blob", "whole"),
    "a column less": ("alter table social.facts drop column amount", "whole"),
    "rows changed by hand": ("update social.facts set text = 'by hand' where id = 7", "whole"),
    "rows lost by hand, others doubled": (
        "delete from social.facts where id = 7; insert into social.facts from social.facts where id = 8",
        "whole",
    ),
    "a new mart and one that is gone": (
        "create table social.more as select 1 as one; create schema clips; create table clips.facts as select 2 as two;"
        " drop table social.people",
        "unchanged",
    ),
    "other comments": (
        "comment on table social.facts is null; comment on column social.facts.text is 'It''s text.'",
        "unchanged",
    ),
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(publication_changes, "SMALL_TABLE_ROWS", 100)
    warehouse = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path / "wh")})
    warehouse.warehouse_dir.mkdir()
    change(warehouse, BUILD)
    return warehouse


@pytest.fixture
def hows(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """How each table was written by the last publication."""
    found: dict[str, str] = {}
    real = publication_files.bring_up_to_date

    def watched(connection, relation, *arguments, **options):  # type: ignore[no-untyped-def]
        contents, found[relation.name] = real(connection, relation, *arguments, **options)
        return contents, found[relation.name]

    monkeypatch.setattr(publication_files, "bring_up_to_date", watched)
    return found


def change(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.database_path)) as connection:
        connection.execute(sql)


def assert_equals_build(settings: Settings) -> None:
    """Every table and view of the publication: columns, types, comments and rows are those of the build file."""
    with duckdb.connect(str(settings.database_path), read_only=True) as connection:
        connection.execute(f"attach '{settings.published_path}' as other (read_only)")
        here, there = published_relations(connection), published_relations(connection, "other")
        assert [(one.name, one.comment, one.columns) for one in there] == [
            (one.name, one.comment, one.columns) for one in here
        ]
        for relation in here:
            one, two = (f"select {relation.listed} from {relation.within(name)}" for name in ("warehouse", "other"))
            different = connection.execute(
                f"select count(*) from (({one} except all {two}) union all ({two} except all {one}))"
            ).fetchone()
            assert different == (0,), relation.name


def publish_and_compare(settings: Settings) -> Publication:
    done = publish(settings, keys=KEYS)
    assert_equals_build(settings)
    return done


@pytest.mark.parametrize("change_made", CHANGES)
def test_what_changed_is_published_like_a_whole_copy(
    settings: Settings, hows: dict[str, str], change_made: str
) -> None:
    assert publish_and_compare(settings).is_whole
    sql, how = CHANGES[change_made]
    change(settings, sql)
    assert publish_and_compare(settings).is_whole == ("raw_ops." in sql)
    assert hows["social.facts"] == how
    publish_and_compare(settings)
    assert hows["social.facts"] == "unchanged"


def test_a_large_table_is_compared_in_turn_and_whole_within_as_many_publications(
    settings: Settings, hows: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication_changes, "LARGE_TABLE_ROWS", 1000)
    monkeypatch.setattr(publication_changes, "COLUMN_GROUPS", 3)
    publish_and_compare(settings)
    for number in range(3):
        # Groups take turns: a night's changes are exact whichever is compared.
        ids = f"range({4000 + 100 * number}, {4050 + 100 * number}) t(i)"
        change(settings, f"delete from social.facts where id = {number}; {_insert(ids)}")
        publish_and_compare(settings)
        assert hows["social.facts"] == "changed"
    change(settings, "update social.facts set text = 'by hand' where id = 70")
    written = set()
    for _ in range(3):
        publish(settings, keys=KEYS)
        written.add(hows["social.facts"])
    assert "whole" in written
    assert_equals_build(settings)


def test_a_large_table_that_was_built_anew_is_copied_whole_at_once(
    settings: Settings, hows: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication_changes, "LARGE_TABLE_ROWS", 1000)
    publish(settings, keys=KEYS)
    for change_made in ("a full refresh", "a full refresh, then a night"):
        change(settings, CHANGES[change_made][0].replace("anew ", f"{change_made} "))
        publish_and_compare(settings)
        assert hows["social.facts"] == "whole"


def test_a_table_whose_key_is_not_known_is_copied_whole(settings: Settings, hows: dict[str, str]) -> None:
    publish(settings)
    change(settings, _insert("range(3000, 3100) t(i)"))
    publish(settings)
    assert hows["social.facts"] == "whole"
    assert_equals_build(settings)


def _touch(settings: Settings) -> None:
    os.utime(settings.published_path)


def _delete(settings: Settings) -> None:
    settings.published_path.unlink()


def _replace(settings: Settings) -> None:
    settings.published_path.unlink()
    with duckdb.connect(str(settings.published_path)) as connection:
        connection.execute("create schema social; create table social.facts as select 1 as id")


def _cut(settings: Settings) -> None:
    os.truncate(settings.published_path, settings.published_path.stat().st_size // 2)


def _flip_bits_unseen(settings: Settings) -> None:
    """Damage every block, and keep size and times: the disk did it, not a program."""
    status = settings.published_path.stat()
    content = bytearray(settings.published_path.read_bytes())
    for position in range(12288 + 4096, len(content), 262144):
        content[position] ^= 0xFF
    with settings.published_path.open("r+b") as file:
        file.write(content)
    os.utime(settings.published_path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _lose_state(settings: Settings) -> None:
    (settings.state_dir / "publication.json").write_text("{")


def _other_engine(settings: Settings) -> None:
    path = settings.state_dir / "publication.json"
    path.write_text(path.read_text().replace(duckdb.__version__, "1.0.0"))


@pytest.mark.parametrize(
    "harm", [_touch, _delete, _replace, _cut, _flip_bits_unseen, _lose_state, _other_engine, publication_state.forget]
)
def test_what_is_not_known_for_sure_is_written_whole(settings: Settings, harm) -> None:  # type: ignore[no-untyped-def]
    publish(settings, keys=KEYS)
    harm(settings)
    change(settings, _insert("range(3000, 3100) t(i)"))
    assert publish_and_compare(settings).is_whole
    change(settings, _insert("range(3100, 3200) t(i)"))
    assert not publish_and_compare(settings).is_whole


def test_every_fifteenth_publication_is_whole(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [publish(settings, keys=KEYS).is_whole for _ in range(16)] == [True, *[False] * 14, True]
    assert publish(settings, keys=KEYS, is_whole=True).is_whole


@pytest.mark.parametrize("is_rebuilt", [True, False])
def test_erased_rows_are_not_in_the_bytes_of_the_next_whole_publication(settings: Settings, is_rebuilt: bool) -> None:
    change(settings, "create table social.names as select 'canary-9d1' as name")
    publish(settings, keys=KEYS)
    assert b"canary-9d1" in settings.published_path.read_bytes()
    change(settings, "delete from social.names")
    if is_rebuilt:
        change(settings, CHANGES["a full refresh"][0])
    else:
        publication_state.forget(settings)
    publish_and_compare(settings)
    assert b"canary-9d1" not in settings.published_path.read_bytes()


def test_an_older_build_file_put_back_is_published_as_it_is(settings: Settings) -> None:
    backup = settings.database_path.read_bytes()
    publish(settings, keys=KEYS)
    change(settings, _insert("range(3000, 3100) t(i)") + "; delete from social.facts where id < 10")
    publish_and_compare(settings)
    settings.database_path.write_bytes(backup)
    publish_and_compare(settings)
    change(settings, _insert("range(7000, 7100) t(i)"))
    publish_and_compare(settings)


NIGHT = st.tuples(
    st.sampled_from(["insert", "rewrite", "vanish", "clear", "rebuild", "nothing"]),
    st.integers(0, 3000),
    st.integers(1, 400),
)


@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(NIGHT, min_size=1, max_size=4), is_large=st.booleans())
def test_any_course_of_nights_is_published_exactly(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, nights: list[tuple[str, int, int]], is_large: bool
) -> None:
    monkeypatch.setattr(publication_changes, "LARGE_TABLE_ROWS", 0 if is_large else 10**6)
    publication_state.forget(settings)
    settings.database_path.unlink()
    change(settings, BUILD)
    publish_and_compare(settings)
    for number, (kind, first, count) in enumerate(nights):
        ids = f"range({first}, {first + count}) t(i)"
        text = f"'night {number} '"
        rows = f"create temp table night as {_fact(ids, NEXT, text=text)};"
        change(
            settings,
            {
                "insert": rows + "insert into social.facts from night anti join social.facts using (id)",
                "rewrite": rows + "delete from social.facts where id in (select id from night);"
                "insert into social.facts from night",
                "vanish": f"delete from social.facts where id >= {first} and id < {first + count}",
                "clear": rows + "delete from social.facts; insert into social.facts from night",
                "rebuild": rows + "insert into raw_ops.rebuilds values ('social.facts', now()::timestamp);"
                "create or replace table social.facts as select * replace (1::bigint as batch_id) from night",
                "nothing": "select 1",
            }[kind],
        )
        publish_and_compare(settings)


VIEWS = """
    create view social.by_part as select part, count(*) as facts from warehouse.social.facts group by part;
    create view social.a_chain as with parts as (from warehouse.social.by_part) select part from parts where facts > 1;
    create view social.inner_rows as select event_id from warehouse.staging.stg_events;
    create view social.over_inner as select event_id + 1 as next_id from warehouse.social.inner_rows;
    create view social.with_batch as select part, batch_id from warehouse.social.facts;
    create view social.sizes as select table_name from duckdb_tables() where schema_name = 'raw_ops';
    comment on view social.by_part is 'One row per part.';
    comment on column social.by_part.facts is 'Facts of the part.'
"""


def test_a_view_on_published_tables_stays_one_and_any_other_becomes_a_table(settings: Settings) -> None:
    change(settings, VIEWS)
    for _ in range(2):
        publish_and_compare(settings)
        with duckdb.connect() as connection:
            # Under a name of the reader's own, and not made the default.
            connection.execute(f"attach '{settings.published_path}' as mine (read_only)")
            views = connection.execute("select view_name from duckdb_views() where database_name = 'mine'").fetchall()
            assert sorted(views) == [("a_chain",), ("by_part",), ("over_inner",)]
            assert connection.execute("select count(*), sum(facts) from mine.social.by_part").fetchone() == (3, 3000)
            assert connection.execute("select count(*) from mine.social.a_chain").fetchone() == (3,)
            assert connection.execute("from mine.social.over_inner").fetchall() == [(2,)]
        change(settings, _insert("range(3000, 3000) t(i)"))


def test_a_table_that_becomes_a_view_and_back(settings: Settings) -> None:
    publish(settings, keys=KEYS)
    change(settings, "drop table social.people; create view social.people as select id as person from social.facts")
    publish_and_compare(settings)
    change(settings, "drop view social.people; create table social.people as select 1 as person")
    publish_and_compare(settings)
