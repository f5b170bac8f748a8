"""The figures of ``bench.measures`` by SQL written by hand, as for this one city and these measures.

Belongs here: the query, and what differs. Does not belong here: what is compared and how it is timed (``measures``).
Written to be quick: the product by month is added up once for all its columns, each further level from the one below,
each measure picks two of the sums; the days are counted once a category, and both quantiles read from one curve.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Z = 1.959963984540054
SQUARE = 3.841458820694124
AS_OF = "date '2026-01-05'"


def _total(column: str) -> str:
    return f"case when count({column}) = count(*) then cast(sum({column}) as bigint) end as {column}"


TOTALS = ", ".join(_total(column) for column in ("opened", "closed", "due", "due_on_time", "backlog"))
SUMS = f"""
create or replace table peer_sums as
with parts as (
    select category, department, month, district_id, bool_and(is_complete_month) as is_complete_month, {TOTALS}
    from service_requests_monthly group by all
),
areas as (
    select category, month, district_id, bool_and(is_complete_month) as is_complete_month, {TOTALS}
    from parts group by all
),
fifths as (
    select i.district_id, cast(need_fifth as varchar) as fifth, population
    from district_indices as i inner join int_districts__received using (district_id)
)
select category, month, 'all' as dimension, 'all' as grouped, a.district_id as area, is_complete_month,
    opened, closed, due, due_on_time, backlog, population
from areas as a left join int_districts__received as d on a.district_id = d.district_id
union all
select category, month, 'all', 'all', 'all', bool_and(is_complete_month), {TOTALS},
    (select cast(sum(population) as bigint) from int_districts__received)
from areas group by all
union all
select category, month, 'department', department, 'all', bool_and(is_complete_month), {TOTALS}, null
from parts group by all
union all
select category, month, 'index:hardship', fifth, 'all', bool_and(is_complete_month), {TOTALS},
    (select cast(sum(population) as bigint) from fifths as f where f.fifth = fifths.fifth)
