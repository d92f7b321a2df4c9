{{ config(materialized="view") }}

-- The newest data of the source: rolling windows and peak times end here, and not with a clock.
select max(snapshot_at) as as_of_at, {{ reporting_date("max(snapshot_at)") }} as as_of_date
from {{ ref("fct_clip_snapshots") }}
