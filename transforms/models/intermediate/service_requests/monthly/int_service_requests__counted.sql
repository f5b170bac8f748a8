-- one row per month, district, category and department (group_id)
-- from the group's first month to the newest month in which any request of the city was opened; months without a
-- request have zeros. A delivery that ends there says nothing of later months, whatever was closed since.
{{ config(materialized='table') }}

{% set as_of_date = generalise_date(as_of()) %}
{% set ages = [8, 31, 91] %}
-- A month may end with days on which nobody asked for anything, but not with a week of them.
{% set quiet_days = 4 %}

with requests as (
    select
        *,
        {% for age in ages %}
        cast({{ month_number('(opened_date + ' ~ age ~ ')') }} as integer) as month_{{ age }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_service_requests__narrowed') }}
),

newest as (
    select
        max(opened_month) as month_number,
        max(opened_date) as opened_date
    from requests
),

first_months as (
    select
        group_id,
        min(opened_month) as month_number
    from requests
    group by group_id
),

months as (
    select
        first_months.group_id,
        newest.opened_date as newest_date,
        unnest(range(first_months.month_number, newest.month_number + 1)) as month_number
    from first_months
    cross join newest
),

opened as (
    select
        group_id,
        opened_month as month_number,
        count(*) as opened,
        count(days) as timed
    from requests
    group by all
),

-- what leaves in a month, and of that what had grown older than each age, or overdue, in an earlier month
gone as (
    select
        group_id,
        left_month as month_number,
        count(*) as closed,
        count(*) filter (where has_due_and_closing) as closed_with_due,
        count(*) filter (where has_due_and_closing and is_on_time) as closed_on_time,
        count(*) filter (where due_month is not null and not has_left_by_due) as no_longer_overdue,
        {% for age in ages %}
        count(*) filter (where left_month > month_{{ age }}) as no_longer_{{ age }}{{ ',' if not loop.last }}
        {% endfor %}
    from requests
    where left_month is not null
    group by all
),

fallen_due as (
    select
        group_id,
        due_month as month_number,
        count(*) as due,
        count(*) filter (where is_on_time) as due_on_time,
        count(*) filter (where not has_left_by_due) as newly_overdue
    from requests
    where due_month is not null
    group by all
),

{% for age in ages %}
-- what is still open at the end of the month in which it grows {{ age }} days old
aged_{{ age }} as (
    select
        group_id,
        month_{{ age }} as month_number,
        count(*) as newly_{{ age }}
    from requests
    where
        opened_date + {{ age }} <= {{ as_of_date }}
        and (left_month is null or left_month > month_{{ age }})
    group by all
),
{% endfor %}

flows as (
    select
        group_id,
        month_number,
        months.newest_date,
        coalesce(opened.opened, 0) as opened,
        coalesce(opened.timed, 0) as timed,
        coalesce(gone.closed, 0) as closed,
        coalesce(gone.closed_with_due, 0) as closed_with_due,
        coalesce(gone.closed_on_time, 0) as closed_on_time,
        coalesce(fallen_due.due, 0) as due,
        coalesce(fallen_due.due_on_time, 0) as due_on_time,
        {% for age in ages %}
        coalesce(aged_{{ age }}.newly_{{ age }}, 0) - coalesce(gone.no_longer_{{ age }}, 0) as change_{{ age }},
        {% endfor %}
        coalesce(fallen_due.newly_overdue, 0) - coalesce(gone.no_longer_overdue, 0) as change_overdue
    from months
    left join opened using (group_id, month_number)
    left join gone using (group_id, month_number)
    left join fallen_due using (group_id, month_number)
    {% for age in ages %}
    left join aged_{{ age }} using (group_id, month_number)
    {% endfor %}
),

stocks as (
    select
        *,
        sum(opened - closed) over so_far as backlog,
        {% for age in ages %}
        sum(change_{{ age }}) over so_far as older_{{ age }},
        {% endfor %}
        sum(change_overdue) over so_far as overdue
    from flows
    window so_far as (partition by group_id order by month_number)
)

select
    group_id,
    month_number,
    {{ month_start('month_number') }} as month,
    {{ month_start('(month_number + 1)') }} <= {{ as_of_date }}
    and {{ month_start('(month_number + 1)') }} <= newest_date + {{ quiet_days }} as is_complete_month,
    cast(opened as bigint) as opened,
    cast(timed as bigint) as requests_timed,
    cast(closed as bigint) as closed,
    cast(closed_with_due as bigint) as closed_with_due,
    cast(closed_on_time as bigint) as closed_on_time,
    cast(due as bigint) as due,
    cast(due_on_time as bigint) as due_on_time,
    cast(backlog as bigint) as backlog,
    cast(backlog - older_8 as bigint) as backlog_0_7_days,
    cast(older_8 - older_31 as bigint) as backlog_8_30_days,
    cast(older_31 - older_91 as bigint) as backlog_31_90_days,
    cast(older_91 as bigint) as backlog_over_90_days,
    cast(overdue as bigint) as overdue
from stocks
