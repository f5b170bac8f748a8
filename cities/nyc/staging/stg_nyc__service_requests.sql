-- one row per service request: those since 2020, and those of the archive before
-- The portal writes one kind of complaint in capitals or not, by agency and year ('Elevator', 'ELEVATOR'): here
-- always in capitals. A borough nobody told is left to the boundaries.
select
    unique_key as service_request_id,
    cast(null as varchar) as service_code,
    upper(complaint_type) as service_name,
    agency as agency_responsible,
    case when status = 'Closed' then 'closed' else 'open' end as status,
    created_date as opened_at,
    due_date as due_at,
    closed_date as closed_at,
    resolution_action_updated_date as updated_at,
    open_data_channel_type as channel,
    nullif(borough, 'Unspecified') as district_id,
    latitude,
    longitude,
    incident_address as address
from {{ raw('nyc_311_service_requests') }}

union all

select
    "Unique Key" as service_request_id,
    cast(null as varchar) as service_code,
    upper("Complaint Type") as service_name,
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
from {{ raw('nyc_311_archive') }}
