"""The deliveries of a source as CSV: the figures of the chart and the table on its page, all of them.

Belongs here: that file. Does not belong here: what a tier may know of a delivery (``catalog.deliveries``).
"""

from __future__ import annotations

import csv
import io

from catalog.views import SourceView

FILE = "deliveries.csv"


def deliveries_csv(source: SourceView) -> bytes:
    """The file, oldest first.

    Shape: ``retrieved_at`` (UTC), ``outcome``, and the numbers of records ``received``, ``accepted``, ``set_aside``,
    ``refused``.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(["retrieved_at", "outcome", "received", "accepted", "set_aside", "refused"])
    for one in reversed(source.landings):
        counts = (one.received, one.accepted, one.quarantined, one.rejected)
        writer.writerow([one.at.isoformat(), one.outcome, *counts])
    return table.getvalue().encode()
