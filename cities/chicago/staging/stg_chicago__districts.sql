-- one row per community area
-- The map writes names in capitals; the hardship file writes them as people do. The number joins them, never the name.
select
    areas.area_numbe as district_id,
    hardship.community_area_name as district_name,
    cast(null as bigint) as population,
    cast(null as bigint) as population_year,
    areas.boundary as geometry_wkt
from {{ raw('chicago_community_areas') }} as areas
left join {{ raw('cdph_hardship_index') }} as hardship
    on areas.area_numbe = cast(hardship.ca as varchar)
