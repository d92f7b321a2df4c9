{{ config(materialized="view") }}

{#- A clip belongs to the periods in which it was created. -#}
{%- set clips = ref("int_clips__clips_placed") %}
{%- set as_of = ref("int_clips__as_of") %}
{%- set columns %}
    c.account_id,
    c.clip_id,
    c.creator_id,
    c.game_id,
    c.view_count,
    c.discord_shares,
    c.discord_reactions,
    c.view_place,
    a.as_of_at,
    c.batch_id,
    c.loaded_at
{%- endset %}

{% for period_type in calendar_periods() %}
    {%- set period_date = period_start(period_type, "c.clip_date") %}
    select
        '{{ period_type }}' as period_type,
        {{ period_date }} as period_date,
        {{ reporting_midnight_at(period_date) }} as period_started_at,
        {{ reporting_midnight_at(next_period_start(period_type, period_date)) }} as period_ended_at,
        {{ columns }}
    from {{ clips }} as c
    cross join {{ as_of }} as a
    union all
{% endfor %}
select
    'all_time' as period_type,
    f.clip_date as period_date,
    {{ reporting_midnight_at("f.clip_date") }} as period_started_at,
    a.as_of_at as period_ended_at,
    {{ columns }}
from {{ clips }} as c
inner join
    (select account_id, min(clip_date) as clip_date from {{ clips }} group by account_id) as f
    on f.account_id = c.account_id
cross join {{ as_of }} as a
{% for period_type, hours in rolling_periods().items() %}
        {%- set started_at = add_seconds("a.as_of_at", -3600 * hours) %}
    union all
    -- open at its start and closed at its end: a window holds its own newest moment
    select
        '{{ period_type }}' as period_type,
        {{ reporting_date(started_at) }} as period_date,
        {{ started_at }} as period_started_at,
        a.as_of_at as period_ended_at,
        {{ columns }}
    from {{ clips }} as c
    cross join {{ as_of }} as a
    where c.clip_created_at > {{ started_at }} and c.clip_created_at <= a.as_of_at
{% endfor %}
