{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_touched_moments() }}",
    )
}}

{%- set minutes = ref("int_core__stream_minutes_unioned") %}
{%- set measures = moment_measures() %}
{%- set last = last_domain_batches() %}

with
    touched as (
        select
            domain,
            session_id,
            max(batch_id) as batch_id,
            max(event_batch_id) as event_batch_id,
            max(loaded_at) as loaded_at
        from {{ minutes }}
        group by domain, session_id
        having {{ is_touched(last) }}
    ),
    known as (
        select m.*
        from {{ minutes }} as m
        inner join touched as t on t.domain = m.domain and t.session_id = m.session_id
    ),
    -- Quiet minutes belong to what is usual in a session. They add nothing to a sum, so they are counted,
    -- not made.
    spans as (
        select
            domain,
            session_id,
            max(account_id) as account_id,
            cast({{ seconds_between("min(minute_at)", "max(minute_at)") }} / 60 + 1 as bigint) as minute_count
        from known
        group by domain, session_id
    ),
    filled as (
        select
            k.domain,
            k.session_id,
            s.account_id,
            k.minute_at,
            s.minute_count,
            k.minute_of_session,
            {{ prefixed(measures | join(", "), "k") }}
        from known as k
        inner join spans as s on s.domain = k.domain and s.session_id = k.session_id
    ),
    -- Exact sums, so that a score does not depend on the order of the rows.
    sums as (
        select
            domain,
            session_id,
            {%- for measure in measures %}
                {{ "count(viewer_count)" if measure == "viewer_count" else "max(minute_count)" }}
                as {{ measure }}_n,
                cast(sum({{ measure }}) as decimal(38, 0)) as {{ measure }}_sum,
                cast(
                    sum(cast({{ measure }} as decimal(19, 0)) * {{ measure }}) as decimal(38, 0)
                ) as {{ measure }}_squares{{ "," if not loop.last }}
            {%- endfor %}
        from filled
        group by domain, session_id
    ),
    usual as (
        select
            domain,
            session_id,
            {%- for measure in measures %}
                {%- set n = measure ~ "_n" %}
                cast({{ measure }}_sum as double) / nullif({{ n }}, 0) as {{ measure }}_mean,
                case
                    when {{ n }} >= {{ var("moment_min_minutes") }}
                    then
                        nullif(
                            sqrt(
                                cast(
                                    {{ n }} * {{ measure }}_squares
                                    - {{ measure }}_sum * {{ measure }}_sum as double
                                )
                            )
                            / {{ n }},
                            0
                        )
                end as {{ measure }}_deviation{{ "," if not loop.last }}
            {%- endfor %}
        from sums
    ),
    scored as (
        select
            f.*,
            {%- for measure in measures %}
                round(
                    (f.{{ measure }} - u.{{ measure }}_mean) / u.{{ measure }}_deviation, 6
                ) as {{ measure }}_z{{ "," if not loop.last }}
            {%- endfor %}
        from filled as f
        inner join usual as u on u.domain = f.domain and u.session_id = f.session_id
    ),
    peaks as (
        {%- for measure in measures %}
            select
                domain,
                session_id,
                minute_at,
                '{{ measure }}' as measure,
                {{ loop.index }} as measure_order,
                {{ measure }}_z as score
            from scored
            where
                {{ measure }}_z >= {{ var("moment_min_z") }}
                and {{ measure }} >= {{ var("moment_min_count") }} {{ "union all" if not loop.last }}
        {%- endfor %}
    ),
    moments as (
        select *
        from peaks
        qualify
            row_number() over (partition by domain, session_id, minute_at order by score desc, measure_order)
            = 1
    ),
    -- The strongest peak of another measure in the minutes before: what may have brought the moment about.
    causes as (
        select
            m.domain,
            m.session_id,
            m.minute_at,
            p.measure as cause_measure,
            p.score as cause_score,
            p.minute_at as cause_at
        from moments as m
        inner join
            peaks as p
            on p.domain = m.domain
            and p.session_id = m.session_id
            and p.measure <> m.measure
            and p.minute_at
            between {{ add_seconds("m.minute_at", -60 * var("moment_cause_minutes")) }} and m.minute_at
        qualify
            row_number() over (
                partition by m.domain, m.session_id, m.minute_at
                order by p.score desc, p.minute_at desc, p.measure_order
            )
            = 1
    )

select
    s.domain,
    s.session_id,
    s.minute_at,
    s.account_id,
    s.minute_of_session,
    rank() over (partition by s.domain, s.session_id order by m.score desc) as moment_rank,
    m.measure as moment_measure,
    m.score as moment_score,
    c.cause_measure,
    c.cause_score,
    c.cause_at,
    {{ seconds_between("c.cause_at", "s.minute_at") }} as lag_seconds,
    {%- for measure in measures %} s.{{ measure }}, s.{{ measure }}_z, {%- endfor %}
    t.event_batch_id,
    t.batch_id,
    t.loaded_at
from moments as m
inner join scored as s on s.domain = m.domain and s.session_id = m.session_id and s.minute_at = m.minute_at
inner join touched as t on t.domain = m.domain and t.session_id = m.session_id
left join causes as c on c.domain = m.domain and c.session_id = m.session_id and c.minute_at = m.minute_at
