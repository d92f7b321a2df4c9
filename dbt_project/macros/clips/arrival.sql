{#
    Clips, incremental by arrival: a clip is computed anew from all that was ever seen of it.

    last_known(column)          aggregate over sightings: the newest value that is not NULL
    delete_touched(relation, keys)
                                for pre_hook: deletes the rows of all keys (a list of columns) that `relation` has in
                                newer batches than {% raw %}{{ this }}{% endraw %}: a key may have fewer rows than before
#}
{% macro last_known(column) -%}
    max_by({{ column }}, collected_at) filter (where {{ column }} is not null)
{%- endmacro %}

{% macro delete_touched(relation, keys) -%}
    {%- if execute and is_incremental() -%}
        delete from {{ this }}
        where
            ({{ keys | join(", ") }}) in (
                select distinct ({{ prefixed(keys | join(", "), "n") }})
                from {{ relation }} as n
                where n.batch_id > {{ last_batch_id() }}
            )
    {%- endif -%}
{%- endmacro %}
