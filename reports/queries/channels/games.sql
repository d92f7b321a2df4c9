with
    games as (
        select
            game_id,
            max(game_name) as game_name,
            count(distinct account_id) as channel_count,
            count(distinct stream_date) as day_count,
            sum(hours_streamed) as hours_streamed,
            sum(hours_watched) as hours_watched,
            sum(hours_watched) / nullif(sum(covered_seconds) / 3600, 0) as average_viewers,
            sum(followers_gained) as followers_gained
        from channels.agg_channel_games_daily
        where stream_date between $month_from and $through_date
        group by game_id
    )
select
    rank() over (order by hours_streamed desc) as place,
    game_id,
    case
        game_name
        when 'unknown'
        then 'unknown (' || game_id || ')'
        when 'none'
        then 'no category'
        else game_name
    end as game_name,
    channel_count,
    day_count,
    hours_streamed,
    hours_watched,
    average_viewers,
    followers_gained,
    count(*) over () as game_count
from games
qualify place <= 12
order by place, game_id
