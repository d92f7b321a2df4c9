import subprocess
import sys
from pathlib import Path

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
