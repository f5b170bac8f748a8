{#-
  staged('<entity>'): the city's staging model that delivers the entity. Only int_<entity>__received uses it.
  dbt renders a model that is off too, before it knows; so an entity the city lacks is an error only when run.
-#}
{% macro staged(entity) %}
    {%- set entities = var('entities') -%}
    {%- if entity not in entities and not execute -%}
        {{ return('(select 1)') }}
    {%- elif entity not in entities -%}
        {{ exceptions.raise_compiler_error("this city has no entity '" ~ entity ~ "'") }}
    {%- endif -%}
    {{ return(ref(entities[entity])) }}
{% endmacro %}


{#- has_entity('<entity>'): whether the city delivers the entity; for what is optional within a model. -#}
{% macro has_entity(entity) %}
    {{ return(entity in var('entities')) }}
{% endmacro %}


{#- as_of(): the run's as-of instant as a SQL literal. The only "now" a model knows. -#}
{% macro as_of() %}
    {{ return("timestamp '" ~ var('as_of') | replace('T', ' ') ~ "'") }}
{% endmacro %}


{#- month_number(day): months since year 0, so that months can be counted and compared as integers. -#}
{% macro month_number(day) %}
    {{ return('(year(' ~ day ~ ') * 12 + month(' ~ day ~ ') - 1)') }}
{% endmacro %}


{#- month_start(number): the first day of the month with that number. -#}
{% macro month_start(number) %}
    {{ return('make_date(' ~ number ~ ' // 12, ' ~ number ~ ' % 12 + 1, 1)') }}
{% endmacro %}


{#- percentage(part, whole): part of whole in per cent to one decimal; null where the whole is 0. -#}
{% macro percentage(part, whole) %}
    {{ return('round(cast(100.0 as double) * ' ~ part ~ ' / nullif(' ~ whole ~ ', 0), 1)') }}
{% endmacro %}
