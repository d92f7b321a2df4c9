{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="stream_id",
        pre_hook="{{ clear_if_displaced([ref('stg_twitch__streams'), ref('stg_twitch__stream_polls')]) }}",
    )
}}

{%- set samples = ref("stg_twitch__streams") %}
{%- set polls = ref("stg_twitch__stream_polls") %}
{%- set since = last_batch_id([samples, polls]) %}
{%- set interval = stream_sampling_seconds() %}
{%- set reach = stream_sampling_seconds(2) %}

with
    {% if is_incremental() %}
        new_looks as (
            select account_id, polled_at from {{ polled_accounts("p.batch_id > " ~ since) }} as looks
        ),
        new_span as (select min(polled_at) as first_at, max(polled_at) as last_at from new_looks),
        touched as (
            select n.stream_id
            from {{ samples }} as n
            where n.batch_id > {{ since }}
            union
            -- A look after the last sample tells when the stream had ended.
            select t.stream_id
            from {{ this }} as t
            cross join new_span as s
            inner join
                new_looks as l
                on l.account_id = t.account_id
                and l.polled_at > t.last_sample_at
                and l.polled_at <= {{ add_seconds("t.last_sample_at", reach) }}
            where t.last_sample_at < s.last_at and {{ add_seconds("t.last_sample_at", reach) }} >= s.first_at
        ),
    {% endif %}
    streams as (
        select
            stream_id,
            min(account_id) as account_id,
            min(started_at) as stated_at,
            min(collected_at) as first_sample_at,
            max(collected_at) as last_sample_at,
            max_by(collection_id, collected_at) as last_collection_id,
            max_by(title, case when title is not null then collected_at end) as title,
            max_by(language, case when language is not null then collected_at end) as language,
            max_by(is_mature, case when is_mature is not null then collected_at end) as is_mature,
            count(distinct game_id) as game_count,
            max(loaded_at) as loaded_at
        from {{ samples }}
        {% if is_incremental() %} where stream_id in (select t.stream_id from touched as t) {% endif %}
        group by stream_id
    ),
    steps as (
        select
            account_id,
            stream_id,
            last_sample_at,
            last_collection_id,
            {{ sampling_step("last_sample_at") }} as step
        from streams
        union all
        select
            account_id,
            stream_id,
            last_sample_at,
            last_collection_id,
            {{ sampling_step("last_sample_at") }} + 1 as step
        from streams
    ),
    looks as (
        select account_id, collection_id, polled_at, {{ sampling_step("polled_at") }} as step
        from
            {{
                polled_accounts(
                    sampling_step("p.collected_at") ~ " in (select distinct s.step from steps as s)"
                )
            }} as near
    ),
    -- The look that gave the last sample is written some moments after it.
    next_looks as (
        select s.stream_id, min(l.polled_at) as next_polled_at
        from steps as s
        inner join
            looks as l
            on l.account_id = s.account_id
            and l.step = s.step
            and l.polled_at > s.last_sample_at
            and l.polled_at <= {{ add_seconds("s.last_sample_at", reach) }}
            and (
                l.collection_id <> s.last_collection_id
                or l.polled_at > {{ add_seconds("s.last_sample_at", interval / 2) }}
            )
        group by s.stream_id
    )

select
    s.stream_id,
    s.account_id,
    -- What the platform states; not after the first sample, and not over the 48 hours that a stream may last.
    greatest(
        least(s.stated_at, s.first_sample_at), {{ add_seconds("s.first_sample_at", -172800) }}
    ) as started_at,
    s.first_sample_at,
    s.last_sample_at,
    n.next_polled_at,
    s.title,
    s.language,
    s.is_mature,
    s.game_count,
    -- What was measured before looks came at another distance stays.
    cast(
        {% if is_incremental() %}greatest({{ interval }}, coalesce(t.sampling_seconds, 0))
        {% else %}{{ interval }}
        {% endif %} as bigint
    ) as sampling_seconds,
    {{ newest_batch_id([samples, polls]) }} as batch_id,
    s.loaded_at
from streams as s
left join next_looks as n on n.stream_id = s.stream_id
{% if is_incremental() %} left join {{ this }} as t on t.stream_id = s.stream_id {% endif %}
