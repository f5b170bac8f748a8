-- one row per borough
select
    borough as district_id,
    borough as district_name,
    cast(sum("TOTAL_POP") as bigint) as population,
    cast(2022 as bigint) as population_year,
    cast(null as varchar) as geometry_wkt
from (
    select
        "TOTAL_POP",
        case substr("GEOID", 3, 3)
            when '005' then 'BRONX'
            when '047' then 'BROOKLYN'
            when '061' then 'MANHATTAN'
            when '081' then 'QUEENS'
            when '085' then 'STATEN ISLAND'
        end as borough
    from {{ raw('census_tracts') }}
) as tracts
where borough is not null
group by borough
