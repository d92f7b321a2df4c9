-- The exact answers of the livestream marts, from the generator's own sessions and from the world's live chats.
-- Each statement below a `-- mart:` line becomes truth/<name>.parquet.

create table truth_streams as
with seen as (
    select session_number, started_at as moment from stream_sessions where has_start
    union all select session_number, sampled_at from stream_samples
    union all select session_number, interacted_at from stream_interactions
    union all select session_number, happened_at from stream_faults
),
ends as (select session_number, min(moment) as first_at, max(moment) as last_at from seen group by all)
select
    s.* exclude (started_at, ended_at, account_id),
    coalesce(s.account_id, s.character_id) as account_id,
    -- An end tells the start by its duration; a start that nothing tells is the first event.
    case when form <> 'events' or has_start or not (has_no_end or is_live) then s.started_at else first_at end as started_at,
    case when not has_no_end and not is_live then s.ended_at end as ended_at,
    case when not has_no_end and not is_live then s.ended_at else last_at + interval 1 minute end as closes_at,
    form <> 'events' or repeats_stats as tells_stats
from stream_sessions as s
left join ends using (session_number)
;
create table truth_samples as
select
    *,
    epoch_us(greatest(sampled_at, least(coalesce(next_at, closes_at), closes_at, sampled_at + interval 2 minute)))
    - epoch_us(sampled_at) as stands_us
from (
    select
        v.session_number, t.account_id, t.character_id, v.sampled_at, v.viewer_count, t.closes_at,
        lead(v.sampled_at) over (partition by v.session_number order by v.sampled_at) as next_at
    from stream_samples as v join truth_streams as t using (session_number)
)
;
-- what a sample stands for, cut at the full minutes
create table truth_watched as
select
    session_number, account_id, character_id, minute_at, viewer_count, n = 0 as is_own,
    (least(epoch_us(sampled_at) + stands_us, epoch_us(minute_at) + 60000000) - greatest(epoch_us(sampled_at), epoch_us(minute_at))) / 1000000.0 as seconds
from (select *, date_trunc('minute', sampled_at) + to_minutes(n::int) as minute_at from truth_samples, range(4) as r(n))
where n = 0 or epoch_us(minute_at) < epoch_us(sampled_at) + stands_us
;
create table truth_interactions as
select i.*, t.session_id, t.account_id, t.character_id, t.video_id, reporting_date(interacted_at) as interaction_date
from stream_interactions as i join truth_streams as t using (session_number)
where t.has_events
;
-- What documents alone tell counts at the start.
create table truth_told as
select t.session_number, t.account_id, t.character_id, t.started_at, p.total, p.super_chats, p.revenue, p.errors, p.reconnects
from truth_streams as t join stream_stats as p using (session_number)
where not t.has_events
;
create table truth_faults as
select session_number, account_id, character_id, happened_at, (kind = 'error')::int as errors, (kind = 'reconnect')::int as reconnects
from stream_faults join truth_streams using (session_number) where has_events
union all
select session_number, account_id, character_id, started_at, errors, reconnects from truth_told
;
create table truth_responses as
select session_number, account_id, character_id, reporting_date(case when has_events then interacted_at else started_at end) as response_date,
    response_ms / 1000.0 as seconds
from stream_interactions join truth_streams using (session_number) where response_ms > 0
;
create table truth_payments as
with paid as (
    select
        'livestream' as platform, 'super_chat' as kind, session_number, session_id, video_id, account_id, character_id,
        user_id, interacted_at as paid_at, super_chat_amount as amount, coalesce(currency, 'XXX') as currency, null::varchar as message_id
    from truth_interactions
    where super_chat_amount > 0 and video_id is null
    union all
    select
        'youtube', case when m.type = 'superStickerEvent' then 'super_sticker' else 'super_chat' end, t.session_number, t.session_id,
        t.video_id, t.account_id, t.character_id, coalesce(i.user_id, m.author_id), m.published_at,
        (m.amount_micros / 1000000)::decimal(18, 6), m.currency, 'Ch' || m.message_id[7:]
    from world.youtube_messages as m
    join world.youtube_videos as v using (live_chat_id)
    join truth_streams as t on t.session_id = v.session_id
    left join truth_interactions as i on i.interaction_id in (m.message_id, 'Ch' || m.message_id[7:])
    where m.amount_micros is not null
)
select
    *, reporting_date(paid_at) as paid_date,
    row_number() over (partition by account_id, user_id order by paid_at, message_id) as payment_number
