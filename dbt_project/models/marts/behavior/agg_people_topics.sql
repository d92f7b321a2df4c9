{#-
    Class-based tf-idf: all that a person and their assistant wrote is one document. A term scores high where it is a
    large share of the person's words and rare among all; empty where the text is not kept.
-#}
{%- set terms = ref("int_conversations__terms_counted") %}
{%- set topics_per_person = 10 %}

with
    counted as (
        select
            c.user_id as person_id,
            t.term,
            cast(sum(t.term_count) as bigint) as term_count,
            max(t.loaded_at) as loaded_at
        from {{ terms }} as t
        inner join {{ ref("fct_conversations") }} as c on c.conversation_id = t.conversation_id
        where c.user_id is not null
        group by c.user_id, t.term
    ),
    words as (select person_id, sum(term_count) as word_count from counted group by person_id),
    spread as (
        select term, sum(term_count) as total_count, count(*) as people_count from counted group by term
    ),
    usual as (select cast(sum(word_count) as double) / nullif(count(*), 0) as mean_word_count from words),
    scored as (
        select
            c.person_id,
            c.term,
            c.term_count,
            s.people_count,
            cast(c.term_count as double)
            / w.word_count
            * ln(1 + u.mean_word_count / cast(s.total_count as double)) as score,
            c.loaded_at
        from counted as c
        inner join words as w on w.person_id = c.person_id
        inner join spread as s on s.term = c.term
        cross join usual as u
    ),
    ranked as (
        select *, row_number() over (partition by person_id order by score desc, term) as place
        from scored
        qualify place <= {{ topics_per_person }}
    )

select
    person_id,
    place,
    term,
    term_count,
    people_count,
    score,
    {{ newest_batch_id(terms) }} as batch_id,
    loaded_at
from ranked
