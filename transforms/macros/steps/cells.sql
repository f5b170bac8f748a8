{#-
  Registered steps about small counts. A count from 1 up to one less than the city's minimum cell (k) is small.
  Zeros are shown. Versions and sentences stand in steps.yml.
-#}

{#- is_small_cell(number): whether a count is small; unknown counts are not. -#}
{% macro is_small_cell(number) %}
    {{ return('coalesce(' ~ number ~ ' between 1 and ' ~ (var('minimum_cell') | int - 1) ~ ', false)') }}
{% endmacro %}


{#- count_with_min_cell(number, is_hidden): the count, or null where it is small or another count gives it away. -#}
{% macro count_with_min_cell(number, is_hidden='false') %}
    {{ return('case when ' ~ is_small_cell(number) ~ ' or ' ~ is_hidden ~ ' then null else ' ~ number ~ ' end') }}
{% endmacro %}


{#- value_with_min_cell(value, number, is_hidden): a rate or median, or null where the count behind it is hidden. -#}
{% macro value_with_min_cell(value, number, is_hidden='false') %}
    {{ return('case when ' ~ is_small_cell(number) ~ ' or ' ~ is_hidden ~ ' then null else ' ~ value ~ ' end') }}
{% endmacro %}


{#-
  hidden_up_to(parts): the greatest part that must be hidden so that no hidden part can be worked out from the
  parts' total; 0 where none is small. Small parts are hidden; then the next smallest, until at least two are and
  what is hidden adds up to k. Parts of 0 stay shown.
-#}
{% macro hidden_up_to(parts) %}
    {%- set minimum = var('minimum_cell') | int -%}
    {%- set sorted = 'list_sort(list_filter([' ~ parts | join(', ') ~ '], lambda part: part > 0))' -%}
    {%- set small = 'len(list_filter([' ~ parts | join(', ') ~ '], lambda part: part between 1 and '
        ~ (minimum - 1) ~ '))' -%}
    {%- set first = 'greatest(2, ' ~ small ~ ')' -%}
    {{ return(
        'case when ' ~ small ~ ' = 0 then 0 else coalesce(' ~ sorted ~ '[least(len(' ~ sorted ~ '), ' ~ first
        ~ ' + case when coalesce(list_sum(' ~ sorted ~ '[1:' ~ first ~ ']), 0) < ' ~ minimum
        ~ ' then 1 else 0 end)], 0) end'
    ) }}
{% endmacro %}


{#- parts_with_min_cell(part, hidden_up_to): one part of a total, or null where it must be hidden. -#}
{% macro parts_with_min_cell(part, hidden_up_to) %}
    {{ return('case when ' ~ part ~ ' between 1 and ' ~ hidden_up_to ~ ' then null else ' ~ part ~ ' end') }}
{% endmacro %}
