{{ config(materialized="view") }}

{%- for domain, minutes in contributions("stream_minutes").items() %}
    select
        '{{ domain }}' as domain,
        session_id,
        account_id,
        minute_at,
        minute_of_session,
        viewer_count,
        interaction_count,
        clip_count,
        super_chat_count,
        error_count,
        batch_id,
        event_batch_id,
        loaded_at
    from ({{ minutes }}) as {{ domain }}_minutes {{ "union all" if not loop.last }}
{%- endfor %}
