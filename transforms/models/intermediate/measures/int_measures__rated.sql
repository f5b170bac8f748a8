-- one row per number of cases that a rate is made of
select distinct
    {{ measure_picked('resident_', 'defined.numerator_column') }} as events
from {{ ref('int_measures__summed') }} as summed
inner join {{ ref('int_measures__defined') }} as defined on summed.selection = defined.selection
where
    defined.kind = 'rate'
    and summed.population is not null
    and {{ measure_picked('resident_', 'defined.numerator_column') }} is not null
