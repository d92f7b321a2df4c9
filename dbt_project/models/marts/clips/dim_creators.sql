-- A name reused: another person bears or bore it too. Names are compared as people read them, without case.
-- No name of the platform is no name that people share.
select
    account_id,
    creator_id,
    creator_name,
    first_seen_at,
    last_seen_at,
    is_current,
    count(nullif(creator_name, 'unknown')) over (partition by account_id, creator_id) as name_count,
    creator_name <> 'unknown'
    and min(creator_id) over (partition by account_id, lower(creator_name))
    <> max(creator_id) over (partition by account_id, lower(creator_name)) as is_name_reused,
    batch_id,
    loaded_at
from {{ ref("int_clips__creator_names") }}
