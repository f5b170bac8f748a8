-- one row per month, district, category and department
{{ config(materialized='table') }}

{% set ages = ['backlog_0_7_days', 'backlog_8_30_days', 'backlog_31_90_days', 'backlog_over_90_days'] %}

with districts as (
    {{ named_districts() }}
),

residents as (
    select sum(population) as population
    from districts
),

joined as (
    select
        counted.*,
        named.district_id,
        named.category,
        named.department,
        coalesce(districts.district_name, named.district_id) as district_name,
        districts.population,
        timed.median_days_to_close,
        timed.p90_days_to_close,
        cast(1000.0 as double) * counted.opened / districts.population as rate,
        cast(1000.0 as double) * bounded.low / districts.population as rate_low,
        cast(1000.0 as double) * bounded.high / districts.population as rate_high
    from {{ ref('int_service_requests__counted') }} as counted
    inner join {{ ref('int_service_requests__grouped') }} as named on counted.group_id = named.group_id
    inner join {{ ref('int_service_requests__bounded') }} as bounded on counted.opened = bounded.opened
    left join {{ ref('int_service_requests__timed') }} as timed
        on counted.group_id = timed.group_id
        and counted.month_number = timed.month_number
    left join districts on named.district_id = districts.district_id
),

-- the city's rate counts the requests of the districts whose residents are known
city_rates as (
    select
        joined.month_number,
        joined.category,
        joined.department,
        cast(1000.0 as double) * sum(joined.opened) / max(residents.population) as city_rate
    from joined
    cross join residents
    where joined.population is not null
    group by all
),

exact as (
    select
        joined.*,
        {{ percentage('joined.due_on_time', 'joined.due') }} as on_time_pct_of_due,
        {{ percentage('joined.closed_on_time', 'joined.closed_with_due') }} as on_time_pct_of_closed,
        {{ percentage('joined.closed', 'joined.opened') }} as clearance_pct,
        round(joined.rate / nullif(city_rates.city_rate, 0), 3) as rate_ratio_to_city,
        {{ is_small_cell('joined.opened') }} or {{ is_small_cell('joined.closed') }} as has_small_flow,
        {{ is_small_cell('joined.backlog') }} as is_backlog_small,
        {{ parts_with_min_cell(ages) }} as shown_ages,
        {{ has_small_part(ages) }} as is_age_small,
        {{ parts_with_min_cell(['joined.requests_timed', 'joined.opened - joined.requests_timed']) }} as timed_parts,
        {{ parts_with_min_cell(['joined.closed_with_due', 'joined.closed - joined.closed_with_due']) }} as promised
    from joined
    left join city_rates using (month_number, category, department)
),

-- backlog = backlog of the month before + opened - closed: whoever knows three of the four knows the fourth.
-- So opened and closed are hidden together where one of them is small, and closed is hidden on both sides of a
-- hidden backlog.
linked as (
    select
        *,
        has_small_flow as is_opened_hidden,
        has_small_flow
        or is_backlog_small
        or lag(is_backlog_small, 1, false) over (partition by group_id order by month_number) as is_closed_hidden
    from exact
)

select
    month,
    district_id,
    category,
    department,
    district_name,
    is_complete_month,
    cast({{ var('minimum_cell') | int }} as bigint) as minimum_cell,

    {{ count_with_min_cell('opened', 'is_opened_hidden') }} as opened,
    is_opened_hidden as is_opened_suppressed,
    {{ count_with_min_cell('closed', 'is_closed_hidden') }} as closed,
    is_closed_hidden as is_closed_suppressed,
    case when not is_closed_hidden then promised[1] end as closed_with_due,
    -- hidden with closed_with_due: with the share of them that was on time, it would tell that number
    {{ value_with_min_cell('closed_on_time', 'closed_with_due', 'is_closed_hidden or promised[1] is null') }}
        as closed_on_time,
    {{ count_with_min_cell('due') }} as due,
    {{ is_small_cell('due') }} as is_due_suppressed,
    {{ value_with_min_cell('due_on_time', 'due') }} as due_on_time,
    {{ value_with_min_cell('on_time_pct_of_due', 'due') }} as on_time_pct_of_due,
    {{ value_with_min_cell('on_time_pct_of_closed', 'closed_with_due', 'is_closed_hidden') }} as on_time_pct_of_closed,
    {{ value_with_min_cell('clearance_pct', 'closed', 'is_opened_hidden or is_closed_hidden') }} as clearance_pct,
    case when not is_opened_hidden then timed_parts[1] end as requests_timed,
    {{ value_with_min_cell('median_days_to_close', 'requests_timed') }} as median_days_to_close,
    {{ value_with_min_cell('p90_days_to_close', 'requests_timed') }} as p90_days_to_close,
    {{ count_with_min_cell('backlog') }} as backlog,
    is_backlog_small as is_backlog_suppressed,
    {% for age in ages %}
    shown_ages[{{ loop.index }}] as {{ age }},
    {% endfor %}
    is_age_small as is_backlog_age_suppressed,
    {{ count_with_min_cell('overdue') }} as overdue,
    {{ is_small_cell('overdue') }} as is_overdue_suppressed,
    population,
    {{ value_with_min_cell('round(rate, 2)', 'opened', 'is_opened_hidden') }} as opened_per_1000,
    {{ value_with_min_cell('round(rate_low, 2)', 'opened', 'is_opened_hidden') }} as opened_per_1000_low,
    {{ value_with_min_cell('round(rate_high, 2)', 'opened', 'is_opened_hidden') }} as opened_per_1000_high,

    opened as opened_exact,
    closed as closed_exact,
    due as due_exact,
    due_on_time as due_on_time_exact,
    closed_with_due as closed_with_due_exact,
    closed_on_time as closed_on_time_exact,
    on_time_pct_of_due as on_time_pct_of_due_exact,
    on_time_pct_of_closed as on_time_pct_of_closed_exact,
    clearance_pct as clearance_pct_exact,
    requests_timed as requests_timed_exact,
    median_days_to_close as median_days_to_close_exact,
    p90_days_to_close as p90_days_to_close_exact,
    backlog as backlog_exact,
    {% for age in ages %}
    {{ age }} as {{ age }}_exact,
    {% endfor %}
    overdue as overdue_exact,
    round(rate, 2) as opened_per_1000_exact,
    round(rate_low, 2) as opened_per_1000_low_exact,
    round(rate_high, 2) as opened_per_1000_high_exact,
    rate_ratio_to_city as rate_ratio_to_city_exact
from linked
