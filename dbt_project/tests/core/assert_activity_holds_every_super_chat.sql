-- Guards against a payment that is revenue and no activity: it stands also where its message was removed.
{{ config(meta={"dagster": {"ref": {"name": "fct_activity"}}}) }}
select coalesce(s.currency, a.currency) as currency, s.amount, a.value
from (select currency, sum(amount) as amount from {{ ref("fct_super_chats") }} group by currency) as s
full outer join
    (
        select unit as currency, sum(value) as value
        from {{ ref("fct_activity") }}
        where kind = 'super_chat'
        group by unit
    ) as a
    on a.currency is not distinct from s.currency
where s.amount is distinct from a.value
