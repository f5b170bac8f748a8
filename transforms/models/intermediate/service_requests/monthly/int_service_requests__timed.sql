-- one row per district, category, department (group_id) and month of opening: days to close by Kaplan-Meier
{{ config(materialized='table') }}

with durations as (
    select
        group_id,
        opened_month as month_number,
        days,
        count(*) filter (where is_closed) as closed,
        count(*) as cases
    from {{ ref('int_service_requests__narrowed') }}
    where days is not null
    group by all
)

select
    group_id,
    month_number,
    cast(median_days_to_close as bigint) as median_days_to_close,
    cast(p90_days_to_close as bigint) as p90_days_to_close
from {{ kaplan_meier_quantiles(
    'durations',
    ['group_id', 'month_number'],
    [['median_days_to_close', 0.5], ['p90_days_to_close', 0.9]]
) }}
