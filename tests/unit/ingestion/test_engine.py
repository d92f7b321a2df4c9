from pathlib import Path

from ingestion.engine import connect
from ingestion.settings import Settings


def test_no_progress_bar_is_drawn_into_the_output_of_a_command(tmp_path: Path) -> None:
    with connect(Settings.from_env({"WAREHOUSE_DIR": str(tmp_path)})) as connection:
        assert connection.execute("select current_setting('enable_progress_bar')").fetchone() == (False,)
