{#-
  raw('<source>'): the accepted records of one of the city's sources, as a relation to select from: the view
  raw__<source>, made by the shell before the models run (orchestration/raw_sources.py).

  snapshot: the newest delivery alone. append: all deliveries. upsert: per key the record of the newest delivery.
  Columns are the contract's, typed, and `_record`, the record's number in its delivery.
  Calling it leaves a mark in the model's meta ("raw:<source>"), from which the lineage knows the source: dbt
  itself knows nothing of such a view. The mark is made while parsing, wherever the call stands.
-#}
{% macro raw(source_name) %}
    {%- set sources = var('sources') -%}
    {%- if source_name not in sources -%}
        {{ exceptions.raise_compiler_error(
            "no source called '" ~ source_name ~ "'. Found: " ~ (sources.keys() | sort | join(', '))
        ) }}
    {%- endif -%}
    {%- do config(meta={'raw:' ~ source_name: true}) -%}
    {%- if execute and sources[source_name]['deliveries'] == 0 -%}
        {{ exceptions.raise_compiler_error(
            "the source '" ~ source_name ~ "' has no accepted delivery yet"
        ) }}
    {%- endif -%}
    {%- if execute and sources[source_name]['unread'] -%}
        {{ exceptions.raise_compiler_error(sources[source_name]['unread']) }}
    {%- endif -%}
    {{ return('"raw__' ~ source_name ~ '"') }}
{% endmacro %}
