-- one row per feedback case
-- The exports overlap: a case opened in 2023 and changed since stands in both, the same in every column. A case is
-- told by when it was opened and last changed; the city gives no number. The one made here is good for one run and
-- tells nothing: numbered by the moments, a case would tell when it was opened.
{{ config(materialized='table') }}

with exported as (
    select
        "Service request type" as service_name,
        "Department" as agency_responsible,
        "Status" as said_status,
        "Service request open timestamp" as opened_at,
        "Service request close date" as closed_day,
        "Last modified timestamp" as updated_at,
        "Channel" as channel,
        "Local area" as district_id,
        "Latitude" as latitude,
        "Longitude" as longitude,
        "Address" as address,
        'opened 2023' as export,
        _record
    from {{ raw('feedback_opened_2023') }}

    union all

    select
        "Service request type" as service_name,
        "Department" as agency_responsible,
        "Status" as said_status,
        "Service request open timestamp" as opened_at,
        "Service request close date" as closed_day,
        "Last modified timestamp" as updated_at,
        "Channel" as channel,
        "Local area" as district_id,
        "Latitude" as latitude,
        "Longitude" as longitude,
        "Address" as address,
        'changed 2024' as export,
        _record
    from {{ raw('feedback_changed_2024') }}
)

select
    cast({{ record_number(['export', '_record']) }} as varchar) as service_request_id,
    cast(null as varchar) as service_code,
    service_name,
    agency_responsible,
    case said_status when 'Close' then 'closed' else 'open' end as status,
    opened_at,
    cast(null as timestamp) as due_at,
    -- only the day of closing is known, by its first moment; on the day of the opening it is taken for the opening
    case
        when {{ compare_times('opened_at', '<', 'closed_day + interval 1 day') }} then greatest(opened_at, closed_day)
        else closed_day
    end as closed_at,
    updated_at,
    channel,
    district_id,
    latitude,
    longitude,
    address
from {{ dedupe_by_key('exported', ['opened_at', 'updated_at'], 'updated_at') }}
