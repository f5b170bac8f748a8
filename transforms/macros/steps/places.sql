{#-
  point_to_area(points, key, areas, area_id): [key, area_id] of each point that lies in an area or on its edge;
  on a shared edge, the area whose id sorts first. `points` has longitude and latitude, `areas` has geometry_wkt.
  Needs DuckDB's spatial extension (load_spatial). Version and sentence stand in steps.yml.
-#}
{% macro point_to_area(points, key, areas, area_id) %}
    {%- set query -%}
(
    select
        points.{{ key }},
        min(areas.{{ area_id }}) as {{ area_id }}
    from (
        select {{ key }}, st_point(longitude, latitude) as point
        from {{ points }}
        where longitude is not null and latitude is not null
    ) as points
    inner join (
        select {{ area_id }}, st_geomfromtext(geometry_wkt) as area
        from {{ areas }}
        where geometry_wkt is not null
    ) as areas
        on st_intersects(areas.area, points.point)
    group by points.{{ key }}
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#-
  needs_point_to_area(requests, districts): whether a request lacks its district, has a position, and there are
  boundaries. Asked of the data, so that the spatial extension is loaded only where it has work to do.
  The var `point_to_area` ("always", "never") answers for it in unit tests, where no relation stands behind a ref.
-#}
{% macro needs_point_to_area(requests, districts) %}
    {%- set answer = var('point_to_area', 'ask') -%}
    {%- if not execute or answer == 'never' -%}
        {{ return(false) }}
    {%- elif answer == 'always' -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set query %}
        select
            exists (select 1 from {{ districts }} where geometry_wkt is not null)
            and exists (
                select 1 from {{ requests }}
                where district_id is null and latitude is not null and longitude is not null
            ) as needed
    {% endset -%}
    {{ return(run_query(query).rows[0][0]) }}
{% endmacro %}


{#- load_spatial(): load the extension from the installed wheel; nothing is fetched or written. -#}
{% macro load_spatial() %}
    {%- if execute -%}
        {%- do run_query("load '" ~ var('spatial_extension') | replace("'", "''") ~ "'") -%}
    {%- endif -%}
{% endmacro %}