from paid
;
create table truth_converted as
select
    p.*,
    case when p.currency = 'EUR' then p.amount else (p.amount::double / r.per_euro::double)::decimal(18, 6) end as converted_amount,
    case when p.currency = 'EUR' then false else r.rate_date <> p.paid_date end as is_rate_filled
from truth_payments as p
asof left join (select rate_date, currency, per_euro from simulated_rates_by_currency where per_euro is not null) as r
    on r.currency = p.currency and r.rate_date <= p.paid_date
;
update truth_converted set converted_amount = null, is_rate_filled = null
where currency <> 'EUR' and not exists (
    select 1 from simulated_rates_by_currency as r
    where r.currency = truth_converted.currency and r.per_euro is not null and r.rate_date between truth_converted.paid_date - 7 and truth_converted.paid_date
)
;
create table truth_revenue as
select session_number, account_id, character_id, paid_date, currency, user_id, payment_number, 1 as chats, amount, converted_amount, coalesce(is_rate_filled, false) as is_filled
from truth_converted
union all
select session_number, account_id, character_id, reporting_date(started_at), 'XXX', null, null, super_chats, revenue, null, false
from truth_told where revenue > 0
;

-- what the hourly and the daily mart add up, by minute
create table truth_activity_streams as
select account_id, character_id, minute_at as moment, is_own::int as samples, viewer_count as viewers, case when is_own then viewer_count else 0 end as sampled, seconds, 0 as interactions, null as user_id, 0 as sessions, 0 as errors, 0 as reconnects
from truth_watched
union all select account_id, character_id, interacted_at, 0, null, 0, 0, 1, user_id, 0, 0, 0 from truth_interactions
union all select account_id, character_id, started_at, 0, null, 0, 0, total, null, 0, 0, 0 from truth_told
union all select account_id, character_id, started_at, 0, null, 0, 0, 0, null, 1, 0, 0 from truth_streams
union all select account_id, character_id, happened_at, 0, null, 0, 0, 0, null, 0, errors, reconnects from truth_faults
;
create table truth_open as
select account_id, character_id, hour_start(minute_at) as hour_at, reporting_date(minute_at) as date,
    sum(epoch(least(closes_at, minute_at + interval 1 minute) - greatest(started_at, minute_at))) as open_seconds,
    -- Its people are unknown all the while, though the count of its interactions stands at the start.
    bool_or(session_number in (select session_number from truth_told where total > 0)) as is_counted
from (
    select *, unnest(generate_series(date_trunc('minute', started_at), closes_at, interval 1 minute)) as minute_at from truth_streams
)
group by all
;

-- mart: livestream.fct_interactions
select
    interaction_id, session_id, account_id, character_id, user_id, interacted_at, interaction_date, super_chat_amount,
    case when super_chat_amount > 0 then coalesce(currency, 'XXX') end as currency,
    case when response_ms > 0 then response_ms / 1000.0::double end as response_seconds, emotion
from truth_interactions
order by all
;

-- mart: livestream.fct_faults
-- without error_message: it loses what could be an address or a key
select
    t.session_id, t.account_id, t.character_id, f.kind,
    case f.kind when 'error' then ['timeout', 'overload'][f.place % 2 + 1] end as error_type, f.component,
    f.happened_at, reporting_date(f.happened_at) as fault_date
from stream_faults as f join truth_streams as t using (session_number)
where t.has_events
order by all
;

