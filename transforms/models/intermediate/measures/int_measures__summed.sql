-- one row per selection of measures, month, area and group: every column that a measure adds up, empty where a part of
-- the sum is hidden; with the prefix resident_ of the areas alone whose residents are known
{{ config(materialized='table') }}

{% set sources = measure_sources(false) %}
{% set columns = measure_columns() %}
{% set has_fifths = 'district_indices' in var('products') %}

with districts as (
    {{ named_districts() }}
),

{% if has_fifths and sources %}
fifths as (
    {{ measure_fifths() }}
),
{% endif %}

-- the residents that a rate is told of: of each district, of the whole city, of each fifth
residents as (
    select
        district_id as residents_of,
        population
    from districts
    where population is not null
    union all
    select
        'all' as residents_of,
        cast(sum(population) as bigint) as population
    from districts
    having count(population) > 0
    {% if has_fifths and sources %}
    union all
    select
        fifths.group_dimension || ':' || fifths.group_id as residents_of,
        cast(sum(districts.population) as bigint) as population
    from fifths
    inner join districts on fifths.district_id = districts.district_id
    where districts.population is not null
    group by fifths.group_dimension, fifths.group_id
    {% endif %}
),

{% for source in sources %}
{% set i = loop.index %}
{% set sums = source.sums %}
choices_{{ i }} as (
    {{ measure_choices(source) }}
),

-- which rows count for which selection, told once for each combination of the columns that decide it
chosen_{{ i }} as (
    select
        choices.selection
        {%- for column in source.columns %},
        found.{{ column }}
        {%- endfor %}
        {%- for column in source.groups %},
        choices.has_{{ column }}
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

parts_{{ i }} as (
    select
        chosen.selection,
        figures.month as period,
        figures.district_id as area_id,
        {% for column in source.groups %}
        case when chosen.has_{{ column }} then coalesce(figures.{{ column }}, 'unknown') end as group_{{ loop.index }},
        {% endfor %}
        bool_and(figures.is_complete_month) as is_complete_month
        {%- for column in sums %},
        {{ measure_sum('figures.' ~ column) }} as sum_{{ column }}
        {%- endfor %}
    from {{ ref(source.product) }} as figures
    {% if source.columns %}
    inner join chosen_{{ i }} as chosen
        on
            {% for column in source.columns %}
            {{ 'and ' if not loop.first }}figures.{{ column }} = chosen.{{ column }}
            {% endfor %}
    {% else %}
    cross join chosen_{{ i }} as chosen
    {% endif %}
    group by all
),

areas_{{ i }} as (
    {% if source.groups %}
    select
        selection,
        period,
        area_id,
        bool_and(is_complete_month) as is_complete_month
        {%- for column in sums %},
        {{ measure_sum('sum_' ~ column) }} as sum_{{ column }}
        {%- endfor %}
    from parts_{{ i }}
    group by selection, period, area_id
    {% else %}
    select *
    from parts_{{ i }}
    {% endif %}
),
{% endfor %}

levels as (
    {% for source in sources %}
    {% set i = loop.index %}
    {{ 'union all' if not loop.first }}
    select
        areas.selection,
        areas.period,
        'all' as group_dimension,
        'all' as group_id,
        areas.area_id,
        areas.area_id as residents_of,
        areas.is_complete_month
        {%- for column in columns %},
        {{ 'areas.sum_' ~ column if column in source.sums else 'cast(null as bigint)' }} as sum_{{ column }},
        {{ 'areas.sum_' ~ column if column in source.residents else 'cast(null as bigint)' }} as resident_{{ column }}
        {%- endfor %}
    from areas_{{ i }} as areas
    union all
    {{ measure_level(source, 'areas_' ~ i, "'all'", "'all'") }}
    {% for group in source.groups %}
    union all
    {{ measure_level(source, 'parts_' ~ i, "'" ~ group ~ "'", 'parts.group_' ~ loop.index) }}
    {% endfor %}
    {% if has_fifths %}
    union all
    {{ measure_level(source, 'areas_' ~ i, 'fifths.group_dimension', 'fifths.group_id', 'fifths') }}
    {% endif %}
    {% else %}
    select
        cast(null as integer) as selection,
        cast(null as date) as period,
        cast(null as varchar) as group_dimension,
        cast(null as varchar) as group_id,
        cast(null as varchar) as area_id,
        cast(null as varchar) as residents_of,
        cast(null as boolean) as is_complete_month
    where false
    {% endfor %}
)

select
    levels.*,
    residents.population
from levels
left join residents on levels.residents_of = residents.residents_of
