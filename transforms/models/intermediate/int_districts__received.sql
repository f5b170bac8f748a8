-- one row per district, as the city's staging delivers it
select
    cast(district_id as varchar) as district_id,
    cast(district_name as varchar) as district_name,
    cast(population as bigint) as population,
    cast(population_year as bigint) as population_year,
    cast(geometry_wkt as varchar) as geometry_wkt
from {{ staged('districts') }}
