{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        unique_key=["timeframe", "period_date", "content_type", "content_id"],
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_social__events')) }}",
            "{{ delete_touched_content() }}",
        ],
    )
}}

{%- set since = last_dwell_batch_id(ref("stg_social__events"), dwell_content_key()) %}
{%- set touched = touched_content(since) %}
{%- set minimum = behavior_setting("minimum_people") %}

with
    totals as (
        {%- for timeframe in journey_timeframes() %}
            {%- set period = timeframe_start("dwell_date", timeframe) %}
            select
                '{{ timeframe }}' as timeframe,
                {{ period }} as period_date,
                content_type,
                content_id,
                count(*) as visit_count,
                count(distinct visitor_key) as people_count,
                cast(sum(cast(dwell_seconds as decimal(18, 6))) as double) as dwell_seconds,
                {{ quantile("dwell_seconds", 0.5, [0.5, 0.9]) }} as median_dwell_seconds,
                {{ quantile("dwell_seconds", 0.9, [0.5, 0.9]) }} as p90_dwell_seconds,
                max(loaded_at) as loaded_at
            from {{ ref("fct_dwell") }}
            {% if since != "0" %}
                where
                    ({{ dwell_cell(timeframe, period) }})
                    in (select {{ dwell_cell(timeframe, period) }} from {{ touched }} as t)
            {% endif %}
            group by
                {{
                    (
                        ["content_type", "content_id"] + ([] if timeframe == "all_time" else [period])
                    ) | join(", ")
                }}
                {{ "union all" if not loop.last }}
        {%- endfor %}
    )

select
    timeframe,
    period_date,
    content_type,
    content_id,
    visit_count,
    people_count,
    {%- set shown = "case when people_count >= " ~ minimum ~ " then " %}
    {{ shown }} dwell_seconds end as dwell_seconds,
    {{ shown }} dwell_seconds / visit_count end as mean_dwell_seconds,
    {{ shown }} median_dwell_seconds end as median_dwell_seconds,
    {{ shown }} p90_dwell_seconds end as p90_dwell_seconds,
    people_count < {{ minimum }} as is_withheld,
    '{{ dwell_content_key() }}' as definition_key,
    {{ newest_batch_id(ref("fct_dwell")) }} as batch_id,
    loaded_at
from totals
