{#-
  raw('<source>'): the accepted records of one of the city's sources, as a relation to select from.

  snapshot: the newest delivery alone. append: all deliveries. upsert: per key the record of the newest delivery.
  Columns are the contract's, typed, and `_record`, the record's number in its delivery.
  Calling it leaves a mark in the model's meta ("raw:<source>"), from which the lineage knows the source: dbt
  itself sees no dependency in a Parquet file. The mark is made while parsing, wherever the call stands.
-#}
{% macro raw(source_name) %}
    {%- set sources = var('sources') -%}
    {%- if source_name not in sources -%}
        {{ exceptions.raise_compiler_error(
            "no source called '" ~ source_name ~ "'. Found: " ~ (sources.keys() | sort | join(', '))
        ) }}
    {%- endif -%}
    {%- do config(meta={'raw:' ~ source_name: true}) -%}
    {%- set source = sources[source_name] -%}
    {%- if execute -%}
        {%- if source['files'] | length == 0 -%}
            {{ exceptions.raise_compiler_error(
                "the source '" ~ source_name ~ "' has no accepted delivery yet"
            ) }}
        {%- endif -%}
        {{ return(accepted_records(source_name, source['delivery'], source['files'])) }}
    {%- else -%}
        {{ return('(select 1)') }}
    {%- endif -%}
{% endmacro %}


{#- accepted_records(source_name, delivery, files): the SQL behind raw(); `files` are Parquet paths, oldest first. -#}
{% macro accepted_records(source_name, delivery, files) %}
    {%- if delivery == 'snapshot' or files | length == 1 -%}
        {{ return('read_parquet(' ~ quoted_paths(files[-1:]) ~ ')') }}
    {%- elif delivery == 'append' -%}
        {{ return('read_parquet(' ~ quoted_paths(files) ~ ', union_by_name = true)') }}
    {%- elif delivery == 'upsert' -%}
        {{ return(newest_per_key(source_name, files)) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("delivery '" ~ delivery ~ "' is not snapshot, append or upsert") }}
    {%- endif -%}
{% endmacro %}


{#-
  newest_per_key(source_name, files): per key, the record of the newest delivery that holds it.
  Which records a newer delivery has taken the place of stands in the table superseded__<source>, made by the shell
  before the models run (orchestration/superseded.py): many models read the source, and each would else look for
  millions of keys anew.
-#}
{% macro newest_per_key(source_name, files) %}
    {%- set query -%}
(
    select * from read_parquet({{ quoted_paths(files[-1:]) }})
    {%- for file in files[:-1] %}
    union all by name
    select delivery.*
    from read_parquet({{ quoted_paths([file]) }}) as delivery
    anti join (
        select _record from "superseded__{{ source_name }}" where _delivery = {{ loop.index0 }}
    ) as superseded using (_record)
    {%- endfor %}
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#- quoted_paths(paths): a SQL list of string literals. -#}
{% macro quoted_paths(paths) %}
    {%- set quoted = [] -%}
    {%- for path in paths -%}
        {%- do quoted.append("'" ~ path | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {{ return('[' ~ quoted | join(', ') ~ ']') }}
{% endmacro %}