-- mart: livestream.fct_super_chats
-- without user_id: YouTube's authors are hashed with the warehouse's own key
select
    platform, kind, session_id, video_id, account_id, character_id, paid_at, paid_date, amount, currency, converted_amount, 'EUR' as converted_currency, is_rate_filled,
    converted_amount is null as is_rate_missing, case when user_id is not null then payment_number end as payment_number
from truth_converted
order by all
;

-- mart: livestream.fct_stream_sessions
with viewers as (
    select
        session_number, max(viewer_count) as peak, count(*) as n, sum(viewer_count)::double / count(*) as mean,
        sum(stands_us)::double / 1000000 as covered, sum(viewer_count * stands_us::hugeint)::double / 1000000 as watched
    from truth_samples group by all
),
people as (
    select session_number, count(*) as interactions, count(distinct user_id) as users from truth_interactions group by all
),
faults as (select session_number, sum(errors)::bigint as errors, sum(reconnects)::bigint as reconnects from truth_faults group by all),
responses as (
    select session_number, count(*) as n, sum(seconds)::double / count(*) as mean, quantile_cont(seconds::double, 0.5) as p50,
        quantile_cont(seconds::double, 0.9) as p90, quantile_cont(seconds::double, 0.95) as p95, avg((seconds > 5)::int) as slow
    from truth_responses group by all
),
revenue as (
    select session_number, sum(chats)::bigint as chats, count(distinct user_id) as payers, sum(converted_amount)::decimal(38, 6) as converted,
        coalesce(sum(chats) filter (converted_amount is null), 0)::bigint as unconverted
    from truth_revenue group by all
),
amounts as (
    select session_number, '{' || string_agg('"' || currency || '":"' || amount || '"', ',' order by currency) || '}' as amounts
    from (select session_number, currency, sum(amount)::decimal(38, 6) as amount from truth_revenue group by all) group by all
)
select
    session_id, t.account_id, t.character_id, video_id, reporting_date(started_at) as session_date, started_at, ended_at,
    epoch(closes_at - started_at)::double as duration_seconds, is_live, has_no_end as closed_by_rule,
    v.peak as viewer_peak, v.watched / v.covered as viewer_average, v.mean as viewer_sample_mean, coalesce(v.n, 0) as viewer_sample_count,
    v.watched / 3600 as hours_watched, coalesce(v.covered, 0) as covered_seconds,
    coalesce(v.covered, 0) / epoch(closes_at - started_at) as sample_coverage_ratio,
    not has_events and v.n is not null as is_reconstructed,
    coalesce(i.interactions, case when has_events then 0 else p.total end) as interaction_count,
    -- Of interactions that nobody is named for the people are unknown.
    case when i.users > 0 or interaction_count = 0 then coalesce(i.users, 0) end as user_count,
    user_count / (v.watched / v.covered) as engagement_ratio,
    coalesce(i.interactions, case when has_events then 0 else p.total end) / nullif(v.watched / 3600, 0) as interactions_per_viewer_hour,
    coalesce(r.chats, case when has_events then 0 else p.super_chats end) as super_chat_count,
    a.amounts as super_chat_amounts, r.converted as converted_amount, coalesce(r.unconverted, 0) as unconverted_super_chat_count,
    r.converted::double / nullif(v.watched / 3600, 0) as converted_amount_per_hour_watched,
    coalesce(q.n, 0) as response_count, q.mean as response_mean_seconds, q.p50 as response_p50_seconds, q.p90 as response_p90_seconds,
    q.p95 as response_p95_seconds, q.slow as slow_response_ratio,
    coalesce(f.errors, 0) as error_count, coalesce(f.reconnects, 0) as reconnect_count,
    100.0 * coalesce(f.errors, 0) / nullif(coalesce(i.interactions, case when has_events then 0 else p.total end), 0) as errors_per_100_interactions,
    coalesce(f.reconnects, 0) / (epoch(closes_at - started_at) / 3600) as reconnects_per_hour,
    form <> 'events' as has_document,
    case when tells_stats then p.peak end as reported_viewer_peak, case when tells_stats then p.total end as reported_interaction_count,
    case when tells_stats then p.errors end as reported_error_count,
    case when tells_stats then p.revenue::decimal(18, 6) end as reported_super_chat_amount
