-- one row per index, year and district
{{ config(materialized='table') }}

with districts as (
    {{ named_districts() }}
),

-- rounded before it is ranked, so that what is shown as equal shares a place
indices as (
    select
        district_id,
        index_id,
        index_year,
        index_name,
        unit,
        direction,
        index_source,
        round(index_value, 4) as index_value
    from {{ ref('int_district_indices__received') }}
),

ranked as (
    select
        *,
        rank() over (
            partition by index_id, index_year
            order by case direction when 'higher' then index_value else -index_value end
        ) as need_rank,
        count(*) over (partition by index_id, index_year) as n_districts
    from indices
)

select
    ranked.index_id,
    ranked.index_year,
    ranked.district_id,
    coalesce(districts.district_name, ranked.district_id) as district_name,
    ranked.index_name,
    ranked.index_value,
    ranked.unit,
    ranked.direction,
    cast(ranked.need_rank as bigint) as need_rank,
    case
        when ranked.n_districts >= 10
            then cast(1 + 5 * (ranked.need_rank - 1) // ranked.n_districts as bigint)
    end as need_fifth,
    districts.population,
    ranked.index_source
from ranked
left join districts on ranked.district_id = districts.district_id
