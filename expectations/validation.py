"""The only module that imports Great Expectations: checks become expectations, validation results come back.

Two expectations of our own, because the stock ones pull rows or samples of values out of the database:
an aggregate over the batch (all aggregates of a batch are bundled by Great Expectations into one scan), and a
scalar query. Import this module late: the import takes seconds.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: it is read there

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial, metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from expectations import adapter
from expectations.declaration import Check, Status

_RESULT_FORMAT = "BASIC"  # no unexpected rows, no samples of values: both are personal data


class TableSqlAggregate(TableMetricProvider):
    """One aggregate expression over the batch."""

    metric_name = "table.sql_aggregate"
    value_keys = ("sql",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        return sa.literal_column(metric_value_kwargs["sql"]), metric_domain_kwargs, {}


class TableSqlScalar(TableMetricProvider):
    """The single value of a query that may reach beyond the batch."""

    metric_name = "table.sql_scalar"
    value_keys = ("sql",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Any:
        # literal_column, not text(): colons in patterns are no bind parameters.
        query: Any = sa.select(sa.literal_column(f"({metric_value_kwargs['sql']})"))
        return execution_engine.execute_query(query).scalar()


class _ExpectSqlNumber(BatchExpectation):
    """A number made by SQL lies between two bounds; no number is an error, not a pass."""

    sql: str
    min_value: float | None = None
    max_value: float | None = None

    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    success_keys: ClassVar[tuple[str, ...]] = ("sql", "min_value", "max_value")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        value = metrics[self.metric_dependencies[0]]
        if value is None:
            raise ValueError("the query yields NULL where a number is expected")
        number = float(value)
        low, high = self.min_value, self.max_value
        success = (low is None or number >= low) and (high is None or number <= high)
        return {"success": success, "result": {"observed_value": number}}


class ExpectSqlAggregateToBeBetween(_ExpectSqlNumber):
    """An aggregate over the rows of the batch lies between two bounds."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.sql_aggregate",)


class ExpectSqlScalarToBeBetween(_ExpectSqlNumber):
    """The value of a scalar query lies between two bounds."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.sql_scalar",)


def to_expectation(check: Check, sql: str) -> Any:
    """The Great Expectations form of `check`, with the placeholders of its SQL already replaced in `sql`."""
    meta = {"check_name": check.check_name}
    described: dict[str, Any] = {"meta": meta, "notes": check.description, "severity": check.severity}
    if check.kind == "columns":
        return ExpectTableColumnsToMatchSet(column_set=list(check.columns), exact_match=False, **described)
    kind = ExpectSqlAggregateToBeBetween if check.kind == "aggregate" else ExpectSqlScalarToBeBetween
    return kind(sql=sql, min_value=check.min_value, max_value=check.max_value, **described)


class Auditor:
    """One ephemeral Great Expectations context on one database file, read-only. Use as a context manager."""

    def __init__(
        self, database: Path, memory_limit: str | None, threads: int | None, temp_directory: Path | None
    ) -> None:
        """Open `database`.

        Raises:
            great_expectations.exceptions.GreatExpectationsError, ValueError: it cannot be opened.
        """
        with _quiet():
            context = gx.get_context(mode="ephemeral")
            context.enable_analytics(False)
            context.variables.progress_bars = ProgressBarsConfig(globally=False)
            sources: Any = context.data_sources  # its stub lacks `kwargs`
            self._source = sources.add_sql(
                name="warehouse",
                connection_string=adapter.CONNECTION_STRING,
                create_temp_table=False,
                kwargs={"connect_args": adapter.connect_arguments(database, memory_limit, threads, temp_directory)},
            )

    def __enter__(self) -> Auditor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # An open handle keeps every writer out of the file.
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a small bookkeeping query."""
        with self._source.get_engine().connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql).fetchall()]

    def validate(
        self, name: str, rows: str | None, table_name: str, checks: Sequence[tuple[Check, str]]
    ) -> Iterator[tuple[Check, Status, str]]:
        """Validate all `checks` (with their final SQL) on one batch: a table, or the query `rows` on it.

        `name` is unique among the batches of this context. Yields check, status and observed value. One
        broken expression breaks the whole bundled scan: checks that error are validated again one by one.
        """
        with _quiet():
            try:
                batch = self._batch(name, rows, table_name)
                outcomes = self._validate(batch, checks)
                for index, (check, status, _) in enumerate(outcomes):
                    if status == "errored" and len(checks) > 1 and check.kind == "aggregate":
                        outcomes[index] = self._validate(batch, [checks[index]])[0]
            except Exception as error:  # whatever breaks, the check counts as failed
                outcomes = [(check, "errored", _describe(str(error), error)) for check, _ in checks]
        yield from outcomes

    def _batch(self, name: str, rows: str | None, table_name: str) -> Any:
        # With each asset the context writes its whole configuration as YAML, in memory, where nobody reads it: the
        # assets before this one would make that ever longer.
        self._source.assets.clear()
        if rows is None:
            schema, _, table = table_name.partition(".")
            asset: Any = self._source.add_table_asset(name=name, table_name=table, schema_name=schema)
        else:
            asset = self._source.add_query_asset(name=name, query=rows)
        return asset.get_batch(asset.build_batch_request())

    def _validate(self, batch: Any, checks: Sequence[tuple[Check, str]]) -> list[tuple[Check, Status, str]]:
        suite = gx.ExpectationSuite(name="checks", expectations=[to_expectation(check, sql) for check, sql in checks])
        results = batch.validate(suite, result_format=_RESULT_FORMAT).results
        by_name = {result.expectation_config.meta["check_name"]: result for result in results}
        return [(check, *_outcome(check, by_name.get(check.check_name))) for check, _ in checks]


def _outcome(check: Check, result: Any) -> tuple[Status, str]:
    if result is None:
        return "errored", "no result"
    error = _error_message(result.exception_info)
    if error is not None:
        return "errored", _describe(error)
    status: Status = "passed" if result.success else "failed"
    if check.kind == "columns":
        missing = sorted(set(check.columns) - set(result.result.get("observed_value", ())))
        return status, "missing " + ", ".join(missing) if missing else "all present"
    return status, f"{result.result['observed_value']:.6g}"


def _error_message(exception_info: dict[str, Any] | None) -> str | None:
    """The first message; Great Expectations keys errors of metrics by metric, others not."""
    if not exception_info:
        return None
    infos = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    messages = [str(info.get("exception_message")) for info in infos if info.get("raised_exception")]
    return messages[0] if messages else None


# Errors about the statement itself; any other message of DuckDB can quote a value of a row.
_ABOUT_THE_STATEMENT = re.compile(
    r"\(_?duckdb\.(?:BinderException|CatalogException|ParserException)\) (?P<text>[^\n]*)"
)
_ERROR_CLASS = re.compile(r"\(_?duckdb\.(\w+)\)")


def _describe(message: str, error: Exception | None = None) -> str:
    """An error without values of rows: the text when it is about the statement, else the kind of error."""
    if statement := _ABOUT_THE_STATEMENT.search(message):
        return statement["text"].strip()
    if kind := _ERROR_CLASS.search(message):
        return kind[1]
    if message.startswith("the query yields NULL"):
        return message
    if error is None:
        return "error"
    # Great Expectations' own errors say nothing without what led to them.
    cause = error.__cause__ or error.__context__
    return type(error).__name__ if cause is None else f"{type(error).__name__} after {type(cause).__name__}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Great Expectations' log silent: on an error it writes statements and values."""
    logger = logging.getLogger("great_expectations")
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.propagate = propagate
