{#- named_districts(): the districts with their residents (null where none are known); none where the city has none. -#}
{% macro named_districts() %}
    {%- if has_entity('districts') -%}
    select
        district_id,
        district_name,
        nullif(population, 0) as population
    from {{ ref('int_districts__received') }}
    {%- else -%}
    select
        cast(null as varchar) as district_id,
        cast(null as varchar) as district_name,
        cast(null as bigint) as population
    where false
    {%- endif -%}
{% endmacro %}
