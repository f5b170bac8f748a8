-- one row per district
select
    code as district_id,
    title as district_name,
    residents as population,
    year as population_year,
    boundary as geometry_wkt
from {{ raw('aviary_districts') }}
