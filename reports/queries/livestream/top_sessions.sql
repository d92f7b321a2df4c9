with
    ranked as (
        select *, rank() over (order by hours_watched desc nulls last) as place, count(*) over () as session_total
        from livestream.fct_stream_sessions
        where session_date between $month_from and $through_date
        qualify place <= 15
    )
select
    place,
    session_id,
    account_id,
    character_id,
    started_at,
    duration_seconds,
    case when is_live then 'live' when closed_by_rule then 'no end told' else 'ended' end as end_kind,
    viewer_average,
    viewer_peak,
    hours_watched,
    sample_coverage_ratio,
    interaction_count,
    super_chat_count,
    converted_amount,
    converted_currency,
    error_count,
    session_total
from ranked
order by place, session_id
limit 30
