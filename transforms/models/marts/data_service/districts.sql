-- one row per district
{{ config(materialized='table') }}

select
    district_id,
    district_name,
    population,
    population_year,
    geometry_wkt
from {{ ref('int_districts__received') }}
