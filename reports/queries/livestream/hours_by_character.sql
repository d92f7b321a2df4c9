-- The characters with the most hours watched, the others together: more colours than eight cannot be told apart.
with
    totals as (
        select
            character_id,
            row_number() over (order by sum(hours_watched) desc nulls last, character_id) as place
        from livestream.agg_characters_daily
        where activity_date between $month_from and $through_date
        group by character_id
    ),
    shown as (
        select character_id, case when place <= 7 then character_id else 'all others' end as name, least(place, 8) as place
        from totals
    )
select d.activity_date, s.name as character_name, s.place, sum(d.hours_watched) as hours_watched
from livestream.agg_characters_daily as d
inner join shown as s on s.character_id = d.character_id
where d.activity_date between $month_from and $through_date
group by d.activity_date, s.name, s.place
order by d.activity_date, s.place