from truth_streams as t
join stream_stats as p using (session_number)
left join viewers as v using (session_number)
left join people as i using (session_number)
left join faults as f using (session_number)
left join responses as q using (session_number)
left join revenue as r using (session_number)
left join amounts as a using (session_number)
order by all
;

-- mart: livestream.agg_session_minutes
with minutes as (
    select session_number, minute_at, max(viewer_count) as peak, count(*) filter (is_own) as n,
        coalesce(sum(viewer_count) filter (is_own), 0) as sampled, sum(seconds) as covered, sum(viewer_count * seconds) as watched,
        0 as interactions, 0 as chats, 0 as errors, 0 as reconnects
    from truth_watched group by all
    union all
    select session_number, date_trunc('minute', interacted_at), null, 0, 0, 0, 0, count(*), 0, 0, 0
    from truth_interactions group by all
    union all
    select session_number, date_trunc('minute', p.paid_at), null, 0, 0, 0, 0, 0, count(*), 0, 0
    from truth_payments as p join truth_streams as t using (session_number)
    where p.platform = 'livestream' or p.paid_at between t.started_at and t.closes_at
    group by all
    union all
    select session_number, date_trunc('minute', happened_at), null, 0, 0, 0, 0, 0, 0, sum(errors), sum(reconnects)
    from truth_faults join truth_streams using (session_number) where has_events group by all
)
select
    t.session_id, m.minute_at, t.account_id, t.character_id, reporting_date(m.minute_at) as activity_date,
    (sum(m.watched) / nullif(sum(m.covered), 0))::double as viewer_average, max(m.peak) as viewer_peak, sum(m.n)::bigint as viewer_sample_count,
    sum(m.sampled)::bigint as viewer_sum,
    sum(m.covered)::double as covered_seconds, sum(m.interactions)::bigint as interaction_count, sum(m.chats)::bigint as super_chat_count,
    sum(m.errors)::bigint as error_count, sum(m.reconnects)::bigint as reconnect_count
from minutes as m join truth_streams as t using (session_number)
group by all
order by all
;

-- mart: livestream.agg_characters_hourly
with sums as (
    select
        hour_start(moment) as hour_at, account_id, character_id, max(viewers) as peak, sum(samples)::bigint as n, sum(sampled)::double as sampled,
        sum(seconds)::double as covered, sum(viewers * seconds)::double as watched, sum(interactions)::bigint as interactions,
        count(distinct user_id) as users, sum(sessions)::bigint as sessions, sum(errors)::bigint as errors, sum(reconnects)::bigint as reconnects
    from truth_activity_streams group by all
)
select
    hour_at, reporting_date(hour_at) as activity_date, hour(local_time(hour_at))::bigint as hour_of_day, account_id, character_id,
    coalesce(sessions, 0) as session_count, coalesce(open_seconds, 0)::double as streamed_seconds, peak as viewer_peak,
    watched / nullif(covered, 0) as viewer_average, sampled / nullif(n, 0) as viewer_sample_mean, coalesce(n, 0) as viewer_sample_count,
    coalesce(watched, 0) / 3600 as hours_watched, coalesce(covered, 0) as covered_seconds,
    coalesce(interactions, 0) as interaction_count,
    case when users > 0 or interaction_count = 0 and not is_counted then coalesce(users, 0) end as user_count, coalesce(errors, 0) as error_count,
    coalesce(reconnects, 0) as reconnect_count
from sums
full join (select hour_at, account_id, character_id, sum(open_seconds) as open_seconds, bool_or(is_counted) as is_counted from truth_open group by all) using (hour_at, account_id, character_id)
order by all
;

