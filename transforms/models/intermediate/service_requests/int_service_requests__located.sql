-- one row per service request, with its district; positions and addresses end here
select
    requests.service_request_id,
    requests.service_code,
    requests.service_name,
    requests.agency_responsible,
    requests.status,
    requests.opened_at,
    requests.due_at,
    requests.closed_at,
    requests.updated_at,
    requests.channel,
    coalesce(requests.district_id, placed.district_id, 'unknown') as district_id
from {{ ref('int_service_requests__received') }} as requests
left join {{ ref('int_service_requests__placed') }} as placed
    on requests.service_request_id = placed.service_request_id
