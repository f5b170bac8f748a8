-- one row per service request, as the city's staging delivers it
select
    cast(service_request_id as varchar) as service_request_id,
    cast(service_code as varchar) as service_code,
    cast(service_name as varchar) as service_name,
    cast(agency_responsible as varchar) as agency_responsible,
    cast(status as varchar) as status,
    cast(opened_at as timestamp) as opened_at,
    cast(due_at as timestamp) as due_at,
    cast(closed_at as timestamp) as closed_at,
    cast(updated_at as timestamp) as updated_at,
    cast(channel as varchar) as channel,
    cast(district_id as varchar) as district_id,
    cast(latitude as double) as latitude,
    cast(longitude as double) as longitude,
    cast(address as varchar) as address
from {{ staged('service_requests') }}
