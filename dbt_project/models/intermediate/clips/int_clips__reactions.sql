{{
    config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="message_id",
        pre_hook=[
            "{{ clear_if_displaced(ref('stg_discord__messages')) }}",
            "{{ delete_touched(ref('stg_discord__messages'), ['message_id']) }}",
        ],
    )
}}

{#- A state is whole: an emoji that it does not list stands at 0, and so do all emoji of a message that is gone. -#}
{%- set messages = ref("stg_discord__messages") %}
{%- set since = last_batch_id(messages) %}
{%- set fields = {
    "emoji_id": "VARCHAR",
    "emoji_name": "VARCHAR",
    "is_animated": "BOOLEAN",
    "normal_count": "BIGINT",
    "burst_count": "BIGINT",
} %}

with
    reads as (
        select message_id, collected_at, is_gone, reactions, loaded_at
        from {{ messages }}
        {% if is_incremental() %}
            where message_id in (select t.message_id from {{ messages }} as t where t.batch_id > {{ since }})
        {% endif %}
    ),
    listed as (
        select message_id, collected_at, {{ explode_json("reactions", fields) }} as reaction
        from reads
        where not is_gone and reactions is not null
    ),
    counted as (
        select
            message_id,
            collected_at,
            coalesce(reaction.emoji_id, {{ emoji_key("reaction.emoji_name") }}) as emoji_key,
            max(reaction.emoji_id) as emoji_id,
            max(reaction.emoji_name) as emoji_name,
            coalesce(max(case when reaction.is_animated then 1 end), 0) as animated,
            cast(sum(reaction.normal_count) as bigint) as normal_count,
            cast(sum(reaction.burst_count) as bigint) as burst_count
        from listed
        where coalesce(reaction.emoji_id, reaction.emoji_name) is not null
        group by message_id, collected_at, coalesce(reaction.emoji_id, {{ emoji_key("reaction.emoji_name") }})
    ),
    emojis as (
        select
            message_id,
            emoji_key,
            max(emoji_id) as emoji_id,
            {{ last_known("emoji_name") }} as emoji_name,
            max(case when emoji_name is not null then collected_at end) as named_at,
            max(animated) = 1 as is_animated
        from counted
        group by message_id, emoji_key
    ),
    states as (
        select
            r.message_id,
            e.emoji_key,
            e.emoji_id,
            e.emoji_name,
            e.named_at,
            e.is_animated,
            r.collected_at,
            coalesce(c.normal_count, 0) as normal_count,
            coalesce(c.burst_count, 0) as burst_count,
            r.loaded_at
        from reads as r
        inner join emojis as e on e.message_id = r.message_id
        left join
            counted as c
            on c.message_id = r.message_id
            and c.collected_at = r.collected_at
            and c.emoji_key = e.emoji_key
    ),
    compared as (
        select
            *,
            coalesce(lag(normal_count) over emoji, 0) as normal_before,
            coalesce(lag(burst_count) over emoji, 0) as burst_before
        from states
        window emoji as (partition by message_id, emoji_key order by collected_at)
    ),
    changes as (select * from compared where normal_count <> normal_before or burst_count <> burst_before)

select
    message_id,
    emoji_key,
    emoji_id,
    emoji_name,
    named_at,
    is_animated,
    collected_at as valid_from,
    lead(collected_at) over (partition by message_id, emoji_key order by collected_at) as valid_to,
    normal_count,
    burst_count,
    normal_count + burst_count as reaction_count,
    normal_count + burst_count - normal_before - burst_before as reactions_gained,
    {{ newest_batch_id(messages) }} as batch_id,
    loaded_at
from changes
