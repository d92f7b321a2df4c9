{#- A view over few rows: super chats, and what documents tell of theirs without people and moments. -#}
{{ config(materialized="view") }}

select
    paid_date,
    account_id,
    character_id,
    currency,
    user_id,
    payment_number,
    1 as super_chat_count,
    amount,
    converted_amount,
    case when is_rate_filled then 1 else 0 end as filled_count,
    case when is_rate_missing then 1 else 0 end as unconverted_count,
    loaded_at
from {{ ref("fct_super_chats") }}
union all
select
    r.paid_date,
    r.account_id,
    r.character_id,
    r.currency,
    cast(null as string) as user_id,
    cast(null as bigint) as payment_number,
    r.super_chat_count,
    r.amount,
    r.converted_amount,
    0 as filled_count,
    r.unconverted_count,
    s.loaded_at
from {{ ref("int_livestream__revenue_by_session") }} as r
inner join {{ ref("int_livestream__sessions_resolved") }} as s on s.session_id = r.session_id
where r.is_told
