{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_livestream__events')) }}",
            "{{ delete_changed_sessions() }}",
        ],
    )
}}

{%- set staged = ref("stg_livestream__events") %}
{%- set sessions = ref("int_livestream__sessions_resolved") %}
{%- set since = last_batch_id(staged) %}
{%- set summarised %}
    (select * from {{ sessions }} where viewer_sample_count = 0 and samples is not null and batch_id > {{ since }})
{%- endset %}

with
    samples as (
        select
            s.session_id,
            e.event_id as sample_id,
            e.occurred_at as sampled_at,
            e.viewer_count,
            false as is_reconstructed
        from {{ staged }} as e
        inner join {{ sessions }} as s on s.session_id = e.session_id
        where e.event_type = 'viewer_sample' and s.batch_id > {{ since }}
        union all
        -- The first sample is taken one interval after the start.
        select
            session_id,
            concat(session_id, '-', lpad(cast(position as string), 9, '0')) as sample_id,
            {{ add_seconds("summary_started_at", "position * " ~ sampling_seconds()) }} as sampled_at,
            {{ nearest_bigint("value") }} as viewer_count,
            true as is_reconstructed
        from {{ exploded_numbers(summarised, ["session_id", "summary_started_at"], "samples") }} as exploded
        where value is not null
    ),
    followed as (
        select
            *,
            lead(sampled_at) over (partition by session_id order by sampled_at, sample_id) as next_sample_at
        from samples
    ),
    covering as (
        select
            f.*,
            s.account_id,
            s.character_id,
            -- A told end cuts off what comes after it.
            greatest(
                f.sampled_at,
                least(
                    coalesce(f.next_sample_at, s.closes_at),
                    s.closes_at,
                    {{ add_seconds("f.sampled_at", sampling_seconds(2)) }}
                )
            ) as covers_until_at
        from followed as f
        inner join {{ sessions }} as s on s.session_id = f.session_id
    )

select
    session_id,
    sample_id,
    account_id,
    character_id,
    sampled_at,
    covers_until_at,
    viewer_count,
    is_reconstructed,
    {{ newest_batch_id(sessions) }} as batch_id
from covering
