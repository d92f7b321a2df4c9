{#-
    Built whole, from one row a character and date. Two characters are compared over the dates on which sessions of both
    began, so that neither has the weekend for itself.
-#}
{%- set days = ref("agg_characters_daily") %}
{%- set quality = ref("agg_response_quality") %}
{%- set figures = [
    "viewer_average",
    "interactions_per_viewer_hour",
    "converted_amount_per_hour_watched",
    "response_mean_seconds",
    "errors_per_100_interactions",
] %}

with
    newest as (select max(activity_date) as newest_date from {{ days }}),
    streamed as (
        select
            d.activity_date,
            d.account_id,
            d.character_id,
            d.session_count,
            d.hours_watched,
            d.covered_seconds,
            d.interaction_count,
            d.converted_amount,
            d.error_count,
            q.response_count,
            q.response_mean_seconds,
            d.loaded_at
        from {{ days }} as d
        inner join
            {{ quality }} as q
            on q.activity_date = d.activity_date
            and q.account_id = d.account_id
            and q.character_id = d.character_id
        where d.session_count > 0
    ),
    periods as (
        select s.*, p.period
        from streamed as s
        cross join newest as n
        inner join
            (
                select 'last_7_days' as period, 7 as day_count
                union all
                select 'last_30_days' as period, 30 as day_count
                union all
                select 'all_time' as period, 36500 as day_count
            ) as p
            on s.activity_date > n.newest_date - p.day_count
    ),
    pairs as (
        select
            a.period,
            case when a.account_id = b.account_id then a.account_id else '*' end as account_id,
            a.account_id as character_account_id,
            a.character_id,
            b.account_id as other_account_id,
            b.character_id as other_character_id,
            min(a.activity_date) as first_date,
            max(a.activity_date) as last_date,
            count(*) as shared_date_count,
            {{ comparison_side("a", "") }},
            {{ comparison_side("b", "other_") }},
            max(greatest(a.loaded_at, b.loaded_at)) as loaded_at
        from periods as a
        inner join
            periods as b
            on b.period = a.period
            and b.activity_date = a.activity_date
            and (
                b.account_id > a.account_id
                or (b.account_id = a.account_id and b.character_id > a.character_id)
            )
        group by a.period, a.account_id, a.character_id, b.account_id, b.character_id
    ),
    judged as (
        select
            *,
            least(session_count, other_session_count)
            < {{ var("comparison_minimum_sessions") }} as is_withheld
        from pairs
    )

select
    period,
    account_id,
    character_account_id,
    character_id,
    other_account_id,
    other_character_id,
    first_date,
    last_date,
    shared_date_count,
    session_count,
    other_session_count,
    is_withheld,
    case
        when is_withheld then 'fewer than {{ var("comparison_minimum_sessions") }} sessions'
    end as withheld_reason,
    {% for figure in figures %}
        case when not is_withheld then {{ figure }} end as {{ figure }},
        case when not is_withheld then other_{{ figure }} end as other_{{ figure }},
    {% endfor %}
    {{ newest_batch_id(days) }} as batch_id,
    loaded_at
from judged
