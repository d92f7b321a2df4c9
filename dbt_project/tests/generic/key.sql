{#
    The columns identify a row: none is NULL, no two rows share them.

    Where the model has batch_id, only the rows of the newest batch are looked up (in the whole table): the others were
    looked up when they came in, and a full scan of every key would cost more than the night's own work.
#}
{% test key(model, columns, has_batches=true) %}
    {%- set newest = newest_batch_literal(model) if has_batches else none %}
    select {{ columns | join(", ") }}, count(*) as row_count
    from {{ model }}
    {%- if newest is not none %}
        where
            {% for column in columns %} {{ column }} is null or {% endfor %}
            ({{ columns | join(", ") }})
            in (select {{ columns | join(", ") }} from {{ model }} where batch_id >= {{ newest }})
    {%- endif %}
    group by {{ columns | join(", ") }}
    having count(*) > 1 {% for column in columns %} or {{ column }} is null {% endfor %}
{% endtest %}
