"""How dbt's nodes appear as Dagster assets: keys, groups and the order of checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.dbt import place_of, relation_name
from orchestration.dbt_results import test_description
from orchestration.keys import group, model_key, raw_key


class WarehouseTranslator(DagsterDbtTranslator):
    """<layer>/<source or domain>/<name in the database> for models and seeds; raw/<source>/<table> for sources."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return raw_key(
                dbt_resource_props["source_name"].removeprefix("raw_"),
                dbt_resource_props["name"].removeprefix("_dlt_"),
            )
        place = place_of(dbt_resource_props)
        if place is None:
            return super().get_asset_key(dbt_resource_props)
        return model_key(*place, relation_name(dbt_resource_props))

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        place = place_of(dbt_resource_props)
        return None if place is None else group(*place)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props.get("description") or "")

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=test_description(manifest["nodes"][unique_id]) or None)
