{#-
    A domain whose facts are many gives its days from its own daily mart, with a macro daily_activity__<domain>; the
    others' facts are counted here.
-#}
{%- set counted = contributions("daily_activity") %}

{%- for domain, rows in contributions("activity", [["loaded_at"]]).items() %}
    select
        '{{ domain }}' as domain, activity_date, kind, activity_count, person_count, account_count, loaded_at
    from
        (
            {%- if domain in counted %}{{ counted[domain] }}
            {%- else %}
                select
                    activity_date,
                    kind,
                    count(*) as activity_count,
                    count(distinct person_id) as person_count,
                    count(distinct account_id) as account_count,
                    max(loaded_at) as loaded_at
                from ({{ rows }}) as {{ domain }}_rows
                group by activity_date, kind
            {%- endif %}
        ) as {{ domain }}_days
        {{ "union all" if not loop.last }}
{%- endfor %}
