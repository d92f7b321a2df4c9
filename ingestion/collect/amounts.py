"""How amounts that people read become numbers, for the extracts of all sources."""

from __future__ import annotations

from ingestion.sql import sql_of

# Two CTEs to stand between the others of an extract: from `priced` to `amount_numbers`, see the file.
AMOUNTS_SQL = sql_of(__package__, "amounts.sql")
