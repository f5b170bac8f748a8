{#-
  Generic data tests for what a contract demands and dbt has no test of its own for. The properties under
  models/ that call them are generated from the contracts (`cauce contract compile`); nobody writes them by hand.
  Each counts failing records, so that dbt counts what the gate counts. Arguments ending in _sql are literals
  already quoted by the generator.
-#}

{% test contract_columns(model, columns) %}
    {#- One row for each declared column that is absent or of another type. -#}
    with declared(column_name, data_type) as (
        values
        {% for name, data_type in columns.items() -%}
            ('{{ name }}', '{{ data_type }}'){{ ',' if not loop.last }}
        {% endfor %}
    ),

    found as (select column_name, upper(column_type) as data_type from (describe {{ model }}))

    select declared.column_name
    from declared
    left join found
        on declared.column_name = found.column_name
        and declared.data_type = found.data_type
    where found.column_name is null
{% endtest %}


{% test contract_matches(model, column_name, pattern_sql) %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} is not null and not regexp_matches({{ column_name }}, {{ pattern_sql }})
{% endtest %}


{% test contract_valid(model, column_name, values_sql, pattern_sql=none) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is not null
        and (
            {{ column_name }} not in ({{ values_sql | join(', ') }})
            {% if pattern_sql %}or not regexp_matches({{ column_name }}, {{ pattern_sql }}){% endif %}
        )
{% endtest %}


{% test contract_not_missing(model, column_name, values_sql, null_is_missing=false) %}
    select {{ column_name }}
    from {{ model }}
    where
        {% if null_is_missing %}{{ column_name }} is null{% else %}false{% endif %}
        {% if values_sql %}
        or ({{ column_name }} is not null and {{ column_name }} in ({{ values_sql | join(', ') }}))
        {% endif %}
{% endtest %}


{% test contract_length(model, column_name, minimum=none, maximum=none) %}
    select {{ column_name }}
    from {{ model }}
    where
        false
        {% if minimum is not none %}or length({{ column_name }}) < {{ minimum }}{% endif %}
        {% if maximum is not none %}or length({{ column_name }}) > {{ maximum }}{% endif %}
{% endtest %}


{% test contract_range(model, column_name, bounds_sql=none, finite=false) %}
    {#- bounds_sql: comparisons that a good value keeps, such as ">= 0". -#}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is not null
        and not (
            {% if finite %}isfinite({{ column_name }}){% else %}true{% endif %}
            {% for bound in bounds_sql or [] %}and {{ column_name }} {{ bound }} {% endfor %}
        )
{% endtest %}


{% test contract_multiple(model, column_name, of_sql, exact=true) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is not null
        {% if exact %}
        and {{ column_name }} % {{ of_sql }} <> 0
        {% else %}
        and not (
            isfinite({{ column_name }})
            and abs({{ column_name }} / {{ of_sql }} - round({{ column_name }} / {{ of_sql }}))
            <= 1e-9 * greatest(1, abs({{ column_name }} / {{ of_sql }}))
        )
        {% endif %}
{% endtest %}


{% test contract_unique(model, columns) %}
    {#- Repeated keys; failures are the records that carry one. A key with a null in it does not count. -#}
    {{ config(fail_calc='coalesce(sum(n_records), 0)') }}
    select {{ columns | join(', ') }}, count(*) as n_records
    from {{ model }}
    where {% for column in columns %}{{ column }} is not null{{ ' and ' if not loop.last }}{% endfor %}

    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}


{% test contract_row_count(model, holds) %}
    select n
    from (select count(*) as n from {{ model }}) as counted
    where not ({{ holds }})
{% endtest %}


{% test contract_sql(model, object, query, holds) %}
    {#- A rule's own query. One row where its number breaks the threshold, or where it gives none. -#}
    with "{{ object }}" as not materialized (select * from {{ model }})

    select answer.n
    from (select 1 as one) as always
    left join (
        {{ query }}
    ) as answer(n) on true
    where answer.n is null or not (answer.{{ holds }})
{% endtest %}
