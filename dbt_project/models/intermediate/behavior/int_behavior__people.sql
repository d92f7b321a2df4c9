{{ config(materialized="incremental", incremental_strategy="delete+insert", unique_key="person_id") }}

{#-
    Who changed. Domains number their batches apart, and in some of them an event can move to another person: a person
    of those is compared by a fingerprint of all their events. Social events only ever arrive, so their newest batch
    tells. A person without events any more stays, with has_events false, so that all models forget them.
-#}
{%- set events = ref("int_behavior__events") %}
{%- set since = last_social_batch_id(ref("stg_social__events")) %}
{%- set is_anew = since == "0" %}

with
    social as (
        select person_id, max(loaded_at) as social_loaded_at
        from {{ events }}
        where domain = 'social' and batch_id > {{ since }}
        group by person_id
    ),
    others as (
        select
            person_id,
            concat(cast(count(*) as string), ' ', cast(sum(event_number) as string)) as fingerprint,
            max(loaded_at) as others_loaded_at
        from
            (
                select
                    person_id,
                    {{
                        row_hash(
                            ["domain"] + behavior_columns().keys()
                            | reject("in", ["person_id", "batch_id", "loaded_at"])
                            | list
                        )
                    }} as event_number,
                    loaded_at
                from {{ events }}
                where domain <> 'social'
            ) as numbered
        group by person_id
    ),
    {% if is_incremental() %}
        known as (
            select
                person_id,
                fingerprint,
                loaded_at,
                {% if is_anew %} cast(null as timestamp)
                {% else %} social_loaded_at
                {% endif %} as social_loaded_at
            from {{ this }}
        ),
    {% else %}
        known as (
            select
                cast(null as string) as person_id,
                cast(null as string) as fingerprint,
                cast(null as timestamp) as loaded_at,
                cast(null as timestamp) as social_loaded_at
            where false
        ),
    {% endif %}
    changed as (
        select person_id
        from social
        union
        select coalesce(k.person_id, o.person_id) as person_id
        from known as k
        full outer join others as o on o.person_id = k.person_id
        where
            coalesce(k.fingerprint, '') <> coalesce(o.fingerprint, '')
            {% if is_anew %} or k.person_id is not null {% endif %}
    ),
    found as (
        select
            c.person_id,
            coalesce(o.fingerprint, '') as fingerprint,
            -- a batch may have arrived before the one that was taken in before it
            greatest(s.social_loaded_at, k.social_loaded_at) as social_loaded_at,
            o.others_loaded_at,
            k.loaded_at as loaded_before
        from changed as c
        left join social as s on s.person_id = c.person_id
        left join others as o on o.person_id = c.person_id
        left join known as k on k.person_id = c.person_id
    )

select
    person_id,
    social_loaded_at is not null or others_loaded_at is not null as has_events,
    fingerprint,
    social_loaded_at,
    {{ newest_batch_id(ref("fct_events")) }} as social_batch_id,
    {{ next_batch_id() }} as batch_id,
    coalesce(greatest(social_loaded_at, others_loaded_at), loaded_before) as loaded_at
from found
