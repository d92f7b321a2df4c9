-- Means of fewer than $minimum_people viewers are withheld: they would tell what a single person did.
with
    content as (
        select
            content_type,
            content_id,
            sum(view_count) as view_count,
            sum(dwell_seconds) as dwell_seconds,
            sum(dwell_view_count) as dwell_view_count,
            sum(engagement_count) as engagement_count
        from social.agg_content_daily
        where event_date between $month_from and $through_date
        group by all
    ),
    ranked as (
        select *, rank() over (order by view_count desc) as place, count(*) over () as content_count
        from content
        where view_count > 0
        qualify place <= 15
    ),
    viewers as (
        select content_type, content_id, count(distinct user_id) as viewer_count
        from social.fct_events
        where event_type = 'view' and event_date between $month_from and $through_date
        group by all
    )
select
    ranked.place,
    ranked.content_type,
    ranked.content_id,
    ranked.view_count,
    coalesce(viewers.viewer_count, 0) as viewer_count,
    case
        when viewers.viewer_count >= $minimum_people
        then ranked.dwell_seconds / nullif(ranked.dwell_view_count, 0)
    end as mean_dwell_seconds,
    ranked.dwell_view_count,
    ranked.engagement_count,
    case
        when viewers.viewer_count >= $minimum_people
        then ranked.engagement_count / nullif(ranked.view_count, 0)
    end as engagement_per_view,
    ranked.content_count
from ranked
left join
    viewers
    on viewers.content_type is not distinct from ranked.content_type
    and viewers.content_id is not distinct from ranked.content_id
order by ranked.place, ranked.content_type, ranked.content_id
limit 30
