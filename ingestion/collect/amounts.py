"""How amounts that people read become numbers, for the extracts of all sources."""

from __future__ import annotations

from importlib import resources

# Two CTEs to stand between the others of an extract: from `priced` to `amount_numbers`, see the file.
AMOUNTS_SQL = resources.files(__package__).joinpath("amounts.sql").read_text()
