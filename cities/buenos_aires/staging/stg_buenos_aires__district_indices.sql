-- one row per comuna: the share of households with unmet basic needs (NBI)
select
    "COMUNA" as district_id,
    'hogares_nbi' as index_id,
    cast(2010 as bigint) as index_year,
    'Hogares con necesidades básicas insatisfechas (NBI)' as index_name,
    100 * sum("HOGARES_NBI") / sum("HOGARES") as index_value,
    '% de los hogares' as unit,
    'lower' as direction,
    'INDEC, Censo Nacional de Población, Hogares y Viviendas 2010; radios censales sumados por comuna' as index_source
from {{ raw('radios_censales') }}
group by "COMUNA"
