-- one row per request of the register
select
    radicado as service_request_id,
    codigo_servicio as service_code,
    servicio as service_name,
    dependencia as agency_responsible,
    case estado
        when 'Abierta' then 'open'
        when 'Cerrada' then 'closed'
    end as status,
    fecha_apertura as opened_at,
    fecha_vencimiento as due_at,
    fecha_cierre as closed_at,
    fecha_actualizacion as updated_at,
    canal as channel,
    comuna as district_id,
    latitud as latitude,
    longitud as longitude,
    direccion as address
from {{ raw('demo_service_requests') }}
