"""Speed and memory as ratios to a bare DuckDB load of the same files in the same run: `make bench`."""
