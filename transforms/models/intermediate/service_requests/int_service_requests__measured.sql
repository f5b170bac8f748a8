-- one row per service request, as of the as-of instant, with its days and whether it was on time
with seen as (
    select
        *,
        status = 'closed' and {{ compare_times('closed_at', '<=', as_of()) }} as is_closing_known,
        -- when it left the backlog: at its closing, never before its opening; where the closing is not
        -- dated, at its last change, or at its opening
        case
            when status = 'closed' then greatest(opened_at, coalesce(closed_at, updated_at, opened_at))
        end as leaves_at
    from {{ ref('int_service_requests__located') }}
),

timed as (
    select
        service_request_id,
        service_name as category,
        service_code,
        coalesce(agency_responsible, 'unknown') as department,
        channel,
        district_id,
        opened_at,
        due_at,
        updated_at,
        case when is_closing_known then closed_at end as closed_at,
        case when {{ compare_times('leaves_at', '<=', as_of()) }} then leaves_at end as left_at
    from seen
),

dated as (
    select
        *,
        {{ generalise_date('opened_at') }} as opened_date,
        {{ generalise_date('due_at') }} as due_date,
        {{ generalise_date('closed_at') }} as closed_date
    from timed
)

select
    *,
    case when {{ is_known('left_at') }} then 'closed' else 'open' end as status,
    case when closed_date >= opened_date then cast(closed_date - opened_date as bigint) end as days_to_close,
    -- said once it is closed, or once it is due; closed without a date is not shown to be on time
    case
        when {{ is_known('due_at') }}
            and ({{ is_known('left_at') }} or {{ compare_times('due_at', '<=', as_of()) }})
            then coalesce({{ compare_times('closed_at', '<=', 'due_at') }}, false)
    end as is_on_time,
    coalesce(not {{ is_known('left_at') }} and {{ compare_times('due_at', '<=', as_of()) }}, false) as is_overdue
from dated
