-- By game, all accounts together; figures that the mart withholds stay out of mean and n.
with
    games as (
        select
            s.entity_id as game_id,
            sum(s.reaction_count) as reaction_count,
            sum(s.scored_count) filter (where s.sentiment is not null) as scored_count,
            sum(s.sentiment * s.scored_count)
            / sum(s.scored_count) filter (where s.sentiment is not null) as sentiment
        from clips.agg_reaction_sentiment as s
        where s.entity_type = 'game'
        group by s.entity_id
    ),
    names as (
        select game_id, any_value(game_name) as game_name
        from clips.dim_games
        where is_current
        group by game_id
    )
select
    game_id,
    -- Games without a name are told apart by their ids.
    coalesce(nullif(names.game_name, 'unknown'), 'unknown (' || nullif(game_id, 'unknown') || ')', 'unknown') as game_name,
    games.reaction_count,
    coalesce(games.scored_count, 0) as scored_count,
    games.sentiment
from games
left join names using (game_id)
order by games.reaction_count desc, game_id
limit 15
