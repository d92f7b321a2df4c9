{#- A view: the facts of the domains hold the rows already, in the warehouse and in the publication. -#}
{{ config(materialized="view") }}

{%- set columns = activity_columns() %}

select domain, {{ columns | join(", ") }}, loaded_at
from ({{ activity(["loaded_at"]) }}) as activities
