-- one row per complaint: a complaint with two work orders stands twice in the answer
-- The answer says no community area, and a zip code lies in several: the district is unknown.
select
    "Service Request Number" as service_request_id,
    cast(null as varchar) as service_code,
    "Service Request: Type Name" as service_name,
    "Department" as agency_responsible,
    case when "Service Request Status" = 'Completed' then 'closed' else 'open' end as status,
    "Date/Time Opened" as opened_at,
    cast(null as timestamp) as due_at,
    "Date/Time Closed" as closed_at,
    cast(null as timestamp) as updated_at,
    cast(null as varchar) as channel,
    cast(null as varchar) as district_id,
    cast(null as double) as latitude,
    cast(null as double) as longitude,
    nullif("Street Block", '0') as address
from {{ dedupe_by_key(raw('dob_no_heat_complaints'), ['Service Request Number'], '_record') }}
