{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="stream_id",
        pre_hook="{{ clear_if_displaced([ref('stg_twitch__streams'), ref('stg_twitch__stream_polls')]) }}",
    )
}}

{%- set samples = ref("stg_twitch__streams") %}
{%- set bounded = ref("int_channels__streams_bounded") %}
{%- set since = last_batch_id([samples, ref("stg_twitch__stream_polls")]) %}

with
    streams as (
        select
            b.stream_id,
            b.account_id,
            b.measured_from,
            b.first_sample_at,
            b.measured_until,
            b.sampling_seconds,
            b.loaded_at
        from {{ bounded }} as b
        {% if is_incremental() %}
            left join
                (
                    select stream_id, min(started_at) as started_at, min(measured_until) as measured_until
                    from {{ this }}
                    group by stream_id
                ) as t
                on t.stream_id = b.stream_id
            -- What is measured also moves with the streams before and after, whatever batch those are of.
            where
                b.batch_id > {{ since }}
                or t.stream_id is null
                or t.started_at <> b.measured_from
                or t.measured_until <> b.measured_until
        {% endif %}
    ),
    timed as (
        select
            s.stream_id,
            s.account_id,
            s.measured_from,
            s.measured_until,
            s.sampling_seconds,
            s.loaded_at,
            coalesce(p.game_id, 'none') as game_id,
            nullif(p.game_name, '') as game_name,
            p.viewer_count,
            p.collected_at as sample_at,
            case
                when p.collected_at = s.first_sample_at then s.measured_from else p.collected_at
            end as from_at,
            coalesce(
                lead(p.collected_at) over (partition by p.stream_id order by p.collected_at), s.measured_until
            ) as until_at
        from {{ samples }} as p
        inner join streams as s on s.stream_id = p.stream_id
    ),
    -- Viewers stand until the next sample, at most for two intervals.
    covered as (
        select
            *,
            case
                when viewer_count is null
                then sample_at
                else least(until_at, {{ add_seconds("sample_at", "2 * sampling_seconds") }})
            end as covered_until
        from timed
    ),
    cut as (
        select
            *,
            {{ explode_series(reporting_hour_at("from_at"), "until_at", hour_part_seconds() ~ " seconds") }}
            as cut_at
        from covered
    ),
    pieces as (
        select
            *,
            greatest(cut_at, from_at) as piece_from,
            least({{ add_seconds("cut_at", hour_part_seconds()) }}, until_at) as piece_until,
            sample_at >= cut_at and sample_at < {{ add_seconds("cut_at", hour_part_seconds()) }} as has_sample
        from cut
    ),
    measured as (
        select
            *,
            {{ unix_micros("piece_until") }} - {{ unix_micros("piece_from") }} as streamed_micros,
            greatest(
                {{ unix_micros("least(piece_until, covered_until)") }}
                - {{ unix_micros("greatest(piece_from, sample_at)") }},
                0
            ) as covered_micros
        from pieces
        where piece_from < piece_until or has_sample
    )

select
    stream_id,
    account_id,
    {{ reporting_hour_at("piece_from") }} as hour_at,
    {{ reporting_date("piece_from") }} as stream_date,
    game_id,
    max_by(game_name, case when game_name is not null then sample_at end) as game_name,
    measured_from as started_at,
    measured_until,
    cast(sum(streamed_micros) as bigint) as streamed_micros,
    cast(sum(covered_micros) as bigint) as covered_micros,
    cast(
        sum(cast(viewer_count as decimal(19, 0)) * cast(covered_micros as decimal(18, 0))) as decimal(38, 0)
    ) as viewer_micros,
    count(case when has_sample then 1 end) as sample_count,
    count(case when has_sample then viewer_count end) as viewer_sample_count,
    cast(sum(case when has_sample then viewer_count end) as decimal(38, 0)) as viewer_sum,
    max(case when has_sample then viewer_count end) as peak_viewers,
    {{ newest_batch_id(bounded) }} as batch_id,
    max(loaded_at) as loaded_at
from measured
group by
    stream_id,
    account_id,
    {{ reporting_hour_at("piece_from") }},
    {{ reporting_date("piece_from") }},
    game_id,
    measured_from,
    measured_until
