{% macro loaded_source__twitch() -%}
    {{
        return(
            {
                "users": "stg_twitch__users",
                "channels": "stg_twitch__channels",
                "followers": "stg_twitch__followers",
                "subscriptions": "stg_twitch__subscriptions",
                "streams": "stg_twitch__streams",
                "stream_polls": "stg_twitch__stream_polls",
                "videos": "stg_twitch__videos",
                "clips": "stg_twitch__clips",
                "games": "stg_twitch__games",
                "collections": "stg_twitch__collections",
            }
        )
    }}
{%- endmacro %}
