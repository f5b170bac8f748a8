-- one row per month, district, category and type of request
{{ config(materialized='table') }}

select
    month,
    coalesce(district_id, 'unknown') as district_id,
    service_name as category,
    coalesce(request_type, 'unknown') as request_type,
    cast(sum(requests) as bigint) as requests
from {{ ref('int_service_request_counts__received') }}
group by all
