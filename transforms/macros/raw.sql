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
        {{ return(accepted_records(source['delivery'], source['key'], source['files'])) }}
    {%- else -%}
        {{ return('(select 1)') }}
    {%- endif -%}
{% endmacro %}


{#- accepted_records(delivery, key, files): the SQL behind raw(); `files` are Parquet paths, oldest first. -#}
{% macro accepted_records(delivery, key, files) %}
    {%- if delivery == 'snapshot' or files | length == 1 -%}
        {{ return('read_parquet(' ~ quoted_paths(files[-1:]) ~ ')') }}
    {%- elif delivery == 'append' -%}
        {{ return('read_parquet(' ~ quoted_paths(files) ~ ', union_by_name = true)') }}
    {%- elif delivery == 'upsert' -%}
        {{ return(newest_per_key(key, files)) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("delivery '" ~ delivery ~ "' is not snapshot, append or upsert") }}
    {%- endif -%}
{% endmacro %}


{#-
  newest_per_key(key, files): per key, the record of the newest delivery that holds it.
  The oldest file is usually by far the largest; it is only anti-joined with the few keys that came later,
  and never sorted. Within one delivery a key is unique, as the door has checked.
-#}
{% macro newest_per_key(key, files) %}
    {%- set keys = quoted_columns(key) -%}
    {%- set query -%}
(
    with later as (
        select *
        from (
            {%- for file in files[1:] %}
            {{ 'union all by name ' if not loop.first }}select *, {{ loop.index }} as _delivery
            from read_parquet({{ quoted_paths([file]) }})
            {%- endfor %}
        )
        qualify row_number() over (partition by {{ keys }} order by _delivery desc, _record desc) = 1
    )

    select * exclude (_delivery) from later
    union all by name
    select oldest.*
    from read_parquet({{ quoted_paths(files[:1]) }}) as oldest
    anti join later using ({{ keys }})
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


{#- quoted_columns(columns): column names as quoted identifiers, with commas. -#}
{% macro quoted_columns(columns) %}
    {%- set quoted = [] -%}
    {%- for column in columns -%}
        {%- do quoted.append('"' ~ column | replace('"', '""') ~ '"') -%}
    {%- endfor -%}
    {{ return(quoted | join(', ')) }}
{% endmacro %}