from areas inner join fifths on areas.district_id = fifths.district_id group by category, month, fifth
"""
FIGURES = f"""
create or replace table peer_figures as
with picked as (
    select m.id, m.digest, m.kind, s.*,
        case m.kind
            when 'share' then due_on_time when 'rate' then opened when 'ratio' then closed else backlog
        end as num,
        case m.kind when 'share' then due when 'rate' then population when 'ratio' then opened end as den
    from peer_sums as s inner join peer_measures as m
        on m.category = s.category and (s.dimension <> 'department' or m.kind = 'share')
),
reached as (
    select p.*, b.low, b.high,
        case
            when kind = 'share'
                then sqrt({SQUARE} * (cast(num as double) * (den - num) / nullif(den, 0) + {SQUARE} / 4))
        end as reach
    from picked as p left join peer_bounds as b on p.kind = 'rate' and p.num = b.events
),
days as (
    select category, district_id as area, year(opened_date) * 12 + month(opened_date) - 1 as month,
        case when closed_date <= {AS_OF} then closed_date - opened_date else {AS_OF} - opened_date end as days,
        count(*) filter (where closed_date <= {AS_OF}) as ended, count(*) as cases
    from service_requests
    where opened_date <= {AS_OF} and (closed_date >= opened_date or (closed_date is null and status <> 'closed'))
    group by all
),
lasted as (
    select category, 'all' as dimension, 'all' as grouped, area, month, days, ended, cases from days
    union all
    select category, 'all', 'all', 'all', month, days, sum(ended), sum(cases) from days group by all
    union all
    select category, 'index:hardship', cast(need_fifth as varchar), 'all', month, days, sum(ended), sum(cases)
    from days inner join district_indices on area = district_id group by category, need_fifth, month, days
),
at_risk as (
    select *, sum(cases) over (partition by category, dimension, grouped, area, month order by days desc) as at_risk
    from lasted
),
curve as (
    select category, dimension, grouped, area, month, days, ended, at_risk,
        sum(case when ended >= at_risk then -1000.0 else ln(1 - ended / at_risk) end) over so_far as s,
        sum(case when ended < at_risk then ended / (at_risk * (at_risk - ended)) else 0.0 end) over so_far as v
    from at_risk where ended > 0
    window so_far as (partition by category, dimension, grouped, area, month order by days)
),
read as (
    select category, dimension, grouped, area, month
        {{quantiles}}
    from curve group by category, dimension, grouped, area, month
),
cases as (
    select category, dimension, grouped, area, month, sum(ended) as ended, sum(cases) as cases
    from lasted group by category, dimension, grouped, area, month
),
timed as (
    select c.*, make_date(c.month // 12, c.month % 12 + 1, 1) as period,
        make_date((c.month + 1) // 12, (c.month + 1) % 12 + 1, 1) <= least({AS_OF}, newest + 4) as is_complete,
        m.id, m.digest,
        case m.share when 0.5 then r.day_50 else r.day_90 end as day,
        case m.share when 0.5 then r.low_50 else r.low_90 end as low,
        case m.share when 0.5 then r.high_50 else r.high_90 end as high
    from cases as c
    inner join peer_measures as m on m.kind = 'days' and m.category = c.category
    left join read as r
        on c.category = r.category and c.dimension = r.dimension and c.grouped = r.grouped and c.area = r.area
        and c.month = r.month
    cross join (select max(opened_date) as newest from service_requests where opened_date <= {AS_OF}) as last_day
),
all_figures as (
    select id, digest, month as period, dimension, grouped, area, is_complete_month as is_complete, num, den,
        case kind
            when 'share' then round(cast(100.0 as double) * num / nullif(den, 0), 1)
            when 'rate' then round(1000.0::double * num / den, 2)
            when 'ratio' then round(100.0::double * num / nullif(den, 0), 2)
            else num
        end as value,
        case
            when kind = 'share' and den > 0 and num = 0 then 0.0
            when kind = 'share' and den > 0 then round(100 * (num + {SQUARE} / 2 - reach) / (den + {SQUARE}), 1)
            when kind = 'rate' then round(1000.0::double * low / den, 2)
        end as low,
        case
            when kind = 'share' and den > 0 and num = den then 100.0
            when kind = 'share' and den > 0 then round(100 * (num + {SQUARE} / 2 + reach) / (den + {SQUARE}), 1)
            when kind = 'rate' then round(1000.0::double * high / den, 2)
        end as high,
        case when kind in ('share', 'ratio') then den else num end as n,
        num is null or (den is null and kind in ('share', 'ratio')) as is_hidden, false as is_unreached
    from reached
    where kind <> 'days'
    union all
    select id, digest, period, dimension, grouped, area, is_complete, cast(ended as bigint), cast(cases as bigint), day,
        low, high, cast(cases as bigint), false, day is null
    from timed
)
select id, '1.0.0' as version, period, dimension, grouped, area, coalesce(district_name, area) as area_name, digest,
    is_complete, num, den, value, low, high, n, is_hidden, is_unreached, cast(5 as bigint) as minimum_cell
from all_figures left join int_districts__received on area = district_id
"""


def _quantile(share: float) -> str:
    line, name = f"ln(1 - {share}) + 1e-9", round(share * 100)
    low, high = (f"s * exp({sign}{Z} * sqrt(v) / s)" for sign in ("-", ""))
    return (
        f", min(days) filter (where s <= {line}) as day_{name}, min(days) filter (where {low} <= {line}) as low_{name},"
        f" min(days) filter (where ended < at_risk and {high} <= {line}) as high_{name}"
    )


def run(connection: duckdb.DuckDBPyConnection, measures: list[dict[str, Any]]) -> float:
    """Work the figures out; the CPU seconds."""
    import pyarrow as pa

    from transforms.statistics.intervals import garwood

    began = time.process_time()
    told = [
        {
            **{"id": m["id"], "digest": m["digest"], "kind": m["kind"], "share": m["quantile"]},
            "category": dict(m["where"])["category"][0],
        }
        for m in measures
    ]
    connection.register("told_measures", pa.Table.from_pylist(told))
    connection.execute("create or replace table peer_measures as select * from told_measures")
    connection.execute(SUMS)
    events = connection.execute(
        "select distinct opened from peer_sums where opened is not null and dimension <> 'department' order by opened"
    ).fetchnumpy()["opened"]
    low, high = garwood(events)
    connection.register("told_bounds", pa.table({"events": events, "low": low, "high": high}))
    connection.execute("create or replace table peer_bounds as select * from told_bounds")
    connection.execute(FIGURES.replace("{quantiles}", _quantile(0.5) + _quantile(0.9)))
    return time.process_time() - began


def difference(connection: duckdb.DuckDBPyConnection) -> int:
    """How many figures stand in one table and not in the other."""
    columns = (
        "measure_id, measure_version, period, group_dimension, group_id, area_id, area_name, formula_digest,"
        " is_complete_month, numerator, denominator, value, value_low, value_high, n, is_suppressed, is_unreached,"
        " minimum_cell"
    )
    ours, theirs = f"select {columns} from measures", "select * from peer_figures"
    found = 0
    for these, those in ((ours, theirs), (theirs, ours)):
        found += connection.execute(f"select count(*) from ({these} except all {those})").fetchall()[0][0]
    return found
