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


{#-
  kaplan_meier_curves(durations, groups): per group and day on which a case ended, the logarithm of the share of the
  cases that had not ended, and of the two limits of its 95 % interval: log_survival, log_low, log_high.

  `durations` is as for kaplan_meier_quantiles, with the columns days, ended and cases. The limits are those of the
  log-log transform (also called exponential Greenwood): with V(t) = sum over s <= t of d(s) / (n(s) (n(s) - d(s))) they
  are S(t) to the power exp(-+ z sqrt(V(t)) / ln S(t)). Where nobody is left, V(t) does not exist and there is no upper
  limit. The limits of a quantile are the first days on which those of the curve have come down to 1 - q.
  Source: Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. (2002), section 1.4.1;
  Brookmeyer and Crowley, A confidence interval for the median survival time, Biometrics 38 (1982), 29-41.
-#}
{% macro kaplan_meier_curves(durations, groups) %}
    {%- set by = groups | join(', ') -%}
    {%- set z = '1.959963984540054' -%}
    {%- set query -%}
(
    with at_risk as (
        select
            {{ by }}, days, ended,
            sum(cases) over (partition by {{ by }} order by days desc) as at_risk
        from {{ durations }}
    ),

    survival as (
        select
            {{ by }}, days,
            ended >= at_risk as is_over,
            sum(case when ended >= at_risk then -1000.0 else ln(1 - ended / at_risk) end)
                over (partition by {{ by }} order by days) as log_survival,
            sum(case when ended < at_risk then ended / (at_risk * (at_risk - ended)) else 0.0 end)
                over (partition by {{ by }} order by days) as variance
        from at_risk
        where ended > 0
    )

    select
        {{ by }}, days, log_survival,
        log_survival * exp(- {{ z }} * sqrt(variance) / log_survival) as log_low,
        case when not is_over then log_survival * exp({{ z }} * sqrt(variance) / log_survival) end as log_high
    from survival
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}
