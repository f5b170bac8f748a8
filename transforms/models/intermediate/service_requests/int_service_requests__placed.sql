-- one row per service request whose district was found by its position; empty where no request needs it
{{ config(materialized='table') }}

{% if has_entity('districts') and needs_point_to_area(
    ref('int_service_requests__received'), ref('int_districts__received')
) %}
    {% do load_spatial() %}
select
    service_request_id,
    district_id
from {{ point_to_area(
    '(select service_request_id, longitude, latitude from ' ~ ref('int_service_requests__received')
    ~ ' where district_id is null)',
    'service_request_id',
    ref('int_districts__received'),
    'district_id'
) }}
{% else %}
select
    service_request_id,
    district_id
from {{ ref('int_service_requests__received') }}
where false and {{ has_position('longitude', 'latitude') }}
{% endif %}
