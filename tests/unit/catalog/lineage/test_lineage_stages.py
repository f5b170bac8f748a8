"""Where a release comes from, in order and in words."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.language import translator
from catalog.lineage import stages
from contracts.errors import ArtefactError


def node(identifier: str, kind: str, **more: str) -> dict[str, str]:
    return {"id": identifier, "kind": kind, "name": identifier, "title": identifier.title(), "tier": "public", **more}


WHOLE: dict[str, Any] = {
    "format_version": 1,
    "nodes": [
        node("monthly", "release", title="Requests by month"),
        node("requests_monthly", "mart"),
        node("requests_located", "intermediate"),
        node("requests_received", "intermediate"),
        node("stg_requests", "staging"),
        {"id": "n1", "kind": "source", "title": "Payroll"},
        node("crm", "source", title="Requests from the call centre"),
    ],
    "edges": [
        ["crm", "stg_requests"],
        ["n1", "stg_requests"],
        ["stg_requests", "requests_received"],
        ["requests_received", "requests_located"],
        ["requests_located", "requests_monthly"],
        ["requests_monthly", "monthly"],
    ],
}


def test_the_stages_run_from_source_to_release() -> None:
    found = stages(WHOLE, translator("en"))
    assert [s.kind for s in found] == ["source", "staging", "intermediate", "mart", "release"]
    assert [step.name for step in found[2].steps] == ["requests_received", "requests_located"]
    assert found[1].steps[0].made_from == ("Requests from the call centre", "Payroll")
    assert found[4].steps[0].made_from == ("Requests_Monthly",)
    assert all(s.heading and s.sentence.endswith(".") for s in found)


def test_a_step_above_the_readers_tier_tells_only_its_title() -> None:
    payroll = next(s for s in stages(WHOLE, translator("en"))[0].steps if s.title == "Payroll")
    assert payroll.opaque
    assert (payroll.name, payroll.tier) == ("", "")
    assert not stages(WHOLE, translator("en"))[0].steps[0].opaque


def test_the_order_in_the_file_does_not_matter() -> None:
    turned = {**WHOLE, "nodes": WHOLE["nodes"][::-1], "edges": WHOLE["edges"][::-1]}
    assert stages(turned, translator("en")) == stages(WHOLE, translator("en"))


def test_the_words_are_the_readers() -> None:
    english, spanish = (stages(WHOLE, translator(name)) for name in ("en", "es"))
    assert all(e.heading != s.heading and e.sentence != s.sentence for e, s in zip(english, spanish, strict=True))


def test_a_release_without_steps_has_no_stages() -> None:
    assert stages({"nodes": [], "edges": []}, translator("en")) == ()


@pytest.mark.parametrize(
    ("lineage", "message"),
    [
        ({"edges": []}, "lacks a field"),
        ({"nodes": [{"id": "a"}]}, "lacks a field"),
        ({"nodes": [node("a", "view")]}, r"unknown kind.*Found view"),
        ({"nodes": [node("a", "mart")], "edges": [["b", "a"]]}, r"not there.*Found b"),
        ({"nodes": [node("a", "mart"), node("b", "mart")], "edges": [["a", "b"], ["b", "a"]]}, "in a circle"),
    ],
)
def test_a_broken_lineage_is_named(lineage: dict[str, Any], message: str) -> None:
    with pytest.raises(ArtefactError, match=message):
        stages(lineage, translator("en"))
