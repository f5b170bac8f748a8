-- one row per service request
select
    "Unique Key" as service_request_id,
    cast(null as varchar) as service_code,
    "Complaint Type" as service_name,
    "Agency" as agency_responsible,
    case when "Status" = 'Closed' then 'closed' else 'open' end as status,
    "Created Date" as opened_at,
    "Due Date" as due_at,
    "Closed Date" as closed_at,
    "Resolution Action Updated Date" as updated_at,
    "Open Data Channel Type" as channel,
    nullif("Borough", 'Unspecified') as district_id,
    "Latitude" as latitude,
    "Longitude" as longitude,
    "Incident Address" as address
from {{ raw('nyc_311_service_requests') }}
