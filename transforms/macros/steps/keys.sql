{#-
  dedupe_by_key(relation, key, newest_by): per key one record, the one that comes last by `newest_by`; where two
  come last together, the one with the greater record number. `key` is a list of columns, `newest_by` an expression.
  For a city's staging, where a source repeats a request. Version and sentence stand in steps.yml.
-#}
{% macro dedupe_by_key(relation, key, newest_by) %}
    {%- set query -%}
(
    select *
    from {{ relation }}
    qualify row_number() over (
        partition by {{ quoted_columns(key) }} order by {{ newest_by }} desc nulls last, _record desc
    ) = 1
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}
