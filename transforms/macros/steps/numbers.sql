{#- Registered steps about numbers; what they do, their versions and sentences stand in steps.yml. -#}

{#- round_count(number, to): a count rounded to the nearest multiple of `to` (5, 10, 50 or 100), half up. -#}
{% macro round_count(number, to=5) %}
    {{ return('step_round_count(' ~ number ~ ', ' ~ to ~ ')') }}
{% endmacro %}


{#- age_band(age, width, top): the band of years an age lies in, as text, with one open band from `top` on. -#}
{% macro age_band(age, width=5, top=85) %}
    {{ return('step_age_band(' ~ age ~ ', ' ~ width ~ ', ' ~ top ~ ')') }}
{% endmacro %}


{#- top_code(value, at): a value, or the limit where it is greater. -#}
{% macro top_code(value, at) %}
    {{ return('step_top_code(' ~ value ~ ', ' ~ at ~ ')') }}
{% endmacro %}
