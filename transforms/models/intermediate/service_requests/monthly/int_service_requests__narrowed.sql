-- one row per service request opened by the as-of instant, with numbers and dates alone
{{ config(materialized='table') }}

{% set as_of_date = generalise_date(as_of()) %}

with requests as (
    select
        named.group_id,
        requests.opened_date,
        requests.due_at,
        requests.closed_at,
        requests.left_at,
        requests.days_to_close,
        case when {{ compare_times('requests.due_at', '<=', as_of()) }} then requests.due_date end as fallen_due_date,
        -- nearly always the closing; the time zone is asked again only where it is not
        case
            when {{ compare_times('requests.left_at', '=', 'requests.closed_at') }} then requests.closed_date
            else {{ generalise_date('requests.left_at') }}
        end as left_date
    from {{ ref('int_service_requests__measured') }} as requests
    inner join {{ ref('int_service_requests__grouped') }} as named
        using (district_id, category, department)
    where {{ compare_times('requests.opened_at', '<=', as_of()) }}
)

select
    group_id,
    opened_date,
    cast({{ month_number('opened_date') }} as integer) as opened_month,
    cast({{ month_number('left_date') }} as integer) as left_month,
    -- a due date before the opening counts in the month of the opening
    case
        when fallen_due_date is not null
            then cast({{ month_number('greatest(fallen_due_date, opened_date)') }} as integer)
    end as due_month,
    coalesce({{ compare_times('closed_at', '<=', 'due_at') }}, false) as is_on_time,
    coalesce({{ compare_times('left_at', '<=', 'due_at') }}, false) as has_left_by_due,
    {{ is_known('due_at') }} and {{ is_known('closed_at') }} as has_due_and_closing,
    -- days until closing, or until the as-of instant while open; null where the days are not known
    case
        when {{ is_known('left_at') }} then cast(days_to_close as integer)
        else cast({{ as_of_date }} - opened_date as integer)
    end as days,
    {{ is_known('left_at') }} as is_closed
from requests
