{#
    Figures that several livestream marts share.

    covered_seconds(row)       DECIMAL(18,6): seconds for which a row of int_livestream__samples_timed stands
    viewer_seconds(row)        DECIMAL(38,6): viewers times those seconds. Decimals, so that sums do not depend on the
                               order of their rows; DuckDB keeps a product of two of 18 digits to 18
    per_hour(amount, seconds)  DOUBLE, NULL where there are no seconds
    known_people(people, count, of_them) BIGINT people behind so many happenings, or a part of them; NULL where none names
                               anybody, as those that a document only counts: not 0 people
#}
{% macro covered_seconds(from_at="sampled_at", until_at="covers_until_at") -%}
    cast({{ seconds_between(from_at, until_at) }} as decimal(18, 6))
{%- endmacro %}

{% macro viewer_seconds(from_at="sampled_at", until_at="covers_until_at") -%}
    cast(viewer_count as decimal(19, 0)) * {{ covered_seconds(from_at, until_at) }}
{%- endmacro %}

{% macro per_hour(amount, seconds) -%} ({{ ratio(amount, seconds) }} * 3600) {%- endmacro %}

{% macro known_people(people, count, of_them=none) -%}
    case when {{ people }} > 0 or {{ count }} = 0 then {{ of_them or people }} end
{%- endmacro %}

{#
    character_measures()                 the sums of int_livestream__activity_hourly and the ratios over them, for any
                                         grain; beside join_counted_sessions
    join_counted_sessions(alias)         join of the rows of int_livestream__activity_hourly with the sessions, as c, whose
                                         interactions a document only counts: their count stands at the start, but nobody
                                         knows that no one interacted later
    activity_total(alias="")             what grows with every row behind a key of such a mart: a row whose total is
                                         not that of its activity has lost some
    delete_outdated_characters(period, times)  pre_hook of such a mart: rows of a key (period column, account, character)
                                         that lost activity, since a session may move to another hour or character, or
                                         turn out to have ended before the hour; `times` are the mart's figures that
                                         tell of lost time
    touched_characters(period, since)    subquery of the key's columns: what such a mart computes again
#}
{% macro character_measures() -%}
    {%- set people = known_people(
        "count(distinct user_id)", "sum(interaction_count) + count(c.session_id)"
    ) -%}
    cast(sum(session_count) as bigint) as session_count,
    cast(sum(open_seconds) as double) as streamed_seconds,
    max(viewer_peak) as viewer_peak,
    {{ ratio("sum(viewer_seconds)", "sum(covered_seconds)") }} as viewer_average,
    {{ ratio("sum(viewer_sum)", "sum(viewer_sample_count)") }} as viewer_sample_mean,
    cast(sum(viewer_sample_count) as bigint) as viewer_sample_count,
    cast(sum(viewer_seconds) as double) / 3600 as hours_watched,
    cast(sum(covered_seconds) as double) as covered_seconds,
    {{ ratio("sum(covered_seconds)", "sum(open_seconds)") }} as sample_coverage_ratio,
    cast(sum(interaction_count) as bigint) as interaction_count,
    {{ people }} as user_count,
    {{ ratio(people, ratio("sum(viewer_seconds)", "sum(covered_seconds)")) }} as engagement_ratio,
    {{ per_hour("sum(interaction_count)", "sum(viewer_seconds)") }} as interactions_per_viewer_hour,
    cast(sum(error_count) as bigint) as error_count,
    cast(sum(reconnect_count) as bigint) as reconnect_count
{%- endmacro %}

{% macro join_counted_sessions(alias) -%}
    left join
        (
            select session_id
            from {{ ref("int_livestream__sessions_resolved") }}
            where interaction_count = 0 and told_interaction_count > 0
        ) as c
        on c.session_id = {{ alias }}.session_id
{%- endmacro %}

{% macro activity_total(alias="") -%}
    {%- set columns = [
        "session_count",
        "viewer_sample_count",
        "interaction_count",
        "error_count",
        "reconnect_count",
    ] -%}
    {%- for column in columns -%} {{ alias }}{{ column }} {{ "+ " if not loop.last }} {%- endfor -%}
{%- endmacro %}

{% macro delete_outdated_characters(period, times=["streamed_seconds", "covered_seconds"]) -%}
    {%- set figures = {
        "streamed_seconds": "cast(sum(a.open_seconds) as double)",
        "covered_seconds": "cast(sum(a.covered_seconds) as double)",
        "reconnects_per_hour": per_hour("sum(a.reconnect_count)", "sum(a.open_seconds)"),
    } -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
            (
                {{ period }},
                account_id,
                character_id,
                {{ activity_total() }}
                {%- for time in times %}, coalesce({{ time }}, 0) {%- endfor %}
            ) not in (
                select
                    a.{{ period }},
                    a.account_id,
                    a.character_id,
                    cast(sum({{ activity_total("a.") }}) as bigint)
                    {%- for time in times %}, coalesce({{ figures[time] }}, 0) {%- endfor %}
                from {{ ref("int_livestream__activity_hourly") }} as a
                group by a.{{ period }}, a.account_id, a.character_id
            )
    {%- endif -%}
{%- endmacro %}

{% macro touched_characters(period, since) -%}
    select a.{{ period }}, a.account_id, a.character_id
    from {{ ref("int_livestream__activity_hourly") }} as a
    where a.batch_id > {{ since }}
    union
    select distinct a.{{ period }}, a.account_id, a.character_id
    from {{ ref("int_livestream__activity_hourly") }} as a
    left join
        {{ this }} as t
        on t.{{ period }} = a.{{ period }}
        and t.account_id = a.account_id
        and t.character_id = a.character_id
    where t.{{ period }} is null
{%- endmacro %}

{#
    activity_measure_types()       the additive columns of int_livestream__activity_hourly with their types
    activity_part(given)           those columns of one of its inputs, 0 unless given, and viewer_peak
    join_touched_characters(alias, date)  join of the rows of a relation with the CTE touched, nothing in a full build
    comparison_side(alias, prefix) the figures of one side of agg_character_comparison
#}
{% macro activity_measure_types() -%}
    {{
        return(
            {
                "session_count": "bigint",
                "open_seconds": "decimal(38, 6)",
                "viewer_sample_count": "bigint",
                "viewer_sum": "bigint",
                "covered_seconds": "decimal(38, 6)",
                "viewer_seconds": "decimal(38, 6)",
                "interaction_count": "bigint",
                "error_count": "bigint",
                "reconnect_count": "bigint",
            }
        )
    }}
{%- endmacro %}

{% macro activity_part(given) -%}
    {%- for name, type in activity_measure_types().items() -%}
        cast({{ given.get(name, "0") }} as {{ type }}) as {{ name }},
    {% endfor -%}
    cast({{ given.get("viewer_peak", "null") }} as bigint) as viewer_peak
{%- endmacro %}

{% macro join_touched_characters(alias, date) -%}
    {%- if is_incremental() %}
        inner join
            touched as t
            on t.activity_date = {{ alias }}.{{ date }}
            and t.account_id = {{ alias }}.account_id
            and t.character_id = {{ alias }}.character_id
    {%- endif %}
{%- endmacro %}

{% macro comparison_side(alias, prefix) -%}
    cast(sum({{ alias }}.session_count) as bigint) as {{ prefix }}session_count,
    {{
        ratio(
            "sum(cast(" ~ alias ~ ".hours_watched as decimal(38, 9)))",
            "sum(cast(" ~ alias ~ ".covered_seconds as decimal(38, 9)))",
        )
    }} * 3600 as {{ prefix }}viewer_average,
    {{
        ratio(
            "sum(" ~ alias ~ ".interaction_count)",
            "sum(cast(" ~ alias ~ ".hours_watched as decimal(38, 9)))",
        )
    }} as {{ prefix }}interactions_per_viewer_hour,
    {{
        ratio(
            "sum(" ~ alias ~ ".converted_amount)",
            "sum(cast(" ~ alias ~ ".hours_watched as decimal(38, 9)))",
        )
    }} as {{ prefix }}converted_amount_per_hour_watched,
    {{
        ratio(
            "sum(cast("
            ~ alias
            ~ ".response_mean_seconds * "
            ~ alias
            ~ ".response_count as decimal(38, 6)))",
            "sum(case when "
            ~ alias
            ~ ".response_mean_seconds is not null then "
            ~ alias
            ~ ".response_count end)",
        )
    }} as {{ prefix }}response_mean_seconds,
    {{ ratio("sum(" ~ alias ~ ".error_count)", "sum(" ~ alias ~ ".interaction_count)") }}
    * 100 as {{ prefix }}errors_per_100_interactions
{%- endmacro %}
