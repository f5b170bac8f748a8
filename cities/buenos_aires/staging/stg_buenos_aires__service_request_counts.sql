-- one row per month, subject, type and barrio; barrios of one comuna are added up by what follows
-- The file is read byte by byte (Latin-1), since no one encoding fits it: its Ñ, Ó and Ü are UTF-8, UTF-8 written twice
-- over, a form of six bytes that no program reads, or the byte's number in angles. Each is put right here, so that no
-- count is lost and a subject written in three ways is one subject.
{% set repairs = [
    ["'Ã' || chr(131) || 'â' || chr(128) || chr(156)", 'Ó'],
    ["'Ã' || chr(131) || 'â' || chr(128) || chr(152)", 'Ñ'],
    ["'Ã' || chr(131) || 'Å' || chr(146)", 'Ü'],
    ["'ü¾' || chr(140) || chr(150) || chr(144) || '¼'", 'Ñ'],
    ["'ü¾' || chr(152) || '¶' || chr(144) || '¼'", 'Ü'],
    ["'Ã' || chr(145)", 'Ñ'],
    ["'Ã' || chr(156)", 'Ü'],
    ["'<d1>'", 'Ñ'],
    ["'<dc>'", 'Ü'],
] %}

select
    "PERIODO" as month,
    {% for _ in repairs %}replace({% endfor %}
        "RUBRO"
    {%- for broken, letter in repairs %},
        {{ broken }}, '{{ letter }}')
    {%- endfor %} as service_name,
    "TIPO_PRESTACION" as request_type,
    "COMUNA" as district_id,
    total as requests
from {{ raw('suaci_por_comuna') }}
