{#- Registered steps about time; what they do, their versions and sentences stand in steps.yml. -#}

{#-
  generalise_date(column, to): the day, or the first day of the month, quarter or year, of a moment in UTC, in the
  city's time zone.
-#}
{% macro generalise_date(column, to='day') %}
    {%- if to not in ['day', 'month', 'quarter', 'year'] -%}
        {{ exceptions.raise_compiler_error(
            "generalise_date to '" ~ to ~ "': expected day, month, quarter or year"
        ) }}
    {%- endif -%}
    {{ return('step_generalise_' ~ to ~ '(' ~ column ~ ", '" ~ var('timezone') | replace("'", "''") ~ "')") }}
{% endmacro %}


{#-
  compare_times(left, operator, right): whether one moment lies before another; unknown where one is unknown.
  One bit is left of two moments.
-#}
{% macro compare_times(left, operator, right) %}
    {%- if operator == '=' -%}
        {{ return(
            '(' ~ compare_times(left, '<=', right) ~ ' and ' ~ compare_times(left, '>=', right) ~ ')'
        ) }}
    {%- endif -%}
    {{ return('step_compare_times(' ~ left ~ ' ' ~ operator ~ ' ' ~ right ~ ')') }}
{% endmacro %}


{#- is_known(moment): whether a moment is known; the part of compare_times that asks for no order. -#}
{% macro is_known(moment) %}
    {{ return('step_is_known(' ~ moment ~ ')') }}
{% endmacro %}
