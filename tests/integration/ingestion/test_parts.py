"""Parts reach the warehouse as they were written."""

import pyarrow.parquet as pq
import pytest

from ingestion.convert import Converter
from ingestion.files import plan
from ingestion.registry import SOURCES
from ingestion.schema import ROW_ORIGIN
from tests.integration.ingestion.conftest import event, jsonl


@pytest.fixture
def parts(warehouse):
    """The Parquet files that a load of the social landing folder would import."""

    def convert():
        [spec] = SOURCES["social"].resources
        work = [(spec, plan(spec.name, spec.roots(warehouse.settings), {}))]
        converter = Converter(warehouse.settings, "social", "1.0", warehouse.settings.state_dir / "spool", work)
        found = list(converter.parts(spec.name))
        converter.close()
        return found

    return convert


def test_a_part_has_the_columns_of_its_table_in_their_order(warehouse, parts):
    # dlt writes a part anew, without a word, when this does not hold.
    (warehouse.landing / "a.jsonl").write_bytes(jsonl(event(number) for number in range(10)))
    [(path, rows)] = parts()
    [spec] = SOURCES["social"].resources
    assert pq.read_schema(path).names == [*spec.columns, *ROW_ORIGIN]
    assert rows == 10
