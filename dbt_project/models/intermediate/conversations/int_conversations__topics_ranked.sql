{{ config(materialized="view") }}

{#- tf-idf: terms that a conversation uses often and few other conversations use at all. -#}
{%- set terms = ref("int_conversations__terms_counted") %}

with
    totals as (select count(distinct conversation_id) as conversation_count from {{ terms }}),
    spread as (select term, count(*) as holding_count from {{ terms }} group by term),
    scored as (
        select
            t.conversation_id,
            t.term,
            (1 + ln(t.term_count)) * ln((1 + n.conversation_count) / cast(s.holding_count as double)) as score
        from {{ terms }} as t
        inner join spread as s on s.term = t.term
        cross join totals as n
    )

select
    conversation_id, term, row_number() over (partition by conversation_id order by score desc, term) as place
from scored
qualify place <= 5
