{#- Hours are counted from an account's first clip to the newest data, each as often as the calendar had it. -#}
{%- set clips = ref("dim_clips") %}

with
    hours as (
        select
            {{ iso_weekday("h.date") }} as iso_weekday,
            h.hour_of_day,
            h.date,
            count(*) over (
                partition by {{ iso_weekday("h.date") }}, h.hour_of_day order by h.hour_at desc
            ) as hours_from_here
        from {{ ref("dim_hours") }} as h
        cross join {{ ref("int_clips__as_of") }} as a
        where h.hour_at <= a.as_of_at
    ),
    accounts as (
        select
            account_id,
            min(clip_date) as first_clip_date,
            max(batch_id) as batch_id,
            max(loaded_at) as loaded_at
        from {{ clips }}
        group by account_id
    ),
    -- Each hour of the week comes within two weeks, also where a clock change took one away.
    existing as (
        select s.first_clip_date, h.iso_weekday, h.hour_of_day, max(h.hours_from_here) as hour_count
        from (select distinct first_clip_date from accounts) as s
        inner join
            hours as h
            on h.date >= s.first_clip_date
            and h.date < cast(s.first_clip_date + interval '14 days' as date)
        group by s.first_clip_date, h.iso_weekday, h.hour_of_day
    ),
    created as (
        select
            account_id,
            {{ iso_weekday("clip_date") }} as iso_weekday,
            cast(extract(hour from {{ reporting_time("clip_created_at") }}) as bigint) as hour_of_day,
            count(*) as clip_count,
            cast(sum(view_count) as bigint) as total_views
        from {{ clips }}
        group by
            account_id,
            {{ iso_weekday("clip_date") }},
            cast(extract(hour from {{ reporting_time("clip_created_at") }}) as bigint)
    ),
    slots as (
        select distinct iso_weekday, hour_of_day
        from hours
        union
        select distinct iso_weekday, hour_of_day
        from created
    )

select
    a.account_id,
    s.iso_weekday,
    s.hour_of_day,
    coalesce(c.clip_count, 0) as clip_count,
    coalesce(e.hour_count, 0) as hour_count,
    {{ ratio("coalesce(c.clip_count, 0)", "e.hour_count") }} as clips_per_hour,
    c.total_views,
    a.first_clip_date,
    a.batch_id,
    a.loaded_at
from accounts as a
cross join slots as s
left join
    existing as e
    on e.first_clip_date = a.first_clip_date
    and e.iso_weekday = s.iso_weekday
    and e.hour_of_day = s.hour_of_day
left join
    created as c
    on c.account_id = a.account_id
    and c.iso_weekday = s.iso_weekday
    and c.hour_of_day = s.hour_of_day
