-- All accounts together; a day without a fetch has no views gained, a day without a clip has 0 clips.
with
    dates as (
        select unnest(generate_series($month_from::date, $through_date::date, interval 1 day))::date as date
    ),
    happened as (
        select
            period_date as date,
            sum(clip_count) as clip_count,
            sum(views_gained) as views_gained,
            sum(discord_shares) as discord_shares,
            sum(discord_reactions) as discord_reactions
        from clips.agg_engagement_timeline
        where period_type = 'day' and period_date between $month_from and $through_date
        group by period_date
    )
select
    dates.date as activity_date,
    coalesce(happened.clip_count, 0) as clip_count,
    happened.views_gained,
    coalesce(happened.discord_shares, 0) as discord_shares,
    coalesce(happened.discord_reactions, 0) as discord_reactions
from dates
left join happened using (date)
where dates.date >= $first_date
order by dates.date
