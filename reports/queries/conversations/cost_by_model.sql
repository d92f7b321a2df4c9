-- Seven models at most, so that the colours stay apart; the rest are added up.
with
    daily as (
        -- The mart's word for requests that name no model is not the page's.
        select activity_date, coalesce(nullif(model, 'unknown'), 'not stated') as model, cost_usd, request_count
        from conversations.agg_models_daily
        where activity_date between $month_from and $through_date
    ),
    ranked as (
        select model, row_number() over (order by sum(cost_usd) desc nulls last, model) as place
        from daily
        group by model
    )
select
    daily.activity_date,
    case when ranked.place <= 7 then daily.model else 'other models' end as model,
    sum(daily.cost_usd) as cost_usd,
    sum(daily.request_count) as request_count,
    least(min(ranked.place), 8) as place
from daily
join ranked using (model)
group by all
order by daily.activity_date, place
