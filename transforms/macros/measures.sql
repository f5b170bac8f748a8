{#-
  What the models under intermediate/measures make of the city's measures (the variable `measures`, one entry a version
  of a definition: contracts/measure.py).

  Measures that count the same records share a selection: the same product, columns and values, days and groups. A
  product is added up once per selection, and each measure picks from that what stands above and below its line.
-#}

{#- measure_literal(value): a text, a whole number, a fraction, true or false, or null, as SQL writes it. -#}
{% macro measure_literal(value) %}
    {%- if value is none -%}{{ return('null') }}
    {%- elif value is boolean -%}{{ return('true' if value else 'false') }}
    {%- elif value is number -%}{{ return(value | string) }}
    {%- else -%}{{ return("'" ~ value | string | replace("'", "''") ~ "'") }}
    {%- endif -%}
{% endmacro %}


{#- measure_list(values): a list of such values. -#}
{% macro measure_list(values) %}
    {%- set written = [] -%}
    {%- for value in values -%}{%- do written.append(measure_literal(value)) -%}{%- endfor -%}
    {{ return('[' ~ written | join(', ') ~ ']') }}
{% endmacro %}


{#- measure_key(measure): what tells its selection from others, as text. -#}
{% macro measure_key(measure) %}
    {{ return([measure.product, measure.where, measure.groups, measure.begin, measure.end, measure.finished] | tojson) }}
{% endmacro %}


{#- measure_selections(): by their key, the numbers of the selections of all measures. -#}
{% macro measure_selections() %}
    {%- set found = {} -%}
    {%- for measure in var('measures') -%}
        {%- set key = measure_key(measure) -%}
        {%- if key not in found -%}{%- do found.update({key: found | length + 1}) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#-
  measure_sources(is_days): what is added up together, one entry a product; for days, one a product and pair of days.
  Each with: product, begin, end, selections (number, where and finished as mappings, groups), columns (by which
  records are chosen), groups, sums, residents (columns that a rate counts), numbered in the order of the definitions.
-#}
{% macro measure_sources(is_days) %}
    {%- set numbers = measure_selections() -%}
    {%- set sources = {} -%}
    {%- set seen = [] -%}
    {%- for measure in var('measures') if (measure.kind == 'days') == is_days -%}
        {%- set name = [measure.product, measure.begin, measure.end] | tojson -%}
        {%- if name not in sources -%}
            {%- do sources.update({name: {
                'product': measure.product, 'begin': measure.begin, 'end': measure.end,
                'selections': [], 'columns': [], 'groups': [], 'sums': [], 'residents': []
            }}) -%}
        {%- endif -%}
        {%- set source = sources[name] -%}
        {%- set number = numbers[measure_key(measure)] -%}
        {%- if number not in seen -%}
            {%- do seen.append(number) -%}
            {%- do source.selections.append({
                'number': number, 'where': dict(measure.where), 'finished': dict(measure.finished),
                'groups': measure.groups
            }) -%}
            {%- for column, values in measure.where + measure.finished if column not in source.columns -%}
                {%- do source.columns.append(column) -%}
            {%- endfor -%}
            {%- for column in measure.groups if column not in source.groups -%}
                {%- do source.groups.append(column) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if measure.kind == 'rate' and measure.numerator not in source.residents -%}
            {%- do source.residents.append(measure.numerator) -%}
        {%- endif -%}
        {%- for column in [measure.numerator, measure.denominator]
            if column and column != 'population' and column not in source.sums -%}
            {%- do source.sums.append(column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(sources.values() | list) }}
{% endmacro %}


{#- measure_choices(source): one row per selection of the source: which values count, and what it is told apart by. -#}
{% macro measure_choices(source) -%}
    select
        selection
        {%- for column in source.columns %},
        where_{{ column }},
        finished_{{ column }}
        {%- endfor %}
        {%- for column in source.groups %},
        has_{{ column }}
        {%- endfor %}
    from (
        values
        {%- for one in source.selections %}
        (
            {{ one.number }}
            {%- for column in source.columns -%}
            , {{ measure_list(one.where[column]) if column in one.where else 'null' -}}
            , {{ measure_list(one.finished[column]) if column in one.finished else 'null' -}}
            {%- endfor -%}
            {%- for column in source.groups -%}
            , {{ 'true' if column in one.groups else 'false' -}}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (
        selection
        {%- for column in source.columns -%}, where_{{ column }}, finished_{{ column }}{%- endfor -%}
        {%- for column in source.groups -%}, has_{{ column }}{%- endfor -%}
    )
{%- endmacro %}


{#- measure_fifths(): each district's fifth by each index, in the newest year for which the city has fifths. -#}
{% macro measure_fifths() -%}
    select
        indices.district_id,
        'index:' || indices.index_id as group_dimension,
        cast(indices.need_fifth as varchar) as group_id
    from {{ ref('district_indices') }} as indices
    inner join (
        select
            index_id,
            max(index_year) as index_year
        from {{ ref('district_indices') }}
        where need_fifth is not null
        group by index_id
    ) as newest
        on indices.index_id = newest.index_id and indices.index_year = newest.index_year
    where indices.need_fifth is not null
{%- endmacro %}


{#- measure_columns(): every column that a measure adds up, each with a number, in the order of the definitions. -#}
{% macro measure_columns() %}
    {%- set found = {} -%}
    {%- for source in measure_sources(false) -%}
        {%- for column in source.sums if column not in found -%}
            {%- do found.update({column: found | length + 1}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#-
  measure_level(source, parts, dimension, group, fifths): the parts of a source added up for the whole city, by month and
  group. A sum with a hidden part is hidden; a resident_ sum counts the areas whose residents are known.
-#}
{% macro measure_level(source, parts, dimension, group, fifths=none) -%}
    select
        parts.selection,
        parts.period,
        {{ dimension }} as group_dimension,
        {{ group }} as group_id,
        'all' as area_id,
        {{ dimension ~ " || ':' || " ~ group if fifths else "'all'" }} as residents_of,
        bool_and(parts.is_complete_month) as is_complete_month
        {%- for column in measure_columns() %},
        {{ measure_sum('parts.sum_' ~ column) if column in source.sums else 'cast(null as bigint)' }}
            as sum_{{ column }},
        {{ measure_sum('parts.sum_' ~ column, 'districts.population')
            if column in source.residents else 'cast(null as bigint)' }} as resident_{{ column }}
        {%- endfor %}
    from {{ parts }} as parts
    {% if fifths %}
    inner join {{ fifths }} as fifths on parts.area_id = fifths.district_id
    {% endif %}
    {% if source.residents %}
    left join districts on parts.area_id = districts.district_id
    {% endif %}
    {% if group != "'all'" and not fifths %}
    where {{ group }} is not null
    {% endif %}
    group by
        parts.selection, parts.period
        {%- if group != "'all'" %}, {{ group }}{% endif %}
        {%- if fifths %}, {{ dimension }}{% endif %}
{%- endmacro %}


{#-
  measure_sum(column, known): the sum of a column, empty where one of its parts is; of the records alone in which
  another column is known, where one is named.
-#}
{% macro measure_sum(column, known=none) %}
    {%- if known -%}
    {{ return(
        'case when count(' ~ column ~ ') filter (where ' ~ known ~ ' is not null) = count(' ~ known ~ ') then '
        ~ 'cast(coalesce(sum(' ~ column ~ ') filter (where ' ~ known ~ ' is not null), 0) as bigint) end'
    ) }}
    {%- endif -%}
    {{ return('case when count(' ~ column ~ ') = count(*) then cast(sum(' ~ column ~ ') as bigint) end') }}
{% endmacro %}


{#-
  measure_durations(i, dimension, group, area, fifths): of the i-th source of days, cases by days, and of them those that
  ended, by month and area or group; with the newest day on which a case began.
-#}
{% macro measure_durations(i, dimension, group, area, fifths=none) -%}
    select
        parts.selection,
        parts.month_number,
        {{ dimension }} as group_dimension,
        {{ group }} as group_id,
        {{ area }} as area_id,
        parts.days,
        max(newest.begin_date) as newest_date,
        sum(parts.ended) as ended,
        sum(parts.cases) as cases
    from parts_{{ i }} as parts
    cross join newest_{{ i }} as newest
    {% if fifths %}
    inner join {{ fifths }} as fifths on parts.area_id = fifths.district_id
    {% endif %}
    {% if group.startswith('parts.') %}
    where {{ group }} is not null
    {% endif %}
    group by all
{%- endmacro %}


{#- measure_picked(prefix, number): of the columns that are added up, the one with that number. -#}
{% macro measure_picked(prefix, number) %}
    {%- set columns = measure_columns() -%}
    {%- if not columns -%}{{ return('cast(null as bigint)') }}{%- endif -%}
    {%- set written = [] -%}
    {%- for column, place in columns.items() -%}
        {%- do written.append('when ' ~ place ~ ' then summed.' ~ prefix ~ column) -%}
    {%- endfor -%}
    {{ return('case ' ~ number ~ ' ' ~ written | join(' ') ~ ' end') }}
{% endmacro %}
