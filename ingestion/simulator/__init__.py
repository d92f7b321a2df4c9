"""A deterministic generator of all sources and of their pathologies, with the true answers.

The same parameters give the same bytes and the same truth. Rows are made inside DuckDB from hashes of the seed and
their number; the truth is computed from those rows, not from the landed files and not with the dbt models.
"""

from __future__ import annotations

from ingestion.simulator.generator import SimulatedInput, generate, generate_extra_night
from ingestion.simulator.parameters import SimulatorError

__all__ = ["SimulatedInput", "SimulatorError", "generate", "generate_extra_night"]
