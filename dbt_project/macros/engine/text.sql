{#
    Text.

    text_literal(value)                  VARCHAR literal; no value can leave it
    words_of(text)                       in a select list, on its own: one row a word of a text, in lower case
    without_first_match(text, pattern)   the text without the first match of a regular expression, which holds no
                                         backslash and no quote; a bracket is written as a class of its own, [[] or []]
    first_match(text, pattern, group)    what the group of that number takes of the first match, or '' where there is none
    web_address(text)                    the text where it is an address of the web, else NULL: links of pages go nowhere else
    without_matches(text, pattern)       the text with a blank for each match of such an expression, without brackets
#}
{% macro without_first_match(text, pattern) -%}
    {{ return(adapter.dispatch("without_first_match")(text, pattern)) }}
{%- endmacro %}
{% macro duckdb__without_first_match(text, pattern) -%}
    {{ return("regexp_replace(" ~ text ~ ", '" ~ pattern ~ "', '')") }}
{%- endmacro %}
{#- Java's regexp_replace takes every match away, and takes [[] for the start of a class within a class. -#}
{% macro spark__without_first_match(text, pattern) -%}
    {%- set java = pattern | replace("[[]", "\\\\[") | replace("[]]", "\\\\]") -%}
    {{ return("regexp_replace(" ~ text ~ ", '(?s)^(.*?)(?:" ~ java ~ ")', '$1')") }}
{%- endmacro %}

{#- Both engines know it by one name, with groups counted from one. -#}
{% macro first_match(text, pattern, group) -%}
    {{ return("regexp_extract(" ~ text ~ ", '" ~ pattern ~ "', " ~ group ~ ")") }}
{%- endmacro %}

{% macro web_address(text) -%}
    {{ return("nullif(" ~ first_match(text, "^https?://[!-~]+$", 0) ~ ", '')") }}
{%- endmacro %}

{% macro without_matches(text, pattern) -%}
    {{ return(adapter.dispatch("without_matches")(text, pattern)) }}
{%- endmacro %}
{% macro duckdb__without_matches(text, pattern) -%}
    {{ return("regexp_replace(" ~ text ~ ", '" ~ pattern ~ "', ' ', 'g')") }}
{%- endmacro %}
{% macro spark__without_matches(text, pattern) -%}
    {{ return("regexp_replace(" ~ text ~ ", '" ~ pattern ~ "', ' ')") }}
{%- endmacro %}

{% macro words_of(text) -%} {{ adapter.dispatch("words_of")(text) }} {%- endmacro %}
{% macro duckdb__words_of(text) -%}
    unnest(regexp_extract_all(lower({{ text }}), '[\p{L}][\p{L}\p{N}_]+'))
{%- endmacro %}
{% macro spark__words_of(text) -%}
    explode(regexp_extract_all(lower({{ text }}), '([\\p{L}][\\p{L}\\p{N}_]+)', 1))
{%- endmacro %}

{% macro text_literal(value) -%} {{ return(adapter.dispatch("text_literal")(value)) }} {%- endmacro %}
{% macro duckdb__text_literal(value) -%} {{ return("'" ~ value | replace("'", "''") ~ "'") }} {%- endmacro %}
{% macro spark__text_literal(value) -%}
    {{ return("'" ~ value | replace("\\", "\\\\") | replace("'", "\\'") ~ "'") }}
{%- endmacro %}
