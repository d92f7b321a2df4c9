-- Only a load with status 0 is complete; the others' rows are not read anywhere.
select source, load_id, {{ utc_timestamp("inserted_at") }} as loaded_at
from ({{ union_sources("_dlt_loads", ["load_id", "status", "inserted_at"]) }}) as loads
where status = 0
