-- one row per district
select
    codigo as district_id,
    nombre as district_name,
    poblacion as population,
    anio_poblacion as population_year,
    limite_wkt as geometry_wkt
from {{ raw('demo_districts') }}
