"""Extraction of raw events into the warehouse with dlt. Knows neither Dagster nor dbt."""

import warnings

# dlt asks for sqlglot's extra `rs`, and sqlglot then says so to whoever runs a command.
warnings.filterwarnings("ignore", message=r"sqlglot\[rs\] is deprecated")
