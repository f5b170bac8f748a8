-- one row per service request
-- a view: a release is written from it once, and writing ten million records twice is the dearest step there is
select
    service_request_id,
    category,
    service_code,
    department,
    channel,
    district_id,
    status,
    opened_date,
    due_date,
    closed_date,
    days_to_close,
    is_on_time,
    is_overdue,
    opened_at,
    due_at,
    closed_at,
    updated_at
from {{ ref('int_service_requests__measured') }}
