{#- As in agg_journey_paths, what few people took is one row. -#}
{%- set minimum = behavior_setting("minimum_people") %}
{%- set conversions = ref("int_behavior__conversions") %}

with
    days as (
        {%- for kind in ["observed", "reported"] %}
            select
                '{{ kind }}' as path_source,
                event_date,
                {{ kind }}_date_before as date_before,
                {{ kind }}_path as path,
                currency,
                count(*) as purchase_count,
                sum(amount) as revenue_amount,
                max(loaded_at) as loaded_at
            from {{ conversions }}
            where {{ kind }}_path <> ''
            group by
                event_date,
                {{ kind }}_date_before,
                {{ kind }}_path,
                currency
                {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    paths as (
        {%- for timeframe in journey_timeframes() %}
            {%- set period = timeframe_start("event_date", timeframe) %}
            select
                '{{ timeframe }}' as timeframe,
                {{ period }} as period_date,
                path_source,
                path,
                currency,
                cast(sum(purchase_count) as bigint) as purchase_count,
                {{ people_counted(timeframe, "event_date", "purchase_count") }} as people_count,
                cast(sum(revenue_amount) as decimal(38, 6)) as revenue_amount,
                max(loaded_at) as loaded_at
            from days
            group by {{ period }}, path_source, path, currency {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    few as (
        {%- for timeframe in journey_timeframes() %}
            {%- for kind in ["observed", "reported"] %}
                {%- set period = timeframe_start("b.event_date", timeframe) %}
                select
                    '{{ timeframe }}' as timeframe,
                    {{ period }} as period_date,
                    '{{ kind }}' as path_source,
                    b.currency,
                    b.person_id,
                    b.amount,
                    b.loaded_at
                from {{ conversions }} as b
                inner join
                    (
                        select period_date, path, currency
                        from paths
                        where
                            timeframe = '{{ timeframe }}'
                            and path_source = '{{ kind }}'
                            and people_count < {{ minimum }}
                    ) as p
                    on p.path = b.{{ kind }}_path
                    and p.currency = b.currency
                    {% if timeframe != "all_time" %} and p.period_date = {{ period }} {% endif %}
                    {{ "union all" if not loop.last }}
                {%- endfor %} {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    totals as (
        select
            timeframe,
            period_date,
            path_source,
            path,
            currency,
            purchase_count,
            people_count,
            revenue_amount,
            loaded_at
        from paths
        where people_count >= {{ minimum }}
        union all
        select
            timeframe,
            period_date,
            path_source,
            '{{ withheld_path() }}' as path,
            currency,
            count(*) as purchase_count,
            count(distinct person_id) as people_count,
            cast(sum(amount) as decimal(38, 6)) as revenue_amount,
            max(loaded_at) as loaded_at
        from few
        group by timeframe, period_date, path_source, currency
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
