{% macro active_dates__clips() -%}
    select period_date as date, batch_id, loaded_at
    from {{ ref("agg_engagement_timeline") }}
    where period_type = 'day'
{%- endmacro %}

{% macro activity__clips(arrival) -%}
    select
        clip_id as activity_id,
        'clip' as kind,
        creator_id as person_id,
        account_id,
        game_name as place,
        clip_id as entity_id,
        video_id as session_id,
        clip_created_at as started_at,
        clip_created_at as ended_at,
        clip_date as activity_date,
        'views' as unit,
        cast(view_count as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("dim_clips") }}
    union all
    select
        {{ surrogate_key(["message_id", "clip_id"]) }} as activity_id,
        'clip_share' as kind,
        author_hash as person_id,
        account_id,
        channel_id as place,
        clip_id as entity_id,
        message_id as session_id,
        shared_at as started_at,
        shared_at as ended_at,
        share_date as activity_date,
        'shares' as unit,
        cast(1 as decimal(38, 6)) as value,
        {{ arrival | join(", ") }}
    from {{ ref("fct_discord_shares") }}
    where not is_deleted
{%- endmacro %}
