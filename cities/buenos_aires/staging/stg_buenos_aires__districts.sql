-- one row per comuna
select
    comunas.comunas as district_id,
    'Comuna ' || comunas.comunas as district_name,
    cast(sum(radios."POBLACION") as bigint) as population,
    cast(2010 as bigint) as population_year,
    comunas.limite as geometry_wkt
from {{ raw('comunas') }} as comunas
left join {{ raw('radios_censales') }} as radios on comunas.comunas = radios."COMUNA"
group by comunas.comunas, comunas.limite
