"""Extraction of raw events into the warehouse with dlt. Knows neither Dagster nor dbt."""
