-- Videos that gained the most views in the 7 days up to their channel's last collection.
select
    rank() over (order by v.views_gained_7d desc) as place,
    v.video_id,
    v.title,
    coalesce(n.display_name, v.account_id) as channel,
    v.type,
    v.created_at as created_at,
    v.views_gained_7d,
    v.views_gained_30d,
    v.view_count,
    count(*) over () as video_count
from channels.agg_videos as v
left join channels.dim_channels as n on n.account_id = v.account_id and n.is_current
where v.views_gained_7d is not null
qualify place <= 15
order by place, v.video_id
limit 30
