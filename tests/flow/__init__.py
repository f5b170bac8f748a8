"""Does a restricted value reach a lower tier? A corpus of queries, an oracle that tries, and the static analyser.

Belongs here: the corpus (``corpus/*.yaml``), the oracle that builds each query over worlds that differ only above the
reader's tier, the analyser's verdict on the same queries, the page of both (``python -m tests.flow``). Does not belong
here: the analyser's own unit tests (``tests/unit/contracts/flow``).
"""
