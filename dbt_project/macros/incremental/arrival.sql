{#
    Incremental by arrival
    ======================
    Every incremental model stands on two columns, never on event time and never on a clock:

    batch_id BIGINT    the number of the staging batch that last touched the row. A staging model gives each new row
                       next_batch_id(); every model downstream stamps each row that it rewrites with
                       newest_batch_id(<its input>).
    loaded_at          arrival of the newest raw row behind the row (_dlt_loads.inserted_at)

    A model downstream of staging does three things:
      1. {% raw %}{% set since = last_batch_id(ref("stg_...")) %}{% endraw %} and `where batch_id > {% raw %}{{ since }}{% endraw %}`: which input rows changed;
      2. widen those rows to whole groups (session, conversation, date, hour, user) and recompute the groups from their
         full input;
      3. delete+insert by the group's key.
    A model that dies leaves its own highest batch_id where it was, so the next run takes up the same rows again.
    Re-processing a batch is always safe: groups are recomputed, never added to.

    Displaced rows. First arrival wins by (_dlt_loads.inserted_at, load id, file_id, line_number). If a load becomes
    visible after a younger one (a clock that was set back), its row takes the place of one already modelled, whose
    groups may vanish. Staging then writes displaced_batch_id on that row, and each model downstream empties itself
    (clear_if_displaced in its pre_hook) and recomputes once.

    new_raw_rows(source_name, table, columns)
        Subquery for a staging model: the listed raw columns, plus load_id, file_id, line_number, loaded_at, of all
        loads with status 0 that {% raw %}{{ this }}{% endraw %} holds no row of. A load of repeats only is read again; it adds nothing.
        The model must keep the columns load_id, file_id, line_number, loaded_at and batch_id.
    is_new_load(source_name, column)
        Condition, of literals: the column holds the id of such a load.
    next_batch_id()
        BIGINT literal for a staging model: 1 + the highest batch_id in {% raw %}{{ this }}{% endraw %}.
    last_batch_id(staging=none, column="batch_id")
        BIGINT literal: the highest batch_id (or `column`, of a model with two inputs) that {% raw %}{{ this }}{% endraw %} has taken in; 0 on a first build, a full refresh, or when
        a row of `staging` (a relation or a list) was displaced since (the model's pre_hook then empties it).
    newest_batch_id(relation)
        Scalar subquery: the highest batch_id in an input relation, or in any of a list.
    clear_if_displaced(staging, column="batch_id")
        For pre_hook: empties {% raw %}{{ this }}{% endraw %} if a row of `staging` (a relation or a list) was displaced after
        {% raw %}{{ this }}{% endraw %} last ran.
    arrived_before(a, b)
        Condition: row alias a arrived before row alias b. The order is total over raw lines.

    Literals, not subqueries: the engine then skips the row groups that hold no new batch.
#}
{% macro new_raw_rows(source_name, table, columns) -%}
    (
        select
            {%- for column in columns %} r.{{ column }}, {%- endfor %}
            r._dlt_load_id as load_id,
            r.file_id,
            r.line_number,
            {{ utc_timestamp("l.inserted_at") }} as loaded_at
        from {{ source(source_name, table) }} as r
        inner join {{ source(source_name, "_dlt_loads") }} as l on r._dlt_load_id = l.load_id and l.status = 0
        {%- if is_incremental() %} where {{ is_new_load(source_name, "r._dlt_load_id") }} {%- endif %}
    )
{%- endmacro %}

{% macro is_new_load(source_name, column) -%}
    {%- set ids = [] -%}
    {%- if execute -%}
        {%- set ids = (
            run_query(
                "select load_id from "
                ~ source(source_name, "_dlt_loads")
                ~ " where status = 0 and load_id not in (select distinct load_id from "
                ~ this
                ~ ") order by load_id"
            )
            .columns[0]
            .values()
        ) -%}
    {%- endif -%}
    {%- if ids -%} {{ column }} in ('{{ ids | join("', '") }}')
    {%- else -%} false
    {%- endif -%}
{%- endmacro %}

{% macro next_batch_id() -%}
    {{- remember_rebuild() -}}
    {%- if execute and is_incremental() -%}
        {{
            return(
                "cast("
                ~ (_scalar("select coalesce(max(batch_id), 0) from " ~ this) | int + 1)
                ~ " as bigint)"
            )
        }}
    {%- endif -%}
    {{ return("cast(1 as bigint)") }}
{%- endmacro %}

{% macro last_batch_id(staging=none, column="batch_id") -%}
    {{- remember_rebuild() -}}
    {%- if not (execute and is_incremental()) -%} {{ return("0") }} {%- endif -%}
    {%- set last = _scalar("select coalesce(max(" ~ column ~ "), 0) from " ~ this) | int -%}
    {%- if staging is not none and _is_displaced(staging, last) -%} {{ return("0") }} {%- endif -%}
    {{ return(last | string) }}
{%- endmacro %}

{% macro newest_batch_id(relation) -%}
    {%- if _relations(relation) | length == 1 -%}
        (select coalesce(max(batch_id), 0) from {{ _relations(relation)[0] }})
    {%- else -%}
        greatest(
            {%- for one in _relations(relation) -%}
                (select coalesce(max(batch_id), 0) from {{ one }}) {{- ", " if not loop.last }}
            {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{% macro clear_if_displaced(staging, column="batch_id") -%}
    {%- if execute and is_incremental() -%}
        {%- set last = _scalar("select coalesce(max(" ~ column ~ "), 0) from " ~ this) | int -%}
        {%- if _is_displaced(staging, last) -%} delete from {{ this }} {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro arrived_before(a, b) -%}
    (
        {{ a }}.loaded_at < {{ b }}.loaded_at
        or (
            {{ a }}.loaded_at = {{ b }}.loaded_at
            and (
                {{ a }}.load_id < {{ b }}.load_id
                or (
                    {{ a }}.load_id = {{ b }}.load_id
                    and (
                        {{ a }}.file_id < {{ b }}.file_id
                        or ({{ a }}.file_id = {{ b }}.file_id and {{ a }}.line_number < {{ b }}.line_number)
                    )
                )
            )
        )
    )
{%- endmacro %}

{% macro _scalar(sql) -%}
    {%- set values = run_query(sql).columns[0].values() -%} {{ return(values[0] if values else none) }}
{%- endmacro %}

{% macro _is_displaced(staging, last) -%}
    {%- for one in _relations(staging) -%}
        {%- if _scalar("select coalesce(max(displaced_batch_id), 0) from " ~ one) | int > last -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{% macro _relations(given) -%}
    {{ return([given] if given is string or given.identifier is defined else given) }}
{%- endmacro %}

{#
    For post_hook of an appending staging model: removes the rows whose place a row of the newest batch took.
    A look at one column that is all NULL costs nothing; a delete by key on each run would scan every key.
#}
{% macro delete_displaced(key) -%}
    {%- if execute and is_incremental() -%}
        {%- set newest = _scalar("select coalesce(max(batch_id), 0) from " ~ this) | int -%}
        {%- if _scalar("select count(*) from " ~ this ~ " where displaced_batch_id = " ~ newest) | int > 0 -%}
            delete from {{ this }}
            where
                batch_id < {{ newest }}
                and {{ key }} in (select {{ key }} from {{ this }} where displaced_batch_id = {{ newest }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
