"""Every mart equals what the simulator knows to be true, row for row."""

from pathlib import Path

import pytest

from ingestion.settings import Settings
from ingestion.simulator import generate
from tests.pipeline import Pipeline

# The truth leaves an id open where the ingestion makes it, and names no person for transcripts.
_OPEN_IDS = {
    ("social.fct_events", "event_id"): "case when has_event_id then event_id end",
}
_ZONES = ["America/New_York"]


@pytest.fixture(scope="module", params=_ZONES)
def built(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    # Where an unconfigured warehouse finds its simulated sources, so that the platforms are asked as well.
    settings = Settings.from_env({"WAREHOUSE_DIR": str(folder), "REPORTING_TIMEZONE": request.param})
    simulated = generate(
        settings.simulated_dir,
        seed=11,
        events=6000,
        days=9,
        conversations=40,
        end_date=None,
        reporting_timezone=request.param,
    )
    pipeline = Pipeline(settings)
    pipeline.ingest()
    pipeline.dbt("build")
    return pipeline, simulated


def expression(mart: str, column: str, kind: str) -> str:
    if (mart, column) in _OPEN_IDS:
        return _OPEN_IDS[mart, column]
    if column == "user_id" and mart.startswith("conversations."):
        return "case when user_id not like 'claude-%' then user_id end"
    return f'round("{column}", 6)' if kind in ("DOUBLE", "FLOAT") else f'"{column}"'


def test_every_mart_with_a_truth_equals_it(built):
    pipeline, simulated = built
    wrong = {}
    compared = 0
    with pipeline.connection() as connection:
        for path in sorted(Path(simulated.truth).glob("*.parquet")):
            mart = path.stem
            columns = connection.execute(f"describe from '{path}'").fetchall()
            true = ", ".join(expression("", name, kind) for name, kind, *_ in columns)
            ours = ", ".join(expression(mart, name, kind) for name, kind, *_ in columns)
            one, two = f"select {ours} from {mart}", f"select {true} from '{path}'"
            extra, missing, rows = connection.execute(
                f"""select (select count(*) from ({one} except all {two})), (select count(*) from ({two} except all {one})),
                (select count(*) from ({two}))"""
            ).fetchone()
            compared += rows > 0
            if extra or missing:
                wrong[mart] = (extra, missing, rows)
    assert not wrong
    assert compared >= 20


def test_the_ingestion_counts_what_the_simulator_wrote(built):
    pipeline, simulated = built
    for source, resources in simulated.manifest["sources"].items():
        parts = resources.values() if "tracked" in resources else [resources]
        lines = sum(part["lines"] for part in parts)
        rejects = {}
        for part in parts:
            for reason, count in part["rejects"].items():
                rejects[reason] = rejects.get(reason, 0) + count
        [(read, pending)] = pipeline.query(f"select sum(lines_read), sum(rows_pending) from raw_{source}.files")
        found = dict(pipeline.query(f"select reason_code, count(*) from raw_{source}.rejects group by 1"))
        assert found == rejects
        assert read + pending == lines


def test_no_value_that_must_be_redacted_reaches_a_raw_table(built):
    pipeline, simulated = built
    mark = simulated.manifest["personal_data_mark"]
    assert any(mark.encode() in path.read_bytes() for path in simulated.landing.rglob("*.jsonl"))
    for schema, table in pipeline.query(
        "select schema_name, table_name from duckdb_tables() where schema_name like 'raw\\_%' escape '\\'"
    ):
        assert pipeline.query(f"select count(*) from {schema}.{table} as t where t::varchar like '%{mark}%'") == [(0,)]
