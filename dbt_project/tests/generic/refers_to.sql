{# Each value of the columns exists in the columns `fields` of the relation `to`; newest batch only, as in key. #}
{% test refers_to(model, columns, to, fields=none) %}
    {%- set newest = newest_batch_literal(model) %}
    {%- set fields = fields or columns %}
    select distinct {{ columns | join(", ") }}
    from {{ model }} as child
    where
        batch_id >= {{ newest }}
        {% for column in columns %} and child.{{ column }} is not null {% endfor %}
        and not exists (
            select 1
            from {{ to }} as parent
            where
                {% for column in columns %}
                    parent.{{ fields[loop.index0] }} = child.{{ column }} {{ "and" if not loop.last }}
                {% endfor %}
        )
{% endtest %}
