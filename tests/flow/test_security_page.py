"""The figures that the page on security quotes are those of the corpus."""

from __future__ import annotations

import re
from pathlib import Path


def test_the_page_s_figures_are_the_corpus_s(project_root: Path) -> None:
    page = (project_root / "docs" / "security.md").read_text(encoding="utf-8")
    corpus = (project_root / "docs" / "reference" / "flow-corpus.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (leaking|harmless) \| (.+) \|$", corpus, re.M))
    leaking, harmless = ([int(n) for n in rows[kind].split(" | ")] for kind in ("leaking", "harmless"))
    queries, _, caught, refused, passed = leaking
    assert f"| leaking | {queries} | {caught + refused} ({caught} found, {refused} refused) | {passed} |" in page
    queries, _, caught, refused, passed = harmless
    told = f"| harmless | {queries} | {caught + refused} without need ({caught} found, {refused} refused) | {passed} |"
    assert told in page
    assert f"holds {leaking[0] + harmless[0]} queries" in page
    assert f"Of the {leaking[4]} leaks that the analysis passes" in page
    assert "people alone" not in corpus
    assert "| leaks |" in corpus and _row(corpus, "leaks")[4] == "2", "the page says that two are held elsewhere"
    for kind, name in (("leaks", "leaking"), ("no leak", "harmless")):
        _, static, dynamic, alone, neither = [int(n) for n in _row(corpus, kind)[:5]]
        assert f"| {name} | {static} | {dynamic} | {static + alone} | {neither} |" in page


def _row(corpus: str, kind: str) -> list[str]:
    found = re.search(rf"^\| {kind} \| (.+) \|$", corpus, re.M)
    assert found is not None
    return found[1].split(" | ")
