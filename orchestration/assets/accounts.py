"""Files of single accounts, where PUBLISH_ACCOUNTS asks for them."""

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from orchestration.accounts import publish_accounts
from orchestration.keys import ACCOUNTS_KEY, EMPTY_ACCOUNTS, PUBLICATION_KEY
from orchestration.resources import WarehouseResource


@asset(
    key=ACCOUNTS_KEY,
    deps=[PUBLICATION_KEY],
    group_name="publish",
    kinds={"duckdb", "csv", "json", "parquet"},
    description="One database and one export folder an account, with that account's rows alone (PUBLISH_ACCOUNTS).",
)
def accounts(context: AssetExecutionContext, warehouse: WarehouseResource) -> MaterializeResult[None]:
    """accounts/<account>/ for each account asked for, swapped in together."""
    settings = warehouse.settings()
    written = publish_accounts(settings, warehouse.publish_accounts())
    empty = [files.account_id for files in written if not any(files.rows.values())]
    for account in empty:
        context.log.warning(f"PUBLISH_ACCOUNTS: no row of {account!r} is published; its tables are empty.")
    return MaterializeResult(
        metadata={
            "accounts": MetadataValue.int(len(written)),
            EMPTY_ACCOUNTS: MetadataValue.json(empty),
            "dagster/row_count": sum(sum(files.rows.values()) for files in written),
            "path": MetadataValue.path(settings.warehouse_dir / "accounts"),
        }
    )
