{# Each value of the columns exists in the columns `fields` of the relation `to`; newest batch only, as in key. #}
{% test refers_to(model, columns, to, fields=none, has_batches=true) %}
    {%- set fields = fields or columns %}
    select distinct {{ columns | join(", ") }}
    from {{ model }} as child
    where
        {%- if has_batches %} batch_id >= {{ newest_batch_literal(model) }} and {% endif %}
        {% for column in columns %} child.{{ column }} is not null and {% endfor %} not exists (
            select 1
            from {{ to }} as parent
            where
                {% for column in columns %}
                    parent.{{ fields[loop.index0] }} = child.{{ column }} {{ "and" if not loop.last }}
                {% endfor %}
        )
{% endtest %}
