{#
    Periods of the clips domain.

    calendar_periods()                 period types of the reporting zone's calendar
    rolling_periods()                  hours by period type: windows that end at the newest data
    period_start(type, date)           first DATE of the calendar period that holds a date
    next_period_start(type, date)      first DATE of the period after the one that starts on `date`
    ranked_by_period(by, of)           one row an account, period and creator or game: the two leaderboards, which differ
                                       only in what they group by and what they count within it
#}
{% macro calendar_periods() -%} {{ return(["day", "week", "month"]) }} {%- endmacro %}

{% macro rolling_periods() -%}
    {{ return({"rolling_24h": 24, "rolling_7d": 168, "rolling_30d": 720}) }}
{%- endmacro %}

{% macro period_start(type, date) -%}
    {%- if type == "day" -%} {{ date }}
    {%- else -%} cast(date_trunc('{{ type }}', {{ date }}) as date)
    {%- endif -%}
{%- endmacro %}

{% macro next_period_start(type, date) -%} cast({{ date }} + interval '1 {{ type }}' as date) {%- endmacro %}

{% macro ranked_by_period(by, of) %}
    {%- set period = ["account_id", "period_type", "period_started_at"] %}
    {%- set sums = [
        "clip_count",
        "viewed_clip_count",
        "total_views",
        "discord_shares",
        "discord_reactions",
    ] %}
    with
        -- Sums by both first: the second step then counts no clip and no name twice.
        pairs as (
            select
                {{ period | join(", ") }},
                {{ by }}_id,
                nullif({{ of }}_id, 'unknown') as {{ of }}_id,
                max(period_date) as period_date,
                max(period_ended_at) as period_ended_at,
                max(as_of_at) as as_of_at,
                count(*) as clip_count,
                count(view_count) as viewed_clip_count,
                sum(view_count) as total_views,
                sum(discord_shares) as discord_shares,
                sum(discord_reactions) as discord_reactions,
                max(view_place) as view_place,
                max(batch_id) as batch_id,
                max(loaded_at) as loaded_at
            from {{ ref("int_clips__clips_by_period") }}
            where {{ by }}_id is not null
            group by {{ period | join(", ") }}, {{ by }}_id, nullif({{ of }}_id, 'unknown')
        ),
        placed as (
            select
                *,
                row_number() over (
                    partition by {{ period | join(", ") }}, {{ by }}_id
                    order by {{ of }}_id is null, clip_count desc, total_views desc nulls last, {{ of }}_id
                )
                = 1
                and {{ of }}_id is not null as is_top
            from pairs
        ),
        totals as (
            select
                {{ period | join(", ") }},
                {{ by }}_id,
                max(period_date) as period_date,
                max(period_ended_at) as period_ended_at,
                max(as_of_at) as as_of_at,
                {% for column in sums %} cast(sum({{ column }}) as bigint) as {{ column }}, {% endfor %}
                count({{ of }}_id) as unique_{{ of }}s,
                max(case when is_top then {{ of }}_id end) as top_{{ of }}_id,
                max(case when is_top then clip_count end) as top_{{ of }}_clip_count,
                max(view_place) as view_place,
                max(batch_id) as batch_id,
                max(loaded_at) as loaded_at
            from placed
            group by {{ period | join(", ") }}, {{ by }}_id
        )
    select
        t.account_id,
        t.period_type,
        t.period_started_at,
        t.period_ended_at,
        t.period_date,
        t.period_ended_at <= t.as_of_at as is_complete,
        t.{{ by }}_id,
        {{ clip_name(by) }} as {{ by }}_name,
        {% if by == "creator" %} 'twitch' as creator_platform, {% endif %}
        t.clip_count,
        t.viewed_clip_count,
        t.total_views,
        {{ ratio("t.total_views", "t.viewed_clip_count") }} as avg_view_count,
        t.discord_shares,
        t.discord_reactions,
        t.unique_{{ of }}s,
        t.top_{{ of }}_id,
        {{ clip_name(of) }} as top_{{ of }}_name,
        t.top_{{ of }}_clip_count,
        c.clip_id as top_clip_id,
        c.view_count as top_clip_views,
        rank() over (
            partition by {{ prefixed(period | join(", "), "t") }} order by t.clip_count desc
        ) as clip_rank,
        case
            when t.total_views is not null
            then
                rank() over (
                    partition by {{ prefixed(period | join(", "), "t") }}
                    order by t.total_views desc nulls last
                )
        end as view_rank,
        count(*) over (partition by {{ prefixed(period | join(", "), "t") }}) as {{ by }}_count,
        t.batch_id,
        t.loaded_at
    from totals as t
    left join
        {{ ref("int_clips__clips_placed") }} as c on c.view_place = t.view_place
        {{ join_clip_names(by, "t." ~ by ~ "_id") }}
        {{ join_clip_names(of, "t.top_" ~ of ~ "_id") }}
{% endmacro %}

{# The current name of a creator or game, from the relation that join_clip_names joins. #}
{% macro clip_name(entity) -%} coalesce({{ entity }}_names.{{ entity }}_name, 'unknown') {%- endmacro %}

{% macro join_clip_names(entity, id) -%}
    left join
        {{ ref("int_clips__" ~ entity ~ "_names") }} as {{ entity }}_names
        on {{ entity }}_names.{{ entity }}_id = {{ id }}
        and {{ entity }}_names.is_current
        {% if entity == "creator" %} and creator_names.account_id = t.account_id {% endif %}
{%- endmacro %}
