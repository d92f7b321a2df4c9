"""A deterministic generator of all sources and of their pathologies, with the true answers.

The same parameters give the same bytes and the same truth. Rows are made inside DuckDB from hashes of the
seed and their number; the truth is computed from those rows, neither from the landed files nor with models.
"""

from __future__ import annotations

from ingestion.simulator.generator import SimulatedInput, generate, generate_extra_night
from ingestion.simulator.parameters import SimulatorError

__all__ = ["SimulatedInput", "SimulatorError", "generate", "generate_extra_night"]
