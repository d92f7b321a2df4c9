select
    emotion,
    count(*) as interaction_count,
    count(*) / sum(count(*)) over () as share_ratio
from livestream.fct_interactions
where interaction_date between $month_from and $through_date and emotion is not null
group by emotion
order by interaction_count desc, emotion
limit 12
