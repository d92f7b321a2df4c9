-- What happened in two of the domains, and two moments of each stream: paid for something, then watched more.
create table core.fct_activity as
select
    'social' as domain, event_id as activity_id, event_type as kind, user_id as person_id, null::varchar as account_id,
    platform as place, content_id as entity_id, session_key as session_id, occurred_at as started_at,
    occurred_at as ended_at, event_date as activity_date, 'events' as unit, 1::decimal(38, 6) as value, loaded_at
from social.fct_events
union all
select
    'livestream', session_id, 'stream', null, account_id, character_id, video_id, session_id, started_at, ended_at,
    session_date, 'hours watched', hours_watched::decimal(38, 6), loaded_at
from livestream.fct_stream_sessions;

create table core.agg_domains_daily as
select
    domain, activity_date, kind, count(*) as activity_count, count(distinct person_id) as person_count,
    count(distinct account_id) as account_count, max(loaded_at) as loaded_at
from core.fct_activity group by all;

create table core.agg_stream_moments as
with streams as (
    select 'livestream' as domain, session_id, account_id, started_at, loaded_at from livestream.fct_stream_sessions
    union all
    select 'channels', stream_id, account_id, started_at, loaded_at from channels.fct_stream_sessions
)
select
    domain, session_id, date_trunc('minute', started_at) + to_minutes(3 - r::int) as minute_at, account_id,
    3 - r as minute_of_session, r as moment_rank, case r when 1 then 'viewer_count' else 'super_chat_count' end as moment_measure,
    5.0::double - r as moment_score, case r when 1 then 'super_chat_count' end as cause_measure,
    case r when 1 then 3.0::double end as cause_score,
    case r when 1 then date_trunc('minute', started_at) + interval 1 minute end as cause_at,
    case r when 1 then 60.0::double end as lag_seconds, 90::bigint as viewer_count, case r when 1 then 4.0::double end as viewer_count_z,
    3::bigint as super_chat_count, case r when 2 then 3.0::double end as super_chat_count_z, 0::bigint as clip_count,
    null::double as clip_count_z, 0::bigint as interaction_count, null::double as interaction_count_z,
    0::bigint as error_count, null::double as error_count_z, 1::bigint as batch_id, loaded_at
from streams, range(1, 3) as ranks(r);
