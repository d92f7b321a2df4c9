{#
    An arithmetic invariant: no row for which the expression is false. A NULL is not a failure.
    has_batches: newest batch only, as in key; for facts, whose full length is long.
#}
{% test holds(model, expression, has_batches=false) %}
    select *
    from {{ model }}
    where
        not ({{ expression }})
        {%- if has_batches %} and batch_id >= {{ newest_batch_literal(model) }} {%- endif %}
{% endtest %}
