-- one row per service request
-- 39 or -77 whole degrees are a coordinate rounded away: it is left out, and what has only one has no place.
select
    "SRRecordID" as service_request_id,
    cast(null as varchar) as service_code,
    "SRType" as service_name,
    "Agency" as agency_responsible,
    case when "SRStatus" like 'Closed%' then 'closed' else 'open' end as status,
    "CreatedDate" as opened_at,
    "DueDate" as due_at,
    "CloseDate" as closed_at,
    "StatusDate" as updated_at,
    "MethodReceived" as channel,
    "CouncilDistrict" as district_id,
    nullif("Latitude", 39) as latitude,
    nullif("Longitude", -77) as longitude,
    "Address" as address
from {{ raw('dpw_311_service_requests') }}
