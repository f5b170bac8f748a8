-- one row per borough, with the residents of its county's census tracts
-- The requests name boroughs in capitals; so the code is the name in capitals.
with residents as (
    select
        case substr("GEOID", 3, 3)
            when '061' then 1
            when '005' then 2
            when '047' then 3
            when '081' then 4
            when '085' then 5
        end as boro_code,
        sum("TOTAL_POP") as population
    from {{ raw('census_tract_profile') }}
    group by all
)

select
    upper(boroughs."BoroName") as district_id,
    boroughs."BoroName" as district_name,
    cast(residents.population as bigint) as population,
    cast(2022 as bigint) as population_year,
    boroughs.boundary as geometry_wkt
from {{ raw('dcp_borough_boundaries') }} as boroughs
left join residents on boroughs."BoroCode" = residents.boro_code
