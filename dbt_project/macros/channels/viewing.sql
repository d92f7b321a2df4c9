{#
    Viewers of live streams, from sums over rows of int_channels__stream_hours. Averages are computed at the grain that
    asks, from sums of whole numbers, so that no order of the rows changes a figure.

    viewing_sums()           aggregates over such rows, or over sums of them
    viewing_columns()        the names of those aggregates
    viewing_measures(alias)  the columns that marts show, over one row of those aggregates
    game_name(id, name)      'none' where no category is set, 'unknown' where the platform does not name it
#}
{% macro viewing_sums() -%}
    cast(sum(streamed_micros) as bigint) as streamed_micros,
    cast(sum(covered_micros) as bigint) as covered_micros,
    cast(sum(viewer_micros) as decimal(38, 0)) as viewer_micros,
    cast(sum(sample_count) as bigint) as sample_count,
    cast(sum(viewer_sample_count) as bigint) as viewer_sample_count,
    cast(sum(viewer_sum) as decimal(38, 0)) as viewer_sum,
    max(peak_viewers) as peak_viewers
{%- endmacro %}

{% macro viewing_columns() -%}
    streamed_micros,
    covered_micros,
    viewer_micros,
    sample_count,
    viewer_sample_count,
    viewer_sum,
    peak_viewers
{%- endmacro %}

{% macro viewing_measures(alias) -%}
    {{ seconds_of(alias ~ ".covered_micros") }} as covered_seconds,
    {{ ratio(alias ~ ".covered_micros", alias ~ ".streamed_micros") }} as sample_coverage_ratio,
    {{ alias }}.sample_count as sample_count,
    case
        when {{ alias }}.covered_micros > 0 then {{ hours_of(alias ~ ".viewer_micros") }}
    end as hours_watched,
    {{ ratio(alias ~ ".viewer_micros", alias ~ ".covered_micros") }} as average_viewers,
    {{ alias }}.peak_viewers as peak_viewers,
    {{ ratio(alias ~ ".viewer_sum", alias ~ ".viewer_sample_count") }} as mean_sample_viewers
{%- endmacro %}

{% macro game_name(id, name) -%}
    case when {{ id }} is null or {{ id }} = 'none' then 'none' else coalesce({{ name }}, 'unknown') end
{%- endmacro %}
