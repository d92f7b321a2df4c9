{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="session_id",
        pre_hook="{{ clear_if_displaced(ref('stg_livestream__events')) }}",
    )
}}

{%- set resolved = ref("int_livestream__sessions_resolved") %}
{%- set since = last_batch_id(ref("stg_livestream__events")) %}

with
    payers as (
        select session_id, count(distinct user_id) as payer_count
        from {{ ref("fct_super_chats") }}
        group by session_id
    ),
    revenue as (
        select
            by_currency.session_id,
            max(p.payer_count) as payer_count,
            cast(sum(super_chat_count) as bigint) as super_chat_count,
            {{ json_object_of("currency", "cast(amount as string)") }} as super_chat_amounts,
            cast(sum(converted_amount) as decimal(38, 6)) as converted_amount,
            cast(sum(unconverted_count) as bigint) as unconverted_count
        from
            (
                select
                    session_id,
                    currency,
                    sum(super_chat_count) as super_chat_count,
                    cast(sum(amount) as decimal(38, 6)) as amount,
                    sum(converted_amount) as converted_amount,
                    sum(unconverted_count) as unconverted_count
                from {{ ref("int_livestream__revenue_by_session") }}
                group by session_id, currency
            ) as by_currency
        left join payers as p on p.session_id = by_currency.session_id
        group by by_currency.session_id
    ),
    {% if is_incremental() %}
        -- A rate that came later changes what old sessions earned.
        touched as (
            select c.session_id
            from {{ changed_sessions(since) }} as c
            union
            select t.session_id
            from {{ this }} as t
            left join revenue as r on r.session_id = t.session_id
            where
                coalesce(t.payer_count, 0) <> coalesce(r.payer_count, 0)
                or coalesce(t.super_chat_amounts, '{}') <> coalesce(r.super_chat_amounts, '{}')
                or coalesce(t.converted_amount, -1) <> coalesce(r.converted_amount, -1)
                or coalesce(t.unconverted_super_chat_count, 0) <> coalesce(r.unconverted_count, 0)
        ),
    {% endif %}
    sessions as (
        select *
        from {{ resolved }}
        {% if is_incremental() %} where session_id in (select t.session_id from touched as t) {% endif %}
    ),
    viewers as (
        select
            session_id,
            max(viewer_count) as viewer_peak,
            count(*) as viewer_sample_count,
            cast(sum(viewer_count) as bigint) as viewer_sum,
            cast(sum({{ covered_seconds() }}) as decimal(38, 6)) as covered_seconds,
            cast(sum({{ viewer_seconds() }}) as decimal(38, 6)) as viewer_seconds,
            max(case when is_reconstructed then 1 else 0 end) as is_reconstructed
        from {{ ref("int_livestream__samples_timed") }}
        where session_id in (select s.session_id from sessions as s)
        group by session_id
    ),
    interactions as (
        select session_id, count(distinct user_id) as user_count
        from {{ ref("fct_interactions") }}
        where session_id in (select s.session_id from sessions as s)
        group by session_id
    ),
    responses as (
        select
            session_id,
            count(*) as response_count,
            cast(sum(cast(response_seconds as decimal(18, 6))) as double) as response_seconds,
            {{ quantile("response_seconds", 0.5, [0.5, 0.9, 0.95]) }} as response_p50_seconds,
            {{ quantile("response_seconds", 0.9, [0.5, 0.9, 0.95]) }} as response_p90_seconds,
            {{ quantile("response_seconds", 0.95, [0.5, 0.9, 0.95]) }} as response_p95_seconds,
            count(*) filter (where {{ is_slow("response_seconds") }}) as slow_response_count
        from {{ ref("int_livestream__responses_measured") }}
        where session_id in (select s.session_id from sessions as s)
        group by session_id
    ),
    measured as (
        select
            s.*,
            {{ seconds_between("s.started_at", "s.closes_at") }} as open_seconds,
            coalesce(v.viewer_peak, s.told_viewer_peak) as viewer_peak,
            v.viewer_sample_count as sample_count,
            v.viewer_sum,
            v.covered_seconds,
            v.viewer_seconds,
            v.is_reconstructed,
            case
                when s.interaction_count > 0
                then s.interaction_count
                else
                    coalesce(
                        s.told_interaction_count, case when s.tracked_count > 0 then s.interaction_count end
                    )
            end as interactions,
            case
                when s.error_count > 0
                then s.error_count
                else coalesce(s.told_error_count, case when s.tracked_count > 0 then s.error_count end)
            end as errors,
            case
                when s.reconnect_count > 0
                then s.reconnect_count
                else
                    coalesce(s.told_reconnect_count, case when s.tracked_count > 0 then s.reconnect_count end)
            end as reconnects,
            coalesce(i.user_count, 0) as users,
            coalesce(r.payer_count, 0) as payers,
            p.response_count,
            p.response_seconds,
            p.response_p50_seconds,
            p.response_p90_seconds,
            p.response_p95_seconds,
            p.slow_response_count,
            coalesce(
                r.super_chat_count,
                case when s.interaction_count = 0 then s.told_super_chat_count end,
                case when s.tracked_count > 0 then 0 end
            ) as super_chats,
            r.super_chat_amounts,
            r.converted_amount,
            r.unconverted_count
        from sessions as s
        left join viewers as v on v.session_id = s.session_id
        left join interactions as i on i.session_id = s.session_id
        left join responses as p on p.session_id = s.session_id
        left join revenue as r on r.session_id = s.session_id
    )

