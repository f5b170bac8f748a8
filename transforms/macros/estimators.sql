{#-
  kaplan_meier_quantiles(durations, groups, quantiles): per group, the smallest number of days by which a share of
  the cases was closed, estimated with open cases censored.

  `durations` has one row per group and day: days, closed (cases closed after that many days), cases (closed or
  still open after that many days). With n(t) cases at risk and d(t) closed at day t, the share not closed by day t
  is S(t) = product over s <= t of (1 - d(s) / n(s)); cases censored at day t are at risk at t. The quantile q is
  the smallest t with S(t) <= 1 - q, null where the curve does not reach it. S is summed as logarithms; 1e-9
  absorbs their rounding, so that S = 1 - q exactly counts as reached.
  `quantiles` maps the name of a column to its share, as [[name, share], ...].
-#}
{% macro kaplan_meier_quantiles(durations, groups, quantiles) %}
    {%- set by = groups | join(', ') -%}
    {%- set query -%}
(
    with at_risk as (
        select
            {{ by }}, days, closed,
            sum(cases) over (partition by {{ by }} order by days desc) as at_risk
        from {{ durations }}
    ),

    survival as (
        select
            {{ by }}, days,
            sum(case when closed >= at_risk then -1000.0 else ln(1 - closed / at_risk) end)
                over (partition by {{ by }} order by days) as log_survival
        from at_risk
        where closed > 0
    )

    select
        {{ by }}
        {%- for name, share in quantiles %},
        step_quantile_day(days, log_survival, {{ share }}) as {{ name }}
        {%- endfor %}
    from survival
    group by {{ by }}
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}
