{#- Registered steps about time; their versions and sentences stand in steps.yml. -#}

{#-
  generalise_date(column, to): the day, or the first day of the month, of a moment in UTC, in the city's time zone.
  A tree of comparisons with the zone's changes of offset is some five times faster than converting each moment.
-#}
{% macro generalise_date(column, to='day') %}
    {%- set changes = offset_changes(var('timezone')) -%}
    {%- set local = 'cast(' ~ column ~ ' + to_seconds(' ~ offset_tree(column, changes) ~ ') as date)' -%}
    {%- if to == 'day' -%}
        {{ return(local) }}
    {%- elif to == 'month' -%}
        {{ return("cast(date_trunc('month', " ~ local ~ ') as date)') }}
    {%- else -%}
        {{ exceptions.raise_compiler_error("generalise_date to '" ~ to ~ "': expected day or month") }}
    {%- endif -%}
{% endmacro %}


{#-
  compare_times(left, operator, right): whether one moment lies before another; unknown where one is unknown.
  One bit is left of two moments.
-#}
{% macro compare_times(left, operator, right) %}
    {{ return('(' ~ left ~ ' ' ~ operator ~ ' ' ~ right ~ ')') }}
{% endmacro %}


{#-
  offset_changes(zone): [[moment in UTC as text, or none for the first, offset in seconds from then on], ...],
  as DuckDB's time zone data tell, from 1970 to ten years after the as-of instant.
-#}
{% macro offset_changes(zone) %}
    {%- if not execute -%}
        {{ return([[none, 0]]) }}
    {%- endif -%}
    {%- set query %}
        with days as (
            select
                day,
                date_diff('second', day, timezone('{{ zone }}', timezone('UTC', day))) as seconds
            from range(
                timestamp '1970-01-01',
                date_trunc('year', {{ as_of() }}) + interval 11 year,
                interval 1 day
            ) as days (day)
        ),

        changed_days as (
            select day - interval 1 day as day
            from days
            qualify seconds <> lag(seconds) over (order by day)
        ),

        quarters as (
            select
                moment,
                date_diff('second', moment, timezone('{{ zone }}', timezone('UTC', moment))) as seconds
            from (
                select day + quarter * interval 15 minutes as moment
                from changed_days, range(0, 97) as quarters (quarter)
            )
        ),

        changes as (
            select cast(null as timestamp) as moment, seconds from days where day = timestamp '1970-01-01'
            union all
            select moment, seconds
            from (
                select moment, seconds, lag(seconds) over (order by moment) as before
                from quarters
            )
            where seconds <> before
        )

        select strftime(moment, '%Y-%m-%d %H:%M:%S') as moment, cast(seconds as integer) as seconds
        from changes
        order by moment nulls first
    {% endset -%}
    {%- set found = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do found.append([row[0], row[1] | int]) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- offset_tree(column, changes): the offset in seconds at a moment, as a balanced tree of CASE expressions. -#}
{% macro offset_tree(column, changes) %}
    {%- if changes | length == 1 -%}
        {{ return(changes[0][1] | string) }}
    {%- endif -%}
    {%- set middle = changes | length // 2 -%}
    {{ return(
        'case when ' ~ column ~ " < timestamp '" ~ changes[middle][0] ~ "' then "
        ~ offset_tree(column, changes[:middle]) ~ ' else ' ~ offset_tree(column, changes[middle:]) ~ ' end'
    ) }}
{% endmacro %}
