"""Where a release comes from: the graph behind it, its stages in words, and its drawing.

Belongs here: reading a release's ``lineage.json`` and showing it. Does not belong here: working lineage out
(``orchestration``), pages (``catalog.site.lineage_pages``).
"""

from catalog.lineage.model import KINDS, ColumnEdge, Graph, Node, RecordEdge, read_graph
from catalog.lineage.readable import readable_lineage
from catalog.lineage.stages import Stage, Step, stages
from catalog.lineage.ways import Stop, WayBack, ways_back

__all__ = [
    "KINDS",
    "ColumnEdge",
    "Graph",
    "Node",
    "RecordEdge",
    "Stage",
    "Step",
    "Stop",
    "WayBack",
    "read_graph",
    "readable_lineage",
    "stages",
    "ways_back",
]
