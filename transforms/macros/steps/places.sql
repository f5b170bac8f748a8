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
        where {{ has_position('longitude', 'latitude') }}
    ) as points
    inner join (
        select {{ area_id }}, st_geomfromtext(geometry_wkt) as area
        from {{ areas }}
        where geometry_wkt is not null
    ) as areas
        on step_point_in_area(areas.area, points.point)
    group by points.{{ key }}
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#- has_position(longitude, latitude): whether a position is known; the part of point_to_area that asks for no area. -#}
{% macro has_position(longitude, latitude) %}
    {{ return('step_has_position(' ~ longitude ~ ', ' ~ latitude ~ ')') }}
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


{#-
  block_midpoints(addresses, address, minimum_addresses): [block, longitude, latitude, addresses] of each block in a
  public list of addresses with longitude and latitude: the middle of the block's extent. A block with fewer addresses
  than that is left out. For block_mask.
-#}
{% macro block_midpoints(addresses, address, minimum_addresses=2) %}
    {%- set query -%}
(
    select
        block,
        round((min(longitude) + max(longitude)) / 2, 6) as longitude,
        round((min(latitude) + max(latitude)) / 2, 6) as latitude,
        count(*) as addresses
    from (select step_block_mask({{ address }}) as block, longitude, latitude from {{ addresses }}) as listed
    where block is not null
    group by block
    having count(*) >= {{ minimum_addresses }}
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#-
  block_mask(records, key, address, blocks): [key, block, longitude, latitude] of each record whose address lies in one
  of the blocks: the masked address always with the middle of its block.
-#}
{% macro block_mask(records, key, address, blocks) %}
    {%- set query -%}
(
    select
        records.{{ key }},
        blocks.block,
        blocks.longitude,
        blocks.latitude
    from {{ records }} as records
    inner join {{ blocks }} as blocks on step_in_block(records.{{ address }}, blocks.block)
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#-
  snap_to_point(records, key, points, minimum_addresses): [key, point_id, longitude, latitude] of the point nearest to
  each record, out of those in the record's own district that stand for so many addresses (none: not asked).
-#}
{% macro snap_to_point(records, key, points, minimum_addresses=8) %}
    {%- set query -%}
(
    select
        nearest.{{ key }},
        points.point_id,
        points.longitude,
        points.latitude
    from (
        select
            records.{{ key }},
            step_nearest_point(
                records.longitude, records.latitude, points.longitude, points.latitude, points.point_id
            ) as point_id
        from {{ records }} as records
        inner join {{ points }} as points on records.district_id = points.district_id
        where
            {{ has_position('records.longitude', 'records.latitude') }}
            {% if minimum_addresses is not none %}and points.addresses >= {{ minimum_addresses }}{% endif %}

        group by records.{{ key }}
    ) as nearest
    inner join {{ points }} as points on nearest.point_id = points.point_id
)
    {%- endset -%}
    {{ return(query) }}
{% endmacro %}


{#-
  geomask(axis, longitude, latitude, address, minimum_m, maximum_m): the longitude or latitude of a position moved at
  random, the same way for every record of an address. The model must be a table, made while the key is at hand.
-#}
{% macro geomask(axis, longitude, latitude, address, minimum_m, maximum_m) %}
    {%- do needs_table('geomask') -%}
    {%- if axis not in ['longitude', 'latitude'] -%}
        {{ exceptions.raise_compiler_error("geomask of '" ~ axis ~ "': expected longitude or latitude") }}
    {%- endif -%}
    {{ return(
        'step_geomask_' ~ axis ~ '(' ~ [longitude, latitude, address, minimum_m, maximum_m] | join(', ') ~ ')'
    ) }}
{% endmacro %}
