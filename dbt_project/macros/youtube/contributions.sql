{% macro loaded_source__youtube() -%}
    {{
        return(
            {
                "videos": "stg_youtube__videos",
                "chat_messages": "stg_youtube__chat_messages",
                "collections": "stg_youtube__collections",
            }
        )
    }}
{%- endmacro %}
