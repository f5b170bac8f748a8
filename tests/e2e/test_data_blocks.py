"""Data blocks in a real browser: there to be read, never run, and nothing that the content policy minds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.browser import DESK, Reader, View

pytestmark = pytest.mark.browser

_BLOCKS = "[...document.querySelectorAll('script[type=\"application/ld+json\"]')].map(s => s.textContent)"


def heard(reader: Reader, page: Path) -> tuple[list[str], list[str]]:
    """A page's data blocks, and every complaint on the browser's console."""
    with reader.open(page, View(DESK, "light", scripts=True)) as opened:
        said: list[str] = []
        opened.on("console", lambda message: said.append(message.text))
        opened.reload(wait_until="load")
        return opened.evaluate(_BLOCKS), said


@pytest.mark.parametrize("tier", ["public", "internal"])
@pytest.mark.parametrize(
    ("page", "kind"), [("en/index.html", "DataCatalog"), ("es/products/districts/index.html", "Dataset")]
)
def test_a_block_is_read_and_nobody_complains(
    reader: Reader, small_site: Path, tier: str, page: str, kind: str
) -> None:
    blocks, said = heard(reader, small_site / tier / page)
    assert [json.loads(b)["@type"] for b in blocks] == [kind]
    assert said == []


def test_the_policy_names_the_block_and_lets_no_other_run(reader: Reader, small_site: Path, tmp_path: Path) -> None:
    page = (small_site / "public" / "en" / "index.html").read_text(encoding="utf-8")
    assert len(re.findall(r"sha256-[A-Za-z0-9+/]{43}=", page)) == 1
    evil = tmp_path / "evil.html"
    evil.write_text(page.replace("</head>", "<script>document.title = 'ran'</script></head>"), encoding="utf-8")
    with reader.open(evil, View(DESK, "light", scripts=True)) as opened:
        assert opened.title() != "ran"
    _, said = heard(reader, evil)
    assert any("Content Security Policy" in s for s in said)
