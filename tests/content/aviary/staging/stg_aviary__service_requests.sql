-- one row per request of the register
select
    folio as service_request_id,
    cast(null as varchar) as service_code,
    service as service_name,
    department as agency_responsible,
    status,
    opened as opened_at,
    due as due_at,
    closed as closed_at,
    changed as updated_at,
    channel,
    district as district_id,
    latitude,
    longitude,
    address
from {{ raw('aviary_requests') }}
