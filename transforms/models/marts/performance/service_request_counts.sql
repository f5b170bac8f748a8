-- one row per month, district, category and type of request
{{ config(materialized='table') }}

{% set as_of_date = generalise_date(as_of()) %}

with districts as (
    {{ named_districts() }}
),

residents as (
    select sum(population) as population
    from districts
),

joined as (
    select
        summed.*,
        coalesce(districts.district_name, summed.district_id) as district_name,
        districts.population,
        cast(1000.0 as double) * summed.requests / districts.population as rate,
        cast(1000.0 as double) * bounded.low / districts.population as rate_low,
        cast(1000.0 as double) * bounded.high / districts.population as rate_high
    from {{ ref('int_service_request_counts__summed') }} as summed
    inner join {{ ref('int_service_request_counts__bounded') }} as bounded using (requests)
    left join districts on summed.district_id = districts.district_id
),

-- the city's rate counts the requests of the districts whose residents are known
city_rates as (
    select
        joined.month,
        joined.category,
        joined.request_type,
        cast(1000.0 as double) * sum(joined.requests) / max(residents.population) as city_rate
    from joined
    cross join residents
    where joined.population is not null
    group by all
)

select
    joined.month,
    joined.district_id,
    joined.category,
    joined.request_type,
    joined.district_name,
    {{ month_start('(' ~ month_number('joined.month') ~ ' + 1)') }} <= {{ as_of_date }} as is_complete_month,
    joined.requests,
    joined.population,
    round(joined.rate, 2) as requests_per_1000,
    round(joined.rate_low, 2) as requests_per_1000_low,
    round(joined.rate_high, 2) as requests_per_1000_high,
    round(joined.rate / nullif(city_rates.city_rate, 0), 3) as rate_ratio_to_city
from joined
left join city_rates using (month, category, request_type)