-- mart: livestream.agg_characters_daily
with sums as (
    select
        reporting_date(moment) as activity_date, account_id, character_id, max(viewers) as peak, sum(samples)::bigint as n, sum(sampled)::double as sampled,
        sum(seconds)::double as covered, sum(viewers * seconds)::double as watched, sum(interactions)::bigint as interactions,
        count(distinct user_id) as users, sum(sessions)::bigint as sessions, sum(errors)::bigint as errors, sum(reconnects)::bigint as reconnects
    from truth_activity_streams group by all
),
open as (select date as activity_date, account_id, character_id, sum(open_seconds) as open_seconds, bool_or(is_counted) as is_counted from truth_open group by all),
revenue as (
    select
        paid_date as activity_date, account_id, character_id, sum(chats)::bigint as chats, count(distinct user_id) as payers,
        count(distinct user_id) filter (payment_number > 1) as repeat_payers, sum(converted_amount)::decimal(38, 6) as converted,
        coalesce(sum(chats) filter (converted_amount is null), 0)::bigint as unconverted
    from truth_revenue group by all
)
select
    activity_date, account_id, character_id, coalesce(sessions, 0) as session_count, coalesce(open_seconds, 0)::double as streamed_seconds, peak as viewer_peak,
    watched / nullif(covered, 0) as viewer_average, sampled / nullif(n, 0) as viewer_sample_mean, coalesce(n, 0) as viewer_sample_count,
    coalesce(watched, 0) / 3600 as hours_watched, coalesce(covered, 0) as covered_seconds,
    coalesce(covered, 0) / nullif(open_seconds, 0) as sample_coverage_ratio,
    coalesce(interactions, 0) as interaction_count,
    case when users > 0 or interaction_count = 0 and not is_counted then coalesce(users, 0) end as user_count,
    user_count / nullif(watched / nullif(covered, 0), 0) as engagement_ratio,
    coalesce(interactions, 0) / nullif(watched / 3600, 0) as interactions_per_viewer_hour,
    coalesce(chats, 0) as super_chat_count, case when payers > 0 or super_chat_count = 0 then coalesce(payers, 0) end as payer_count,
    case when payers > 0 or super_chat_count = 0 then coalesce(repeat_payers, 0) end as repeat_payer_count,
    converted as converted_amount, 'EUR' as converted_currency, coalesce(unconverted, 0) as unconverted_super_chat_count,
    converted::double / nullif(watched / 3600, 0) as converted_amount_per_hour_watched,
    coalesce(errors, 0) as error_count, coalesce(reconnects, 0) as reconnect_count
from sums
full join open using (activity_date, account_id, character_id)
left join revenue using (activity_date, account_id, character_id)
order by all
;

-- mart: livestream.agg_revenue_daily
with payers as (
    select paid_date, account_id, character_id, currency, user_id, sum(amount) as amount, max(payment_number) as payments
    from truth_revenue where user_id is not null group by all
),
people as (
    select paid_date, account_id, character_id, currency, count(*) as payers, count(*) filter (payments > 1) as repeat_payers, max(amount) as most
    from payers group by all
)
select
    paid_date as revenue_date, account_id, character_id, currency, sum(chats)::bigint as super_chat_count, sum(amount)::decimal(38, 6) as amount,
    sum(converted_amount)::decimal(38, 6) as converted_amount, count(*) filter (is_filled and converted_amount is not null) as filled_rate_count,
    coalesce(sum(chats) filter (converted_amount is null), 0)::bigint as unconverted_super_chat_count,
    any_value(payers) as payer_count, any_value(repeat_payers) as repeat_payer_count,
    any_value(most)::double / sum(amount)::double as top_payer_share_ratio
from truth_revenue left join people using (paid_date, account_id, character_id, currency)
group by all
order by all
;

