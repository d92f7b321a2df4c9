{#-
    A clip's place by its views, from the fewest on, as a number: what has most views is then the highest number. An
    aggregate of numbers needs the same little memory for each of millions of groups, one of texts does not.
-#}
select
    clip_id,
    account_id,
    creator_id,
    game_id,
    clip_created_at,
    clip_date,
    view_count,
    case
        when view_count is not null and not is_deleted
        then row_number() over (order by view_count nulls first, clip_id)
    end as view_place,
    discord_shares,
    discord_reactions,
    batch_id,
    loaded_at
from {{ ref("dim_clips") }}
