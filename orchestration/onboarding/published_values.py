"""The words that really stand in a column of a published product: a measure of a word that is not there is empty.

Belongs here: the most frequent values of a column in the newest release of the widest tier. Does not belong here:
asking (``service_asking``).
"""

from __future__ import annotations

from typing import Final

from contracts.city import City
from contracts.errors import ArtefactError
from contracts.home import CityHome
from contracts.release import current
from contracts.tiers import lowest

MOST: Final = 40
"""Values that are offered; more would not be read."""


def published_values(city: City, home: CityHome, product: str, column: str) -> tuple[str, ...]:
    """The values of a column, the most frequent first; none where nothing is published, or the release is damaged.

    Only the widest rendition is read: what others may not see is never offered.
    """
    contract = city.products[product]
    try:
        release = current(home, lowest(contract.renditions), product)
        if release is None:
            return ()
        files = [str(path) for path in release.parquet()]
    except ArtefactError:
        return ()  # cauce audit verify says which file
    import duckdb

    name = column.replace('"', '""')
    with duckdb.connect() as connection:
        rows = connection.execute(
            f'select "{name}" from read_parquet(?) where "{name}" is not null'
            " group by 1 order by count(*) desc, 1 limit ?",
            [files, MOST],
        ).fetchall()
    return tuple(str(value) for (value,) in rows)
