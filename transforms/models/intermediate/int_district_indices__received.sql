-- one row per district, index and year, as the city's staging delivers it
select
    cast(district_id as varchar) as district_id,
    cast(index_id as varchar) as index_id,
    cast(index_year as bigint) as index_year,
    cast(index_name as varchar) as index_name,
    cast(index_value as double) as index_value,
    cast(unit as varchar) as unit,
    cast(direction as varchar) as direction,
    cast(index_source as varchar) as index_source
from {{ staged('district_indices') }}
