{#- Every period of every cohort, also without revenue: a cumulative sum has no gaps. -#}
{%- set minimum = behavior_setting("minimum_people") %}
{%- set so_far = (
    "partition by retention_name, cohort_date, currency order by period rows unbounded preceding"
) %}

with
    cells as (
        select retention_name, interval, cohort_date, period, is_mature, cohort_size, loaded_at
        from {{ ref("int_behavior__retention_cells") }}
        where breakdown_value = '(all)'
    ),
    currencies as (select distinct retention_name, currency from {{ ref("int_behavior__cohort_revenue") }}),
    revenue as (
        select
            retention_name,
            cohort_date,
            period,
            currency,
            count(*) as payer_count,
            cast(sum(purchase_count) as bigint) as purchase_count,
            cast(sum(revenue_amount) as decimal(38, 6)) as revenue_amount,
            max(loaded_at) as loaded_at
        from {{ ref("int_behavior__cohort_revenue") }}
        group by retention_name, cohort_date, period, currency
    ),
    filled as (
        select
            c.retention_name,
            c.interval,
            c.cohort_date,
            c.period,
            u.currency,
            c.is_mature,
            c.cohort_size,
            coalesce(r.payer_count, 0) as payer_count,
            coalesce(r.purchase_count, 0) as purchase_count,
            r.revenue_amount as paid_amount,
            greatest(c.loaded_at, r.loaded_at) as loaded_at
        from cells as c
        inner join currencies as u on u.retention_name = c.retention_name
        left join
            revenue as r
            on r.retention_name = c.retention_name
            and r.cohort_date = c.cohort_date
            and r.period = c.period
            and r.currency = u.currency
    ),
    -- without a purchase the revenue is 0; where no purchase names an amount it is not known
    summed as (
        select
            *,
            case when purchase_count = 0 then 0 else paid_amount end as revenue_amount,
            case
                when sum(purchase_count) over ({{ so_far }}) = 0
                then 0
                else sum(paid_amount) over ({{ so_far }})
            end as cumulative_amount
        from filled
    )

select
    retention_name,
    interval,
    cohort_date,
    period,
    currency,
    cohort_size,
    is_mature,
    cohort_size < {{ minimum }} as is_withheld,
    {%- set shown = "case when is_mature and cohort_size >= " ~ minimum ~ " then " %}
    {{ shown }} payer_count end as payer_count,
    {{ shown }} purchase_count end as purchase_count,
    {{ shown }} cast(revenue_amount as decimal(38, 6)) end as revenue_amount,
    {{ shown }} cast(cumulative_amount as decimal(38, 6)) end as cumulative_revenue_amount,
    cast(
        {{ shown }} cast(cumulative_amount as double) / cohort_size end as decimal(38, 6)
    ) as value_per_person_amount,
    {{ newest_batch_id(ref("int_behavior__people")) }} as batch_id,
    loaded_at
from summed
