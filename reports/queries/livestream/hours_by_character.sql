-- The characters with the most hours watched, the others together: more colours than eight cannot be told apart.
with
    totals as (
        select
            account_id,
            character_id,
            row_number() over (order by sum(hours_watched) desc nulls last, character_id, account_id) as place,
            count(*) over (partition by character_id) > 1 as is_name_shared
        from livestream.agg_characters_daily
        where activity_date between $month_from and $through_date
        group by account_id, character_id
    ),
    shown as (
        select
            account_id,
            character_id,
            case
                when place > 7
                then 'all others'
                when is_name_shared
                then character_id || ' (' || account_id || ')'
                else character_id
            end as name,
            least(place, 8) as place
        from totals
    )
select d.activity_date, s.name as character_name, s.place, sum(d.hours_watched) as hours_watched
from livestream.agg_characters_daily as d
inner join shown as s on s.account_id = d.account_id and s.character_id = d.character_id
where d.activity_date between $month_from and $through_date
group by d.activity_date, s.name, s.place
order by d.activity_date, s.place
