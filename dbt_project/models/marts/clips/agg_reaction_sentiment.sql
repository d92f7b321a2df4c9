{#- An emoji that the lexicon lacks says nothing: it lowers n, not the mean. -#}
{%- set groups = {
    "account": "c.account_id",
    "game": "c.game_id",
    "creator": "c.creator_id",
    "clip": "c.clip_id",
} %}

with
    reactions as (
        select
            {% for name, id in groups.items() %} {{ id }} as {{ name }}_id, {% endfor %}
            r.reaction_count,
            l.weight,
            r.batch_id,
            r.loaded_at
        from {{ ref("int_clips__clip_reactions") }} as r
        inner join {{ ref("dim_clips") }} as c on c.clip_id = r.clip_id
        left join {{ ref("clips_emoji_lexicon") }} as l on l.emoji = {{ emoji_key("r.emoji_name") }}
    ),
    grouped as (
        {% for name in groups %}
            select
                account_id,
                '{{ name }}' as entity_type,
                {{ name }}_id as entity_id,
                cast(sum(reaction_count) as bigint) as reaction_count,
                cast(
                    sum(case when weight is not null then reaction_count else 0 end) as bigint
                ) as scored_count,
                cast(sum(cast(weight as decimal(9, 4)) * reaction_count) as double) as weighted_sum,
                max(batch_id) as batch_id,
                max(loaded_at) as loaded_at
            from reactions
            where {{ name }}_id is not null
            group by account_id, {{ name }}_id {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    account_id,
    entity_type,
    entity_id,
    reaction_count,
    scored_count,
    {{ ratio("scored_count", "reaction_count") }} as scored_ratio,
    case
        when scored_count >= {{ var("clips_min_scored_reactions") }} then weighted_sum / scored_count
    end as sentiment,
    batch_id,
    loaded_at
from grouped
