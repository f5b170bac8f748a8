-- one row per community area: the hardship index
select
    cast(ca as varchar) as district_id,
    'hardship' as index_id,
    cast(2012 as bigint) as index_year,
    'Hardship index' as index_name,
    cast(hardship_index as double) as index_value,
    cast(null as varchar) as unit,
    'lower' as direction,
    'Chicago Department of Public Health, from the American Community Survey 2008 to 2012' as index_source
from {{ raw('cdph_hardship_index') }}
