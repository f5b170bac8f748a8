{#-
  Registered steps about small counts. A count from 1 up to one less than the city's minimum cell (k) is small.
  Zeros are shown. What the functions do, their versions and sentences stand in steps.yml.
-#}

{#- is_small_cell(number): whether a count is small; unknown counts are not. -#}
{% macro is_small_cell(number) %}
    {{ return('step_is_small_cell(' ~ number ~ ', ' ~ var('minimum_cell') | int ~ ')') }}
{% endmacro %}


{#- count_with_min_cell(number, is_hidden): the count, or null where it is small or another count gives it away. -#}
{% macro count_with_min_cell(number, is_hidden='false') %}
    {{ return('step_count_with_min_cell(' ~ number ~ ', ' ~ is_hidden ~ ', ' ~ var('minimum_cell') | int ~ ')') }}
{% endmacro %}


{#- value_with_min_cell(value, number, is_hidden): a rate or median, or null where the count behind it is hidden. -#}
{% macro value_with_min_cell(value, number, is_hidden='false') %}
    {{ return(
        'step_value_with_min_cell(' ~ value ~ ', ' ~ number ~ ', ' ~ is_hidden ~ ', ' ~ var('minimum_cell') | int ~ ')'
    ) }}
{% endmacro %}


{#-
  parts_with_min_cell(parts): the parts of a total as a list, each null where it must be hidden so that no hidden part
  can be worked out from the total. `parts` is a list of columns.
-#}
{% macro parts_with_min_cell(parts) %}
    {{ return('step_parts_with_min_cell([' ~ parts | join(', ') ~ '], ' ~ var('minimum_cell') | int ~ ')') }}
{% endmacro %}


{#- has_small_part(parts): whether one of the parts is small, so that some are hidden. -#}
{% macro has_small_part(parts) %}
    {{ return('step_has_small_part([' ~ parts | join(', ') ~ '], ' ~ var('minimum_cell') | int ~ ')') }}
{% endmacro %}


{#- hide_small_cells: a step that a Python model calls, since SQL cannot work it out; here it only says so. -#}
{% macro hide_small_cells() %}
    {{ exceptions.raise_compiler_error(
        'hide_small_cells is no SQL: a Python model consists of one call of it (docs/how-to/hide-small-cells.md)'
    ) }}
{% endmacro %}
