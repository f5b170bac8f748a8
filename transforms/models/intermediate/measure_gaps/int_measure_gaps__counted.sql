-- one row per measure, index, district of the most and the least needy fifth, calendar month and kind of case, over the
-- newest twelve complete months: events, and the cases or residents they are counted against
{{ config(materialized='table') }}

{% set sources = measure_sources(false) %}
{% set columns = measure_columns() %}

with districts as (
    {{ named_districts() }}
),

fifths as (
    {{ measure_fifths() }}
),

{% for source in sources %}
{% set i = loop.index %}
{% set strata = var('measure_strata')[source.product] %}
choices_{{ i }} as (
    {{ measure_choices(source) }}
),

chosen_{{ i }} as (
    select
        choices.selection
        {%- for column in source.columns %},
        found.{{ column }}
        {%- endfor %}
    from choices_{{ i }} as choices
    {% if source.columns %}
    inner join (
        select distinct {{ source.columns | join(', ') }}
        from {{ ref(source.product) }}
    ) as found
        on
            {% for column in source.columns %}
            {{ 'and ' if not loop.first }}(choices.where_{{ column }} is null
            or list_contains(choices.where_{{ column }}, found.{{ column }}))
            {% endfor %}
    {% endif %}
),

newest_{{ i }} as (
    select max(month) as period
    from {{ ref(source.product) }}
    where is_complete_month
),

parts_{{ i }} as (
    select
        chosen.selection,
        figures.month as period,
        figures.district_id as area_id,
        {% for place in range(2) %}
        {{ 'figures.' ~ strata[place] if strata | length > place else "''" }} as stratum_{{ place + 1 }},
        {% endfor %}
        min(newest.period) as period_to,
        {{ measure_literal(strata[0] if strata else '') }} as stratum_1_of,
        {{ measure_literal(strata[1] if strata | length > 1 else '') }} as stratum_2_of
        {%- for column in columns %},
        {{ measure_sum('figures.' ~ column) if column in source.sums else 'cast(null as bigint)' }} as sum_{{ column }}
        {%- endfor %}
    from {{ ref(source.product) }} as figures
    cross join newest_{{ i }} as newest
    {% if source.columns %}
    inner join chosen_{{ i }} as chosen
        on
            {% for column in source.columns %}
            {{ 'and ' if not loop.first }}figures.{{ column }} = chosen.{{ column }}
            {% endfor %}
    {% else %}
    cross join chosen_{{ i }} as chosen
    {% endif %}
    where
        figures.is_complete_month
        and figures.month > newest.period - interval 12 month
    group by all
),
{% endfor %}

summed as (
    {% for source in sources %}
    {{ 'union all' if not loop.first }}
    select *
    from parts_{{ loop.index }}
    {% else %}
    select
        cast(null as integer) as selection,
        cast(null as date) as period,
        cast(null as varchar) as area_id,
        cast(null as varchar) as stratum_1,
        cast(null as varchar) as stratum_2,
        cast(null as date) as period_to,
        cast(null as varchar) as stratum_1_of,
        cast(null as varchar) as stratum_2_of
    where false
    {% endfor %}
),

picked as (
    select
        defined.measure_id,
        defined.measure_version,
        defined.formula_digest,
        defined.kind,
        defined.per,
        summed.period,
        summed.period_to,
        summed.stratum_1_of,
        summed.stratum_2_of,
        summed.area_id,
        summed.stratum_1,
        summed.stratum_2,
        {{ measure_picked('sum_', 'defined.numerator_column') }} as events,
        {{ measure_picked('sum_', 'defined.denominator_column') }} as cases
    from summed
    inner join {{ ref('int_measures__defined') }} as defined on summed.selection = defined.selection
    where defined.kind in ('share', 'rate')
),

-- kinds of case beyond the twenty most frequent of a measure count as one, so that a model can be fitted
ranked as (
    select
        measure_id,
        measure_version,
        stratum_1,
        stratum_2,
        row_number() over (
            partition by measure_id, measure_version
            order by coalesce(sum(coalesce(cases, events)), 0) desc, stratum_1, stratum_2
        ) as place
    from picked
    group by measure_id, measure_version, stratum_1, stratum_2
),

levelled as (
    select
        picked.measure_id,
        picked.measure_version,
        picked.formula_digest,
        picked.kind,
        picked.per,
        picked.period,
        picked.period_to,
        picked.stratum_1_of,
        picked.stratum_2_of,
        picked.area_id,
        case when ranked.place <= 20 then picked.stratum_1 else 'other' end as stratum_1,
        case when ranked.place <= 20 then picked.stratum_2 else 'other' end as stratum_2,
        {{ measure_sum('picked.events') }} as events,
        {{ measure_sum('picked.cases') }} as cases,
        bool_or(picked.events is null or (picked.kind = 'share' and picked.cases is null)) as is_hidden
    from picked
    inner join ranked
        on
            picked.measure_id = ranked.measure_id
            and picked.measure_version = ranked.measure_version
            and picked.stratum_1 = ranked.stratum_1
            and picked.stratum_2 = ranked.stratum_2
    group by all
),

-- a rate counts months without an event too: every district, month and kind of case has its residents
kinds as (
    select
        measure_id,
        measure_version,
        stratum_1,
        stratum_2,
        count(*) over (partition by measure_id, measure_version) as n_kinds
    from (
        select distinct
            measure_id,
            measure_version,
            stratum_1,
            stratum_2
        from levelled
    ) as found
),

months as (
    select distinct
        measure_id,
        measure_version,
        formula_digest,
        kind,
        per,
        period,
        period_to,
        stratum_1_of,
        stratum_2_of
    from levelled
),

cells as (
    select
        months.measure_id,
        months.measure_version,
        months.formula_digest,
        months.kind,
        months.per,
        months.period,
        months.period_to,
        months.stratum_1_of,
        months.stratum_2_of,
        districts.district_id as area_id,
        kinds.stratum_1,
        kinds.stratum_2,
        cast(districts.population as double) / kinds.n_kinds as residents
    from months
    inner join kinds
        on
            months.measure_id = kinds.measure_id
            and months.measure_version = kinds.measure_version
    cross join districts
)

select
    cells.measure_id,
    cells.measure_version,
    cells.formula_digest,
    cells.kind,
    cells.per,
    replace(fifths.group_dimension, 'index:', '') as index_id,
    fifths.group_id,
    cells.area_id,
    cells.period,
    cells.period_to,
    cells.stratum_1_of,
    cells.stratum_2_of,
    cells.stratum_1,
    cells.stratum_2,
    coalesce(levelled.is_hidden, false) as is_hidden,
    cast(coalesce(levelled.events, 0) as double) as events,
    case
        when cells.kind = 'rate' then cells.residents
        else cast(coalesce(levelled.cases, 0) as double)
    end as base
from cells
inner join fifths on cells.area_id = fifths.district_id
left join levelled
    on
        cells.measure_id = levelled.measure_id
        and cells.measure_version = levelled.measure_version
        and cells.period = levelled.period
        and cells.area_id = levelled.area_id
        and cells.stratum_1 = levelled.stratum_1
        and cells.stratum_2 = levelled.stratum_2
where
    fifths.group_id in ('1', '5')
    and (cells.kind = 'share' or cells.residents is not null)
