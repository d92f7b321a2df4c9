{#
    youtube_message_id(column)    VARCHAR: one id for a message, whichever way it came. The Data API and the chat's page
                                  wrap the same inner id under two field numbers of one encoding: LCC.EhwK... and
                                  ChwK...; the page also writes the padding, at times percent-encoded.
#}
{% macro youtube_message_id(column) -%}
    trim(
        trailing '='
        from
            replace(
                case
                    when {{ column }} like 'LCC.Eh%'
                    then concat('Ch', substring({{ column }}, 7))
                    else {{ column }}
                end,
                '%3D',
                '='
            )
    )
{%- endmacro %}
