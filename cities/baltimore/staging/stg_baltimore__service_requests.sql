-- one row per service request
-- A position of 39 or -77 whole degrees is a position rounded away, not a place: it is left out.
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
    case when "Latitude" <> 39 and "Longitude" <> -77 then "Latitude" end as latitude,
    case when "Latitude" <> 39 and "Longitude" <> -77 then "Longitude" end as longitude,
    "Address" as address
from {{ raw('dpw_311_service_requests') }}
