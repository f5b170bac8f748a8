{#- quoted_columns(columns): column names as quoted identifiers, with commas. -#}
{% macro quoted_columns(columns) %}
    {%- set quoted = [] -%}
    {%- for column in columns -%}
        {%- do quoted.append('"' ~ column | replace('"', '""') ~ '"') -%}
    {%- endfor -%}
    {{ return(quoted | join(', ')) }}
{% endmacro %}
