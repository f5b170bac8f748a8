-- one row per measure of days, month in which its cases began, area and group: cases, and the quantile of their days by
-- Kaplan-Meier with its limits
{{ config(materialized='table') }}

{% set sources = measure_sources(true) %}
{% set as_of_date = generalise_date(as_of()) %}
{% set has_fifths = 'district_indices' in var('products') %}
-- A month may end with days on which no case began, but not with a week of them.
{% set quiet_days = 4 %}

{% if sources %}
with
{% if has_fifths %}
fifths as (
    {{ measure_fifths() }}
),
{% endif %}

{% for source in sources %}
{% set i = loop.index %}
-- what a record is chosen by, and how long it lasted or has been lasting; ended before it began, it says nothing
narrowed_{{ i }} as (
    select
        {% for column in source.columns %}
        {{ column }} as of_{{ column }},
        {% endfor %}
        {% for column in source.groups %}
        coalesce({{ column }}, 'unknown') as by_{{ column }},
        {% endfor %}
        district_id as area_id,
        {{ month_number(source.begin) }} as month_number,
        coalesce({{ source.end }} <= {{ as_of_date }}, false) as has_ended,
        {{ source.end }} is null as is_undated,
        case
            when {{ source.end }} <= {{ as_of_date }} then {{ source.end }} - {{ source.begin }}
            else {{ as_of_date }} - {{ source.begin }}
        end as days,
        count(*) as cases
    from {{ ref(source.product) }}
    where
        {{ source.begin }} <= {{ as_of_date }}
        and ({{ source.end }} is null or {{ source.end }} >= {{ source.begin }})
        {% for column in source.columns if source.selections | rejectattr('where.' ~ column) | list | length == 0 %}
        {% set values = [] %}
        {% for one in source.selections %}{% do values.extend(one.where[column]) %}{% endfor %}
        and {{ column }} in ({{ (measure_list(values | unique | list))[1:-1] }})
        {% endfor %}
    group by all
),

newest_{{ i }} as (
    select max({{ source.begin }}) as begin_date
    from {{ ref(source.product) }}
    where {{ source.begin }} <= {{ as_of_date }}
),

choices_{{ i }} as (
    {{ measure_choices(source) }}
),

chosen_{{ i }} as (
    select
        choices.selection
        {%- for column in source.columns %},
        found.of_{{ column }}
        {%- endfor %}
        {%- for column in source.groups %},
        choices.has_{{ column }}
        {%- endfor %},
        coalesce(
            {% for column in source.columns %}
            (choices.finished_{{ column }} is null or list_contains(choices.finished_{{ column }}, found.of_{{ column }}))
            and
            {% endfor %}
            not ({% for column in source.columns %}choices.finished_{{ column }} is null and {% endfor %}true),
            false
        ) as is_finished
    from choices_{{ i }} as choices
    {% if source.columns %}
    inner join (
        select distinct
            {% for column in source.columns %}
            of_{{ column }}{{ ',' if not loop.last }}
            {% endfor %}
        from narrowed_{{ i }}
    ) as found
        on
            {% for column in source.columns %}
            {{ 'and ' if not loop.first }}(choices.where_{{ column }} is null
            or list_contains(choices.where_{{ column }}, found.of_{{ column }}))
            {% endfor %}
    {% endif %}
),

-- finished, but nobody knows when: left out
parts_{{ i }} as (
    select
        chosen.selection,
        records.area_id,
        {% for column in source.groups %}
        case when chosen.has_{{ column }} then records.by_{{ column }} end as group_{{ loop.index }},
        {% endfor %}
        records.month_number,
        records.days,
        sum(case when records.has_ended then records.cases else 0 end) as ended,
        sum(records.cases) as cases
    from narrowed_{{ i }} as records
    {% if source.columns %}
    inner join chosen_{{ i }} as chosen
        on
            {% for column in source.columns %}
            {{ 'and ' if not loop.first }}records.of_{{ column }} is not distinct from chosen.of_{{ column }}
            {% endfor %}
    {% else %}
    cross join chosen_{{ i }} as chosen
    {% endif %}
    where not (records.is_undated and chosen.is_finished)
    group by all
),
{% endfor %}

durations as (
    {% for source in sources %}
    {% set i = loop.index %}
    {{ 'union all' if not loop.first }}
    {{ measure_durations(i, "'all'", "'all'", 'parts.area_id') }}
    union all
    {{ measure_durations(i, "'all'", "'all'", "'all'") }}
    {% for group in source.groups %}
    union all
    {{ measure_durations(i, "'" ~ group ~ "'", 'parts.group_' ~ loop.index, "'all'") }}
    {% endfor %}
    {% if has_fifths %}
    union all
    {{ measure_durations(i, 'fifths.group_dimension', 'fifths.group_id', "'all'", 'fifths') }}
    {% endif %}
    {% endfor %}
),

totals as (
    select
        selection,
        month_number,
        group_dimension,
        group_id,
        area_id,
        min(newest_date) as newest_date,
        cast(sum(ended) as bigint) as ended,
        cast(sum(cases) as bigint) as cases
    from durations
    group by selection, month_number, group_dimension, group_id, area_id
),

quantiles as (
    select
        defined.measure_id,
        defined.measure_version,
        curves.month_number,
        curves.group_dimension,
        curves.group_id,
        curves.area_id,
        min(curves.days) filter (where curves.log_survival <= ln(1 - defined.quantile) + 1e-9) as value,
        min(curves.days) filter (where curves.log_low <= ln(1 - defined.quantile) + 1e-9) as value_low,
        min(curves.days) filter (where curves.log_high <= ln(1 - defined.quantile) + 1e-9) as value_high
    from {{ kaplan_meier_curves(
        'durations', ['selection', 'month_number', 'group_dimension', 'group_id', 'area_id']
    ) }} as curves
    inner join {{ ref('int_measures__defined') }} as defined on curves.selection = defined.selection
    group by all
)

select
    defined.measure_id,
    defined.measure_version,
    {{ month_start('totals.month_number') }} as period,
    totals.group_dimension,
    totals.group_id,
    totals.area_id,
    {{ month_start('(totals.month_number + 1)') }} <= {{ as_of_date }}
    and {{ month_start('(totals.month_number + 1)') }} <= totals.newest_date + {{ quiet_days }} as is_complete_month,
    totals.ended,
    totals.cases,
    cast(quantiles.value as double) as value,
    cast(quantiles.value_low as double) as value_low,
    cast(quantiles.value_high as double) as value_high
from totals
inner join {{ ref('int_measures__defined') }} as defined on totals.selection = defined.selection
left join quantiles
    on
        defined.measure_id = quantiles.measure_id
        and defined.measure_version = quantiles.measure_version
        and totals.month_number = quantiles.month_number
        and totals.group_dimension = quantiles.group_dimension
        and totals.group_id = quantiles.group_id
        and totals.area_id = quantiles.area_id
{% else %}
select
    cast(null as varchar) as measure_id,
    cast(null as varchar) as measure_version,
    cast(null as date) as period,
    cast(null as varchar) as group_dimension,
    cast(null as varchar) as group_id,
    cast(null as varchar) as area_id,
    cast(null as boolean) as is_complete_month,
    cast(null as bigint) as ended,
    cast(null as bigint) as cases,
    cast(null as double) as value,
    cast(null as double) as value_low,
    cast(null as double) as value_high
where false
{% endif %}
