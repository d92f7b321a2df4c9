with
    made as (
        select
            count(*) filter (where clip_date between $week_from and $through_date) as clips_week,
            count(*) filter (
                where clip_date between $week_before_from and $week_before_through
            ) as clips_week_before,
            count(distinct creator_id) filter (
                where clip_date between $week_from and $through_date
            ) as creators_week,
            count(distinct creator_id) filter (
                where clip_date between $week_before_from and $week_before_through
            ) as creators_week_before,
            count(distinct nullif(game_id, 'unknown')) filter (
                where clip_date between $week_from and $through_date
            ) as games_week,
            count(distinct nullif(game_id, 'unknown')) filter (
                where clip_date between $week_before_from and $week_before_through
            ) as games_week_before,
            count(*) as clips_total,
            count(distinct creator_id) as creators_total,
            count(distinct nullif(game_id, 'unknown')) as games_total,
            sum(view_count) as views_total
        from clips.dim_clips
    ),
    days as (
        select
            sum(views_gained) filter (where period_date between $week_from and $through_date) as views_week,
            -- views that nobody counted before are unknown, not 0
            case
                when min(period_date) filter (where views_gained is not null) <= $week_before_from
                then
                    sum(views_gained) filter (
                        where period_date between $week_before_from and $week_before_through
                    )
            end as views_week_before,
            coalesce(
                sum(discord_shares) filter (where period_date between $week_from and $through_date), 0
            ) as shares_week,
            coalesce(
                sum(discord_shares) filter (
                    where period_date between $week_before_from and $week_before_through
                ),
                0
            ) as shares_week_before,
            coalesce(
                sum(discord_reactions) filter (where period_date between $week_from and $through_date), 0
            ) as reactions_week,
            coalesce(
                sum(discord_reactions) filter (
                    where period_date between $week_before_from and $week_before_through
                ),
                0
            ) as reactions_week_before,
            coalesce(sum(discord_shares), 0) as shares_total,
            coalesce(sum(discord_reactions), 0) as reactions_total
        from clips.agg_engagement_timeline
        where period_type = 'day'
    )
select made.*, days.*
from made, days
