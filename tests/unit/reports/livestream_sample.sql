-- Streams of the sample database: sessions of four characters with their interactions, and the daily sums of them.
insert into livestream.fct_stream_sessions by name
  select 'stream-' || i as session_id, 'account-' || character as account_id,
    [getvariable('markup'), 'ada', 'bob', 'eve'][1 + character] as character_id,
    getvariable('last_day') - day as session_date, session_date + to_hours(8 + i % 12) as started_at,
    started_at + interval 1 hour as ended_at, 3600.0 as duration_seconds, false as is_live, false as closed_by_rule,
    200 + i % 50 as viewer_peak, 3300.0 as covered_seconds, 60.0 + i % 37 as viewer_average,
    viewer_average * 3300 / 3600 as hours_watched, 0.9 as sample_coverage_ratio, 12 as interaction_count,
    1 as super_chat_count, i % 3 as error_count, i % 2 as reconnect_count, 5.0 as converted_amount,
    'EUR' as converted_currency, getvariable('loaded') as loaded_at
  from (select i, (hash(i, 61) % least(60, getvariable('days')))::int as day, (hash(i, 62) % 4)::int as character from range(160) as rows(i));
insert into livestream.fct_interactions by name
  select session_id || '-' || n as event_id, session_id, account_id, character_id,
    case when hash(session_id, n) % 9 > 0 then 'fan-' || hash(session_id, n, 1) % 40 end as user_id,
    started_at + to_minutes(n::int) as interacted_at, session_date as interaction_date,
    case when n = 3 then 5.0 when n = 4 then 0 end as super_chat_amount,
    case when hash(session_id, n, 2) % 5 > 0 then (hash(session_id, n, 3) % 9000)::int / 1000 + 0.1 end as response_seconds,
    ['joy', 'calm', null, 'anger'][1 + (hash(session_id, n, 4) % 4)::int] as emotion, getvariable('loaded') as loaded_at
  from livestream.fct_stream_sessions, range(12) as numbers(n);
-- More kinds than the page has room for, and such that have no type or no component.
insert into livestream.fct_faults by name
  select session_id || '-' || kind || n as event_id, session_id, account_id, character_id, kind,
    case kind when 'error' then [null, 'timeout', 'overload', getvariable('markup')][1 + (hash(session_id, n, 5) % 4)::int] end as error_type,
    ['voice', 'avatar', 'chat', null][1 + (hash(session_id, kind, n, 6) % 4)::int] as component,
    started_at + to_minutes(n::int) as happened_at, session_date as fault_date, getvariable('loaded') as loaded_at
  from livestream.fct_stream_sessions, (values ('error'), ('reconnect')) as kinds(kind), range(2) as numbers(n)
  where n < case kind when 'error' then error_count else reconnect_count end;
insert into livestream.fct_super_chats by name
  select event_id as super_chat_id, 'livestream' as platform, 'super_chat' as kind, session_id, account_id, character_id,
    user_id, interacted_at as paid_at, interaction_date as paid_date, 5.0 as amount,
    currency, case currency when 'EUR' then 5.0 when 'USD' then 4.0 end as converted_amount, 'EUR' as converted_currency,
    currency = 'USD' as is_rate_filled, currency = 'XXX' as is_rate_missing,
    case when user_id is not null then row_number() over (partition by account_id, user_id order by interacted_at, event_id) end
      as payment_number,
    getvariable('loaded') as loaded_at
  from (
    select * replace (['EUR', 'USD', 'XXX'][1 + (hash(event_id) % 3)::int] as currency)
    from livestream.fct_interactions where super_chat_amount > 0
  );
insert into livestream.agg_characters_daily by name
  select session_date as activity_date, s.account_id, s.character_id, count(*) as session_count,
    sum(duration_seconds) as streamed_seconds, max(viewer_peak) as viewer_peak, sum(hours_watched) as hours_watched,
    sum(covered_seconds) as covered_seconds, sum(interaction_count) as interaction_count,
    sum(error_count) as error_count, sum(reconnect_count) as reconnect_count, any_value(p.n) as super_chat_count,
    any_value(p.amount) as converted_amount, 'EUR' as converted_currency, getvariable('loaded') as loaded_at
  from livestream.fct_stream_sessions as s
  left join (
    select paid_date, character_id, count(*) as n, sum(converted_amount) as amount from livestream.fct_super_chats group by all
  ) as p on p.paid_date = s.session_date and p.character_id = s.character_id
  group by all;
insert into livestream.agg_revenue_daily by name
  select paid_date as revenue_date, account_id, character_id, currency, count(*) as super_chat_count, sum(amount) as amount,
    sum(converted_amount) as converted_amount, 'EUR' as converted_currency,
    count(*) filter (where is_rate_filled) as filled_rate_count,
    count(*) filter (where is_rate_missing) as unconverted_super_chat_count, count(distinct user_id) as payer_count,
    getvariable('loaded') as loaded_at
  from livestream.fct_super_chats group by all
  union all by name
  -- Two of nobody, and in no character's day: as of a document, or of a day without a stream.
  select getvariable('last_day') - 2 as revenue_date, 'account-1' as account_id, 'ada' as character_id, 'USD' as currency,
    2 as super_chat_count, 10.0 as amount, 8.0 as converted_amount, 'EUR' as converted_currency, 0 as filled_rate_count,
    0 as unconverted_super_chat_count, 0 as payer_count, getvariable('loaded') as loaded_at;
insert into livestream.agg_character_comparison by name
  select 'last_30_days' as period, '*' as account_id, 'account-1' as character_account_id,
    'ada' as character_id, account as other_account_id, other as other_character_id,
    9 as shared_date_count, 9 as session_count, n as other_session_count, n < 5 as is_withheld,
    case when n < 5 then 'fewer than 5 sessions' end as withheld_reason, case when n >= 5 then 80.0 end as viewer_average,
    case when n >= 5 then 40.0 end as other_viewer_average, getvariable('loaded') as loaded_at
  from (values ('account-2', 'bob', 9), ('account-3', 'eve', 2)) as others(account, other, n);
