{#- As in agg_journey_paths, what few people took is one row. -#}
{%- set minimum = behavior_setting("minimum_people") %}

with
    purchases as (
        {%- for timeframe in journey_timeframes() %}
            {%- for kind in ["observed", "reported"] %}
                select
                    '{{ timeframe }}' as timeframe,
                    {{ timeframe_start("event_date", timeframe) }} as period_date,
                    '{{ kind }}' as path_source,
                    {{ kind }}_path as path,
                    currency,
                    person_id,
                    amount,
                    loaded_at
                from {{ ref("int_behavior__conversions") }}
                where {{ kind }}_path is not null and {{ kind }}_path <> ''
                union all
            {%- endfor %}
        {%- endfor %}
        select
            cast(null as varchar) as timeframe,
            cast(null as date) as period_date,
            cast(null as varchar) as path_source,
            cast(null as varchar) as path,
            cast(null as varchar) as currency,
            cast(null as varchar) as person_id,
            cast(null as decimal(38, 6)) as amount,
            cast(null as timestamp) as loaded_at
        where false
    ),
    paths as (
        select timeframe, period_date, path_source, path, currency
        from purchases
        group by timeframe, period_date, path_source, path, currency
        having count(distinct person_id) >= {{ minimum }}
    ),
    totals as (
        select
            b.timeframe,
            b.period_date,
            b.path_source,
            coalesce(p.path, '{{ withheld_path() }}') as path,
            b.currency,
            count(*) as purchase_count,
            count(distinct b.person_id) as people_count,
            cast(sum(b.amount) as decimal(38, 6)) as revenue_amount,
            max(b.loaded_at) as loaded_at
        from purchases as b
        left join
            paths as p
            on p.timeframe = b.timeframe
            and p.period_date is not distinct from b.period_date
            and p.path_source = b.path_source
            and p.path = b.path
            and p.currency = b.currency
        group by
            b.timeframe, b.period_date, b.path_source, coalesce(p.path, '{{ withheld_path() }}'), b.currency
    )

select
    timeframe,
    period_date,
    path_source,
    path,
    currency,
    purchase_count,
    people_count,
    case when people_count >= {{ minimum }} then revenue_amount end as revenue_amount,
    {{
        ratio(
            "purchase_count",
            "sum(purchase_count) over (partition by timeframe, period_date, path_source, currency)",
        )
    }} as purchase_share_ratio,
    people_count < {{ minimum }} as is_withheld,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from totals
