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
    qualify step_is_newest(row_number() over (
        partition by {{ quoted_columns(key) }} order by {{ newest_by }} desc nulls last, _record desc
    ))
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#-
  record_number(key): a number for each record of a source that has none, by the order of keyed hashes of what tells
  the records apart; good for one run. `key` is a list of columns: `_record`, and one that tells the source where
  several are put together. The model must be a table, made while the key is at hand. Version and sentence stand in
  steps.yml.
-#}
{% macro record_number(key) %}
    {%- set parts = [] -%}
    {%- for column in key -%}
        {%- do parts.append('cast(' ~ quoted_columns([column]) ~ ' as varchar)') -%}
    {%- endfor -%}
    {%- set text = parts | join(" || '/' || ") -%}
    {{ return(
        'step_record_number(row_number() over (order by ' ~ pseudonym(text, 'record_number') ~ '))'
    ) }}
{% endmacro %}
