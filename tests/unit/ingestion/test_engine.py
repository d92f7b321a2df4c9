import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.engine import connect
from ingestion.settings import Settings

CODE = """
import sys
from ingestion.engine import connect
from ingestion.settings import Settings
with connect(Settings.from_env({"WAREHOUSE_DIR": sys.argv[1]})) as connection:
    print(connection.execute("select current_setting('enable_progress_bar')").fetchone())
"""


def test_no_progress_bar_is_drawn_into_the_output_of_a_command(tmp_path: Path) -> None:
    # DuckDB takes `python -m` and `python -c` for a prompt, and this process not.
    done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "(False,)\n"


def test_a_database_that_did_not_fit_is_made_by_the_next_call(tmp_path: Path) -> None:
    settings = Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Less than the headers of a file, as on a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(duckdb.IOException):
            connect(settings, settings.database_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    # Beside a file that was taken away its log may have stayed.
    settings.database_path.with_suffix(".duckdb.wal").write_text("of another file")
    with connect(settings, settings.database_path) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
