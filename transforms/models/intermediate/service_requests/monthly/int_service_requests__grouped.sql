-- one row per district, category and department, numbered, so that what follows compares integers
{{ config(materialized='table') }}

select
    district_id,
    category,
    department,
    cast(row_number() over (order by district_id, category, department) as integer) as group_id
from (
    select distinct
        district_id,
        category,
        department
    from {{ ref('int_service_requests__measured') }}
) as found
