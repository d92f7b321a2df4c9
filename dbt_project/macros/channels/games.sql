{#
    channel_games(columns)   body of a mart by account, category and the further grain columns
#}
{% macro channel_games(columns=[]) -%}
    {%- set grain = ["account_id", "game_id"] + columns -%}
    with
        games as (
            select
                {{ grain | join(", ") }},
                count(distinct stream_id) as stream_count,
                count(distinct stream_date) as stream_day_count,
                min(stream_date) as first_date,
                max(stream_date) as last_date,
                {{ viewing_sums() }},
                cast(sum(followers_gained) as double) as followers_gained,
                max(batch_id) as batch_id,
                max(loaded_at) as loaded_at
            from {{ ref("int_channels__stream_games") }}
            group by {{ grain | join(", ") }}
        )

    select
        {% for column in grain -%} g.{{ column }}, {% endfor -%}
        {{ game_name("g.game_id", "n.game_name") }} as game_name,
        g.stream_count,
        {% if not columns -%} g.stream_day_count, g.first_date, g.last_date, {% endif -%}
        {{ streaming_measures("g") }},
        {{
            ratio(
                "g.streamed_micros",
                "sum(g.streamed_micros) over (partition by " ~ (["g.account_id"] + columns)
                | join(", ") ~ ")",
            )
        }} as streamed_share_ratio,
        g.followers_gained,
        g.batch_id,
        g.loaded_at
    from games as g
    left join {{ ref("int_channels__games_named") }} as n on n.game_id = g.game_id
{%- endmacro %}
