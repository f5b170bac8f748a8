-- one row per measure and version of its definition
{% set selections = measure_selections() %}
{% set columns = measure_columns() %}

{% if var('measures') %}
select
    measure_id,
    measure_version,
    formula_digest,
    kind,
    cast(selection as integer) as selection,
    cast(numerator_column as integer) as numerator_column,
    cast(denominator_column as integer) as denominator_column,
    cast(per as double) as per,
    cast(quantile as double) as quantile
from (
    values
    {% for measure in var('measures') %}
    (
        {{ measure_literal(measure.id) }},
        {{ measure_literal(measure.version) }},
        {{ measure_literal(measure.digest) }},
        {{ measure_literal(measure.kind) }},
        {{ selections[measure_key(measure)] }},
        {{ measure_literal(columns.get(measure.numerator)) }},
        {{ measure_literal(columns.get(measure.denominator)) }},
        {{ measure.per }},
        {{ measure_literal(measure.quantile) }}
    ){{ ',' if not loop.last }}
    {% endfor %}
) as listed (
    measure_id,
    measure_version,
    formula_digest,
    kind,
    selection,
    numerator_column,
    denominator_column,
    per,
    quantile
)
{% else %}
select
    cast(null as varchar) as measure_id,
    cast(null as varchar) as measure_version,
    cast(null as varchar) as formula_digest,
    cast(null as varchar) as kind,
    cast(null as integer) as selection,
    cast(null as integer) as numerator_column,
    cast(null as integer) as denominator_column,
    cast(null as double) as per,
    cast(null as double) as quantile
where false
{% endif %}