-- mart: livestream.agg_response_quality
with responses as (
    select response_date as activity_date, account_id, character_id, count(*) as n, sum(seconds)::double / count(*) as mean,
        quantile_cont(seconds::double, 0.5) as p50, quantile_cont(seconds::double, 0.9) as p90, quantile_cont(seconds::double, 0.95) as p95,
        avg((seconds > 5)::int) as slow
    from truth_responses group by all
),
emotions as (
    select interaction_date as activity_date, account_id, character_id, sum(n)::bigint as n,
        '{' || string_agg('"' || emotion || '":' || n, ',' order by emotion) || '}' as mix
    from (select interaction_date, account_id, character_id, emotion, count(*) as n from truth_interactions where emotion is not null group by all)
    group by all
)
select
    d.activity_date, d.account_id, d.character_id, coalesce(r.n, 0) as response_count, r.mean as response_mean_seconds, r.p50 as response_p50_seconds,
    r.p90 as response_p90_seconds, r.p95 as response_p95_seconds, r.slow as slow_response_ratio, d.interaction_count, d.error_count,
    100.0 * d.error_count / nullif(d.interaction_count, 0) as errors_per_100_interactions, d.reconnect_count,
    d.reconnect_count / nullif(d.streamed_seconds / 3600, 0) as reconnects_per_hour, coalesce(e.n, 0) as emotion_interaction_count, e.mix as emotion_counts
from "livestream.agg_characters_daily" as d
left join responses as r using (activity_date, account_id, character_id)
left join emotions as e using (activity_date, account_id, character_id)
order by all
;

-- mart: livestream.dim_characters
select
    account_id, character_id, min(started_at) as first_started_at, max(started_at) as last_started_at, count(*) as session_count,
    count(*) filter (is_live) as live_session_count, sum(duration_seconds) as streamed_seconds, max(viewer_peak) as viewer_peak,
    sum(interaction_count)::bigint as interaction_count, sum(super_chat_count)::bigint as super_chat_count,
    sum(converted_amount)::decimal(38, 6) as converted_amount
from "livestream.fct_stream_sessions"
group by all
order by all
;

-- mart: livestream.agg_character_comparison
with days as (
    select d.*, q.response_count, q.response_mean_seconds
    from "livestream.agg_characters_daily" as d
    join "livestream.agg_response_quality" as q using (activity_date, account_id, character_id)
    where d.session_count > 0
),
periods as (
    select p.period, d.* from days as d, (values ('last_7_days', 7), ('last_30_days', 30), ('all_time', 99999)) as p(period, span)
    where d.activity_date > (select max(activity_date) from "livestream.agg_characters_daily") - span
),
pairs as (
    select
        a.period, a.account_id as character_account_id, a.character_id, b.account_id as other_account_id, b.character_id as other_character_id,
        a.activity_date, a.session_count as one, b.session_count as two,
        -- whole billionths: a sum of other doubles would depend on the order of its rows
        round(a.hours_watched * 1e9)::hugeint as h1, round(b.hours_watched * 1e9)::hugeint as h2, a.covered_seconds as c1,
        b.covered_seconds as c2
    from periods as a join periods as b using (period, activity_date)
    where (a.account_id, a.character_id) < (b.account_id, b.character_id)
)
select
    period, case when character_account_id = other_account_id then character_account_id else '*' end as account_id, character_account_id, character_id,
    other_account_id, other_character_id, min(activity_date) as first_date, max(activity_date) as last_date, count(*) as shared_date_count,
    sum(one)::bigint as session_count, sum(two)::bigint as other_session_count, least(sum(one), sum(two)) < 5 as is_withheld,
    case when least(sum(one), sum(two)) >= 5 then 3600 * sum(h1)::double / 1e9 / sum(c1) end as viewer_average,
    case when least(sum(one), sum(two)) >= 5 then 3600 * sum(h2)::double / 1e9 / sum(c2) end as other_viewer_average
from pairs
group by all
order by all
;