select
    session_id,
    account_id,
    character_id,
    video_id,
    {{ reporting_date("started_at") }} as session_date,
    started_at,
    ended_at,
    open_seconds as duration_seconds,
    is_live,
    ended_at is null and not is_live as closed_by_rule,
    last_seen_at,
    -- viewers
    viewer_peak,
    {{ ratio("viewer_seconds", "covered_seconds") }} as viewer_average,
    {{ ratio("viewer_sum", "sample_count") }} as viewer_sample_mean,
    coalesce(sample_count, 0) as viewer_sample_count,
    cast(viewer_seconds as double) / 3600 as hours_watched,
    cast(coalesce(covered_seconds, 0) as double) as covered_seconds,
    {{ ratio("coalesce(covered_seconds, 0)", "open_seconds") }} as sample_coverage_ratio,
    coalesce(is_reconstructed, 0) = 1 as is_reconstructed,
    -- interactions
    interactions as interaction_count,
    {{ known_people("users", "interactions") }} as user_count,
    {{ ratio(known_people("users", "interactions"), ratio("viewer_seconds", "covered_seconds")) }}
    as engagement_ratio,
    {{ per_hour("interactions", "viewer_seconds") }} as interactions_per_viewer_hour,
    -- revenue
    super_chats as super_chat_count,
    {{ known_people("payers", "super_chats") }} as payer_count,
    super_chat_amounts,
    converted_amount,
    {{ reporting_currency() }} as converted_currency,
    coalesce(unconverted_count, 0) as unconverted_super_chat_count,
    {{ per_hour("converted_amount", "viewer_seconds") }} as converted_amount_per_hour_watched,
    -- responses
    coalesce(response_count, 0) as response_count,
    {{ ratio("response_seconds", "response_count") }} as response_mean_seconds,
    response_p50_seconds,
    response_p90_seconds,
    response_p95_seconds,
    {{ ratio("slow_response_count", "response_count") }} as slow_response_ratio,
    -- technical
    errors as error_count,
    reconnects as reconnect_count,
    {{ ratio("errors", "interactions") }} * 100 as errors_per_100_interactions,
    {{ per_hour("reconnects", "open_seconds") }} as reconnects_per_hour,
    -- what the app told itself
    is_told_by_document is not null and is_told_by_document as has_document,
    tracked_count as event_count,
    told_duration_seconds as reported_duration_seconds,
    told_viewer_peak as reported_viewer_peak,
    told_viewer_average as reported_viewer_average,
    told_interaction_count as reported_interaction_count,
    told_super_chat_count as reported_super_chat_count,
    told_super_chat_amount as reported_super_chat_amount,
    told_response_seconds as reported_response_mean_seconds,
    told_error_count as reported_error_count,
    told_reconnect_count as reported_reconnect_count,
    {{ newest_batch_id(resolved) }} as batch_id,
    loaded_at
from measured
