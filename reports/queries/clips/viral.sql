-- Viral at an age first, then by views; clips that are gone have no link that works.
select
    v.clip_id,
    v.title,
    v.url,
    v.creator_name,
    v.game_name,
    c.account_name,
    v.clip_date,
    v.view_count,
    v.views_at_24h,
    v.percentile_at_24h_ratio,
    v.percentile_at_72h_ratio,
    v.percentile_at_168h_ratio,
    v.discord_shares,
    v.discord_reactions,
    v.is_viral
from clips.agg_viral_clips as v
inner join clips.dim_clips as c using (clip_id)
where not v.is_deleted
order by v.is_viral desc, v.view_count desc, v.clip_id
limit 20
