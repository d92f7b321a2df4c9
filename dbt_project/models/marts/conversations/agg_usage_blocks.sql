{#-
    A block starts at a record, floored to the UTC hour, and takes the records of the next five hours. A silence of more
    than five hours since the last record is also more than five hours since the start, so one rule is enough: the next
    block starts at the first record more than five hours after the start. Starts are full hours, so the chain of blocks
    is walked over the distinct hours, from every record that follows a long silence at once.
-#}
{%- set hour_micros = 3600 * 1000000 %}
{%- set five_hours = 5 * hour_micros %}
with recursive
    requests as (
        select *, {{ unix_micros("requested_at") }} as at_micros
        from {{ ref("fct_requests") }}
        where requested_at is not null
    ),
    hours as (
        select
            at_micros - at_micros % {{ hour_micros }} as hour_at,
            min(at_micros) as first_micros,
            max(at_micros) as last_micros
        from requests
        group by at_micros - at_micros % {{ hour_micros }}
    ),
    -- Where the next block starts: in the hour that begins five hours later, if it holds a record after
    -- its very first instant (which still is five hours, not more), else in the first hour after that
    -- one.
    chain as (
        select
            h.hour_at,
            h.first_micros - lag(h.last_micros) over (order by h.hour_at) as silence_micros,
            coalesce(
                e.hour_at,
                min(h.hour_at) over (
                    order by h.hour_at range between {{ five_hours + 1 }} following and unbounded following
                )
            ) as next_hour_at
        from hours as h
        left join hours as e on e.hour_at = h.hour_at + {{ five_hours }} and e.last_micros > e.hour_at
    ),
    -- A walk ends where another one starts: no walk passes over an hour after a long silence.
    steps as (
        select c.hour_at, c.next_hour_at
        from chain as c
        inner join chain as n on n.hour_at = c.next_hour_at
        where n.silence_micros <= {{ five_hours }}
    ),
    starts as (
        select hour_at
        from chain
        where silence_micros is null or silence_micros > {{ five_hours }}
        union all
        select t.next_hour_at as hour_at
        from starts as s
        inner join steps as t on t.hour_at = s.hour_at
    ),
    hour_blocks as (
        select h.hour_at, max(s.hour_at) over (order by h.hour_at) as start_micros
        from hours as h
        left join starts as s on s.hour_at = h.hour_at
    ),
    placed as (
        select r.*, coalesce(p.hour_at, b.start_micros) as start_micros
        from requests as r
        inner join hour_blocks as b on b.hour_at = r.at_micros - r.at_micros % {{ hour_micros }}
        left join starts as p on p.hour_at = r.at_micros - {{ five_hours }} and r.at_micros = b.start_micros
    ),
    blocks as (
        select
            start_micros,
            min(requested_at) as first_request_at,
            max(requested_at) as last_request_at,
            count(*) as request_count,
            count(distinct conversation_id) as conversation_count,
            {% for kind in [
                "input_tokens",
                "output_tokens",
                "cache_write_5m_tokens",
                "cache_write_1h_tokens",
                "cache_read_tokens",
                "total_tokens",
            ] -%}
                cast(sum({{ kind }}) as bigint) as {{ kind }},
            {% endfor -%}
            cast(sum(cost_usd) as decimal(38, 12)) as cost_usd,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from placed
        group by start_micros
    )

select
    {{ surrogate_key(["start_micros"]) }} as block_key,
    cast(date_trunc('hour', first_request_at) as timestamp) as started_at,
    {{ add_seconds("cast(date_trunc('hour', first_request_at) as timestamp)", 5 * 3600) }} as ends_at,
    first_request_at,
    last_request_at,
    request_count,
    conversation_count,
    input_tokens,
    output_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    cache_read_tokens,
    total_tokens,
    cost_usd,
    batch_id,
    loaded_at
from blocks
