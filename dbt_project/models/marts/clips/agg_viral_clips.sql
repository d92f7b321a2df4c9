{#- A clip is compared with all clips of its channel's last 90 days whose views at the same age are known. -#}
{%- set ages = viral_ages_hours() %}

with
    recent as (
        select v.clip_id, v.account_id, v.age_hours, v.view_count
        from {{ ref("int_clips__views_at_ages") }} as v
        inner join {{ ref("dim_clips") }} as c on c.clip_id = v.clip_id
        cross join {{ ref("int_clips__as_of") }} as a
        where
            v.age_hours in ({{ ages | join(", ") }})
            and c.clip_created_at > {{ add_seconds("a.as_of_at", -86400 * var("clips_viral_days")) }}
    ),
    placed as (
        select
            clip_id,
            age_hours,
            view_count,
            -- the share of the other clips that had fewer views: where all are equal, nobody is above
            percent_rank() over (partition by account_id, age_hours order by view_count) as percentile_ratio,
            count(*) over (partition by account_id, age_hours) as compared_count
        from recent
    ),
    judged as (
        select
            *,
            compared_count >= {{ var("clips_viral_min_compared") }}
            and percentile_ratio >= {{ var("clips_viral_percentile") }}
            and view_count >= {{ var("clips_viral_floor") }} as is_viral
        from placed
    ),
    aged as (
        select
            clip_id,
            {% for hours in ages %}
                {%- set at = "case when age_hours = " ~ hours ~ " then" %}
                max({{ at }} view_count end) as views_at_{{ hours }}h,
                -- too few to speak of a percentile
                max(
                    {{ at }} case
                        when compared_count >= {{ var("clips_viral_min_compared") }} then percentile_ratio
                    end end
                ) as percentile_at_{{ hours }}h_ratio,
                max({{ at }} compared_count end) as compared_at_{{ hours }}h,
                coalesce(max({{ at }} cast(is_viral as int) end), 0) = 1 as is_viral_at_{{ hours }}h,
            {% endfor %}
            max(cast(is_viral as int)) = 1 as is_viral
        from judged
        group by clip_id
    ),
    -- before the list is cut
    ranked as (
        select *, rank() over (partition by account_id order by view_count desc nulls last) as view_rank
        from {{ ref("dim_clips") }}
    )

select
    c.clip_id,
    c.account_id,
    c.title,
    c.url,
    c.creator_id,
    c.creator_name,
    c.game_id,
    c.game_name,
    c.clip_created_at,
    c.clip_date,
    c.view_count,
    c.discord_shares,
    c.discord_reactions,
    c.is_deleted,
    {% for hours in ages %}
        a.views_at_{{ hours }}h,
        a.percentile_at_{{ hours }}h_ratio,
        a.compared_at_{{ hours }}h,
        coalesce(a.is_viral_at_{{ hours }}h, false) as is_viral_at_{{ hours }}h,
    {% endfor %}
    coalesce(a.is_viral, false) as is_viral,
    coalesce(c.view_count >= {{ var("clips_min_views") }}, false) as has_min_views,
    c.view_rank,
    c.batch_id,
    c.loaded_at
from ranked as c
left join aged as a on a.clip_id = c.clip_id
where a.is_viral or c.view_count >= {{ var("clips_min_views") }}
