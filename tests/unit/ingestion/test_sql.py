"""The .sql files beside the code."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = "from ingestion.collect.amounts import AMOUNTS_SQL; assert '\\u20ac' in AMOUNTS_SQL, 'no euro sign'"


def test_sql_files_hold_the_same_text_in_every_locale() -> None:
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, **locale}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
