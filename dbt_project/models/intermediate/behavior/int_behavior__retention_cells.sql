with
    counted as (
        select
            retention_name,
            cohort_date,
            breakdown_value,
            returned_bits,
            count(*) as people_count,
            max(loaded_at) as loaded_at
        from {{ ref("int_behavior__retention_people") }}
        group by retention_name, cohort_date, breakdown_value, returned_bits
    )

{% for retention in behavior_definitions("retentions") %}
    {%- for value in ["c.breakdown_value", "'(all)'"] if value == "'(all)'" or retention.breakdown %}
        select
            '{{ retention.name }}' as retention_name,
            '{{ retention.interval }}' as interval,
            '{{ retention.criterion }}' as criterion,
            c.cohort_date,
            {{ value }} as breakdown_value,
            p.period,
            {{ period_ends_at(retention, "c.cohort_date", "p.period") }}
            <= {{ observed_until() }} as is_mature,
            cast(sum(c.people_count) as bigint) as cohort_size,
            cast(
                sum(
                    case when c.returned_bits & {{ bit_of("p.period") }} > 0 then c.people_count else 0 end
                ) as bigint
            ) as returned_count,
            max(c.loaded_at) as loaded_at
        from counted as c
        cross join
            (
                {%- for period in range(0, retention.periods + 1) %}
                    select cast({{ period }} as bigint) as period {{ "union all" if not loop.last }}
                {%- endfor %}
            ) as p
        where c.retention_name = '{{ retention.name }}'
        group by c.cohort_date, p.period {%- if value != "'(all)'" %}, c.breakdown_value {%- endif %}
        union all
    {%- endfor %}
{%- endfor %}
select
    cast(null as string) as retention_name,
    cast(null as string) as interval,
    cast(null as string) as criterion,
    cast(null as date) as cohort_date,
    cast(null as string) as breakdown_value,
    cast(null as bigint) as period,
    cast(null as boolean) as is_mature,
    cast(null as bigint) as cohort_size,
    cast(null as bigint) as returned_count,
    cast(null as timestamp) as loaded_at
where false
