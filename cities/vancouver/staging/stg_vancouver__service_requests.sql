-- one row per feedback case
-- The exports overlap: a case opened in 2023 and changed since stands in both, the same in every column. A case is
-- told by when it was opened and last changed; the city gives no number, and the one made here is good for one run.
select
    cast(
        row_number() over (order by "Service request open timestamp", "Last modified timestamp") as varchar
    ) as service_request_id,
    cast(null as varchar) as service_code,
    "Service request type" as service_name,
    "Department" as agency_responsible,
    case "Status" when 'Close' then 'closed' else 'open' end as status,
    "Service request open timestamp" as opened_at,
    cast(null as timestamp) as due_at,
    -- only the day of closing is known, by its first moment; on the day of the opening it is taken for the opening
    case
        when "Service request open timestamp" < "Service request close date" + interval 1 day
            then greatest("Service request open timestamp", "Service request close date")
        else "Service request close date"
    end as closed_at,
    "Last modified timestamp" as updated_at,
    "Channel" as channel,
    "Local area" as district_id,
    "Latitude" as latitude,
    "Longitude" as longitude,
    "Address" as address
from {{ dedupe_by_key(
    '(select * from ' ~ raw('feedback_opened_2023')
    ~ ' union all by name select * from ' ~ raw('feedback_changed_2024') ~ ')',
    ['Service request open timestamp', 'Last modified timestamp'],
    '"Last modified timestamp"'
) }} as cases
