{# An arithmetic invariant: no row for which the expression is false. A NULL is not a failure. #}
{% test holds(model, expression) %} select * from {{ model }} where not ({{ expression }}) {% endtest %}
