-- one row per measure, version of its definition, month, group and area
{{ config(materialized='table') }}

{% set square = '3.841458820694124' %}  -- of the normal distribution's 97.5 % quantile

with districts as (
    {{ named_districts() }}
),

picked as (
    select
        defined.measure_id,
        defined.measure_version,
        defined.formula_digest,
        defined.kind,
        defined.per,
        summed.period,
        summed.group_dimension,
        summed.group_id,
        summed.area_id,
        summed.is_complete_month,
        case
            when defined.kind <> 'rate' then {{ measure_picked('sum_', 'defined.numerator_column') }}
            when summed.population is not null or summed.area_id <> 'all'
                then {{ measure_picked('resident_', 'defined.numerator_column') }}
        end as numerator,
        case
            when defined.kind = 'rate' then summed.population
            else {{ measure_picked('sum_', 'defined.denominator_column') }}
        end as denominator
    from {{ ref('int_measures__summed') }} as summed
    inner join {{ ref('int_measures__defined') }} as defined on summed.selection = defined.selection
),

bounded as (
    select
        picked.*,
        picked.kind = 'share' and picked.numerator <= picked.denominator and picked.denominator > 0 as is_part,
        bounded.low,
        bounded.high,
        picked.numerator + {{ square }} / 2 as middle,
        case
            when picked.kind = 'share' and picked.numerator <= picked.denominator
                then sqrt({{ square }} * (
                    cast(picked.numerator as double) * (picked.denominator - picked.numerator)
                    / nullif(picked.denominator, 0) + {{ square }} / 4
                ))
        end as reach
    from picked
    left join {{ ref('int_measures__bounded') }} as bounded
        on picked.numerator = bounded.events and picked.kind = 'rate'
),

valued as (
    select
        measure_id,
        measure_version,
        formula_digest,
        period,
        group_dimension,
        group_id,
        area_id,
        is_complete_month,
        numerator,
        denominator,
        case kind
            when 'share' then {{ percentage('numerator', 'denominator') }}
            when 'count' then cast(numerator as double)
            else round(per * numerator / nullif(denominator, 0), 2)
        end as figure,
        case
            when is_part and numerator = 0 then 0.0
            when is_part then round(100 * (middle - reach) / (denominator + {{ square }}), 1)
            when kind = 'rate' then round(per * low / nullif(denominator, 0), 2)
        end as value_low,
        case
            when is_part and numerator = denominator then 100.0
            when is_part then round(100 * (middle + reach) / (denominator + {{ square }}), 1)
            when kind = 'rate' then round(per * high / nullif(denominator, 0), 2)
        end as value_high,
        case when kind in ('share', 'ratio') then denominator else numerator end as n,
        case kind
            when 'rate' then numerator is null and denominator is not null
            when 'count' then numerator is null
            else numerator is null or denominator is null
        end as is_suppressed,
        false as is_unreached
    from bounded
    union all
    select
        timed.measure_id,
        timed.measure_version,
        defined.formula_digest,
        timed.period,
        timed.group_dimension,
        timed.group_id,
        timed.area_id,
        timed.is_complete_month,
        timed.ended as numerator,
        timed.cases as denominator,
        timed.value as figure,
        timed.value_low,
        timed.value_high,
        timed.cases as n,
        false as is_suppressed,
        timed.value is null as is_unreached
    from {{ ref('int_measures__timed') }} as timed
    inner join {{ ref('int_measures__defined') }} as defined
        on timed.measure_id = defined.measure_id and timed.measure_version = defined.measure_version
)

select
    valued.measure_id,
    valued.measure_version,
    valued.period,
    valued.group_dimension,
    valued.group_id,
    valued.area_id,
    coalesce(districts.district_name, valued.area_id) as area_name,
    valued.formula_digest,
    valued.is_complete_month,
    valued.numerator,
    valued.denominator,
    valued.figure as value,  -- noqa: RF04
    valued.value_low,
    valued.value_high,
    valued.n,
    valued.is_suppressed,
    valued.is_unreached,
    cast({{ var('minimum_cell') | int }} as bigint) as minimum_cell
from valued
left join districts on valued.area_id = districts.district_id
