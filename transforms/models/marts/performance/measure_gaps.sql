-- one row per measure, version of its definition and index
{{ config(materialized='table') }}

select
    measure_id,
    measure_version,
    index_id,
    formula_digest,
    kind,
    per,
    period_from,
    period_to,
    raw_ratio,
    raw_ratio_low,
    raw_ratio_high,
    raw_difference,
    raw_difference_low,
    raw_difference_high,
    adjusted_ratio,
    adjusted_ratio_low,
    adjusted_ratio_high,
    adjusted_difference,
    adjusted_difference_low,
    adjusted_difference_high,
    n,
    areas,
    adjusted_for,
    reason
from {{ ref('int_measure_gaps__fitted') }}
