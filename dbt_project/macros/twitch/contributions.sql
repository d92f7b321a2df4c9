{% macro loaded_source__twitch() -%} {{ return({"clips": "stg_twitch__clips", "games": "stg_twitch__games"}) }} {%- endmacro %}
