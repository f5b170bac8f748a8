-- one row per count, as the city's staging delivers it: a month, category, type and area, or finer
select
    cast(month as date) as month,
    cast(service_name as varchar) as service_name,
    cast(request_type as varchar) as request_type,
    cast(district_id as varchar) as district_id,
    cast(requests as bigint) as requests
from {{ staged('service_request_counts') }}
