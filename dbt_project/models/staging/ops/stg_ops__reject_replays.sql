select source, reject_id, outcome, reason_code, replayed_at, _dlt_load_id as load_id
from
    (
        {{
            union_sources(
                "reject_replays", ["reject_id", "outcome", "reason_code", "replayed_at", "_dlt_load_id"]
            )
        }}
    ) as replays
