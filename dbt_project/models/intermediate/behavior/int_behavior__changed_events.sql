{#-
    Found in one look at the history, for all models that compute people again. Empty where nearly everyone changed: a
    copy of all events would help nobody.
-#}
{%- set people = ref("int_behavior__people") %}
{%- set batch = new_people_batch(people) %}

select e.*, {{ batch }} as people_batch_id
from {{ ref("int_behavior__events") }} as e
{% if batch == "0" %} where false
{% else %}
    inner join
        (select person_id from {{ people }} where batch_id = {{ batch }}) as c on c.person_id = e.person_id
{% endif %}
