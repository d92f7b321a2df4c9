{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["activity_date", "account_id", "character_id"],
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events')) }}",
            "{{ delete_outdated_characters('activity_date') }}",
        ],
    )
}}

{%- set activity = ref("int_livestream__activity_hourly") %}
{%- set since = last_batch_id(ref("stg_livestream__events")) %}
{%- set revenue_columns = [
    "super_chat_count",
    "payer_count",
    "repeat_payer_count",
    "converted_amount",
    "unconverted_super_chat_count",
] %}

with
    -- Small, and a rate or an earlier payment that came later changes old dates: summed whole and compared.
    revenue as (
        select
            paid_date as activity_date,
            account_id,
            character_id,
            cast(sum(super_chat_count) as bigint) as super_chat_count,
            count(distinct user_id) as payer_count,
            count(distinct case when payment_number > 1 then user_id end) as repeat_payer_count,
            cast(sum(converted_amount) as decimal(38, 6)) as converted_amount,
            cast(sum(unconverted_count) as bigint) as unconverted_super_chat_count,
            max(loaded_at) as loaded_at
        from {{ ref("int_livestream__revenue_dated") }}
        group by paid_date, account_id, character_id
    ),
    {% if is_incremental() %}
        touched as (
            {{ touched_characters("activity_date", since) }}
            union
            select
                coalesce(r.activity_date, t.activity_date),
                coalesce(r.account_id, t.account_id),
                coalesce(r.character_id, t.character_id)
            from revenue as r
            full outer join
                {{ this }} as t
                on t.activity_date = r.activity_date
                and t.account_id = r.account_id
                and t.character_id = r.character_id
            where
                {% for column in revenue_columns %}
                    coalesce(t.{{ column }}, {{ "-1" if column == "converted_amount" else "0" }})
                    <> coalesce(r.{{ column }}, {{ "-1" if column == "converted_amount" else "0" }})
                    {{ "or" if not loop.last }}
                {% endfor %}
        ),
    {% endif %}
    days as (
        select
            a.activity_date,
            a.account_id,
            a.character_id,
            {{ character_measures() }},
            max(loaded_at) as loaded_at
        from {{ activity }} as a {{ join_counted_sessions("a") }}
        {% if is_incremental() %}
            inner join
                touched as t
                on t.activity_date = a.activity_date
                and t.account_id = a.account_id
                and t.character_id = a.character_id
        {% endif %}
        group by a.activity_date, a.account_id, a.character_id
    )

select
    d.activity_date,
    d.account_id,
    d.character_id,
    d.session_count,
    d.streamed_seconds,
    d.viewer_peak,
    d.viewer_average,
    d.viewer_sample_mean,
    d.viewer_sample_count,
    d.hours_watched,
    d.covered_seconds,
    d.sample_coverage_ratio,
    d.interaction_count,
    d.user_count,
    d.engagement_ratio,
    d.interactions_per_viewer_hour,
    coalesce(r.super_chat_count, 0) as super_chat_count,
    {{ known_people("coalesce(r.payer_count, 0)", "coalesce(r.super_chat_count, 0)") }} as payer_count,
    {{
        known_people(
            "coalesce(r.payer_count, 0)",
            "coalesce(r.super_chat_count, 0)",
            "coalesce(r.repeat_payer_count, 0)",
        )
    }} as repeat_payer_count,
    r.converted_amount,
    {{ reporting_currency() }} as converted_currency,
    coalesce(r.unconverted_super_chat_count, 0) as unconverted_super_chat_count,
    {{ ratio("r.converted_amount", "d.hours_watched") }} as converted_amount_per_hour_watched,
    d.error_count,
    d.reconnect_count,
    {{ newest_batch_id(activity) }} as batch_id,
    greatest(d.loaded_at, r.loaded_at) as loaded_at
from days as d
left join
    revenue as r
    on r.activity_date = d.activity_date
    and r.account_id = d.account_id
    and r.character_id = d.character_id
