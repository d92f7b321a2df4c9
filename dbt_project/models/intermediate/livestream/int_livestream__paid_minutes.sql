{{ config(materialized="view") }}

{#- What was paid on YouTube before the stream opened, or after it closed, is revenue and in none of its minutes. -#}
{%- set minute = "cast(date_trunc('minute', p.paid_at) as timestamp)" %}

select p.session_id, {{ minute }} as minute_at, count(*) as super_chat_count, max(p.loaded_at) as loaded_at
from {{ ref("fct_super_chats") }} as p
inner join {{ ref("int_livestream__sessions_resolved") }} as s on s.session_id = p.session_id
where p.platform = 'livestream' or p.paid_at between s.started_at and s.closes_at
group by p.session_id, {{ minute }}
