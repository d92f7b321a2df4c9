-- What is collected of an account, as the overview of a dashboard asks for it.
with
    clips as (
        select
            account_id,
            count(*) as total_clips,
            count(view_count) as viewed_clip_count,
            cast(sum(view_count) as bigint) as total_views,
            count(distinct creator_id) as unique_creators,
            count(distinct nullif(game_id, 'unknown')) as unique_games,
            count(*) filter (where is_deleted) as deleted_clip_count,
            cast(sum(discord_shares) as bigint) as discord_shares,
            cast(sum(discord_shares_by_creator) as bigint) as discord_shares_by_creator,
            cast(sum(discord_reactions) as bigint) as discord_reactions,
            min(clip_date) as first_clip_date,
            max(clip_date) as last_clip_date,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ ref("dim_clips") }}
        group by account_id
    ),
    {% for entity in ["creator", "game"] %}
        {{ entity }}s as (
            select
                account_id,
                {{ entity }}_id,
                {{ entity }}_name,
                clip_count,
                -- Of several with as many clips the one with more views, then the lower id.
                row_number() over (
                    partition by account_id
                    order by clip_count desc, total_views desc nulls last, {{ entity }}_id
                ) as place
            from {{ ref("agg_" ~ entity ~ "s_period") }}
            where period_type = 'all_time' and {{ entity }}_id <> 'unknown'
        )
        {{ "," if not loop.last }}
    {% endfor %}

select
    c.account_id,
    c.total_clips,
    c.viewed_clip_count,
    c.total_views,
    c.unique_creators,
    c.unique_games,
    c.deleted_clip_count,
    c.discord_shares,
    c.discord_shares_by_creator,
    c.discord_reactions,
    c.first_clip_date,
    c.last_clip_date,
    g.game_id as top_game_id,
    g.game_name as top_game_name,
    g.clip_count as top_game_clip_count,
    p.creator_id as top_creator_id,
    p.creator_name as top_creator_name,
    p.clip_count as top_creator_clip_count,
    a.as_of_at,
    c.batch_id,
    c.loaded_at
from clips as c
left join games as g on g.account_id = c.account_id and g.place = 1
left join creators as p on p.account_id = c.account_id and p.place = 1
cross join {{ ref("int_clips__as_of") }} as a
