{#
    emoji_key(name)     a standard emoji without its skin tone and variation selector, a custom one's name in lower
                        case: what the lexicon is looked up by
#}
{% macro emoji_key(name) -%}
    {%- set state = namespace(sql=name) -%}
    {%- for mark in ["\ufe0f", "\U0001f3fb", "\U0001f3fc", "\U0001f3fd", "\U0001f3fe", "\U0001f3ff"] -%}
        {%- set state.sql = "replace(" ~ state.sql ~ ", '" ~ mark ~ "', '')" -%}
    {%- endfor -%}
    {{ return("lower(" ~ state.sql ~ ")") }}
{%- endmacro %}
