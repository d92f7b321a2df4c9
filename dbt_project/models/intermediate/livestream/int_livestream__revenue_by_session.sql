{#- Built whole, as the super chats that it sums. -#}
with
    told as (
        select
            session_id,
            account_id,
            character_id,
            {{ reporting_date("started_at") }} as paid_date,
            {{ default_currency() }} as currency,
            told_super_chat_count as super_chat_count,
            told_super_chat_amount as amount
        from {{ ref("int_livestream__sessions_resolved") }}
        where
            interaction_count = 0
            and told_super_chat_amount > 0
            and session_id
            not in (select c.session_id from {{ ref("fct_super_chats") }} as c where c.session_id is not null)
    )

select
    session_id,
    account_id,
    character_id,
    paid_date,
    currency,
    count(*) as super_chat_count,
    cast(sum(amount) as decimal(38, 6)) as amount,
    cast(sum(converted_amount) as decimal(38, 6)) as converted_amount,
    count(*) filter (where is_rate_missing) as unconverted_count,
    false as is_told
from {{ ref("fct_super_chats") }}
where session_id is not null
group by session_id, account_id, character_id, paid_date, currency
union all
-- What a document tells without saying who paid what when: on the date of the session's start.
select
    t.session_id,
    t.account_id,
    t.character_id,
    t.paid_date,
    t.currency,
    t.super_chat_count,
    cast(t.amount as decimal(38, 6)) as amount,
    cast({{ converted("t.amount", "t.currency") }} as decimal(38, 6)) as converted_amount,
    case
        when {{ converted("t.amount", "t.currency") }} is null then t.super_chat_count else 0
    end as unconverted_count,
    true as is_told
from told as t {{ join_rates("t.currency", "t.paid_date") }}
