"""A real browser for the tests: Debian's Chromium, driven by Playwright, with axe-core inside.

Belongs here: finding the browser, opening a page from the disk, and what a reader with a phone, a keyboard
or a screen reader would notice. Does not belong here: which pages there are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

PHONE, DESK = 360, 1280
REFLOW = 320
"""A screen of 1280 at four times the size."""

_CANDIDATES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")

_SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  const offenders = [];
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || box.right <= wide + 1) continue;
    let frame = element.parentElement, held = false;
    while (frame && frame !== document.body) {
      const style = getComputedStyle(frame);
      if (style.overflowX !== 'visible' || style.clipPath !== 'none') { held = true; break; }
      frame = frame.parentElement;
    }
    if (!held) offenders.push(element.tagName.toLowerCase() + '.' + (element.getAttribute('class') || '')
      + ' ends at ' + Math.round(box.right));
  }
  return {scroll: document.documentElement.scrollWidth, wide, offenders: offenders.slice(0, 5)};
}"""


_FOCUSED = """() => {
  const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);
  return {tag: e.tagName, href: e.getAttribute('href') || '', top: b.top, left: b.left, width: b.width,
    name: e.tagName.toLowerCase() + ' ' + (e.textContent || '').trim().slice(0, 30),
    outlined: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0};
}"""

_IN_MAIN = "href => href.length > 1 && href[0] === '#' && !!document.querySelector(href)?.closest('main')"

_BEHIND = """href => {
  const m = document.querySelector(href), e = document.activeElement;
  return !!m && (m.contains(e) || (m.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING) > 0);
}"""

_STRUCTURE = """() => ({
  lang: document.documentElement.lang, title: document.title.trim(),
  main: document.querySelectorAll('main').length, h1: document.querySelectorAll('h1').length,
  levels: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1])),
  scopeless: [...document.querySelectorAll('th:not([scope])')].length,
})"""

_ILLEGIBLE = """() => {
  const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor, alpha = parts(colour)[3];
      if (alpha === undefined || alpha > 0.99) return colour;
    }
    return canvas;
  };
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.backgroundColor = 'Canvas';
  const canvas = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const found = [];
  for (const text of document.querySelectorAll('svg text')) {
    if (!text.textContent.trim() || !text.getClientRects().length) continue;
    const a = light(getComputedStyle(text).fill), b = light(behind(text));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(text.textContent.trim().slice(0, 30) + ' has a contrast of ' + contrast.toFixed(1));
  }
  return found.slice(0, 5);
}"""

_FOCUSED_IN_TURN = """() => {
  const found = [];
  for (const e of document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')) {
    if (!e.getClientRects().length) continue;
    e.focus();
    const s = getComputedStyle(e), seen = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
    const name = e.tagName.toLowerCase() + ' ' + e.textContent.trim().slice(0, 30);
    if (document.activeElement === e && !seen) found.push(name + ' cannot be seen to have the focus');
  }
  return found.slice(0, 5);
}"""

_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important } p { margin-bottom: 2em !important }'
    + ' :not(svg, svg *) { letter-spacing: 0.12em !important; word-spacing: 0.16em !important }');
  document.adoptedStyleSheets = [sheet];
}"""

_CUT = """() => {
  const found = [];
  for (const e of document.body.querySelectorAll('*')) {
    const s = getComputedStyle(e);
    if (s.clipPath !== 'none' || e.clientHeight < 2 || e.closest('svg') || !(e.textContent || '').trim()) continue;
    const hides = way => way === 'hidden' || way === 'clip';
    if ((hides(s.overflowX) && e.scrollWidth > e.clientWidth + 1)
      || (hides(s.overflowY) && e.scrollHeight > e.clientHeight + 1))
      found.push(e.tagName.toLowerCase() + '.' + (e.getAttribute('class') || '') + ' is cut off: '
        + e.textContent.trim().slice(0, 30));
  }
  return found.slice(0, 5);
}"""

TAB_STOPS = 40
"""Stops of the Tab key that are looked at on a page."""


@dataclass(frozen=True)
class View:
    """How the page is looked at."""

    width: int = DESK
    scheme: Literal["light", "dark"] = "light"
    scripts: bool = False


def find_chromium() -> str | None:
    """The path of a Chromium that is installed here, None where there is none.

    ``CAUCE_TEST_CHROMIUM`` names one that stands elsewhere.
    """
    named = os.environ.get("CAUCE_TEST_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return next((c for c in _CANDIDATES if Path(c).exists()), shutil.which("chromium"))


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A running Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
        )
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """Opens pages of a site on disk and says what is wrong with them, in sentences.

    Nothing but files may be asked for: a request to any other host is a finding.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.requests: list[str] = []

    @contextmanager
    def open(self, path: Path, view: View | None = None) -> Iterator[Page]:
        """The page at ``path``, loaded."""
        with self.tab(view) as page:
            self.requests.clear()
            page.goto(path.resolve().as_uri(), wait_until="load")
            yield page

    def foreign_requests(self) -> list[str]:
        """Everything the last page asked for that is not a file of the site."""
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]

    def heavy_first_paint(self, page: Page) -> list[str]:
        """What the last page had to wait for before it could be seen, besides its style sheet."""
        later = {
            str(src) for src in page.evaluate("() => [...document.querySelectorAll('script[defer]')].map(s => s.src)")
        }
        asked = [url for url in self.requests if not url.startswith("data:")]
        return [
            f"waits for {url}" for url in asked if url not in later and url != page.url and not url.endswith(".css")
        ] + [f"waits for {url} as well" for url in [u for u in asked if u.endswith(".css")][1:]]

    @contextmanager
    def tab(self, view: View | None = None) -> Iterator[Page]:
        """A tab in which one page is opened after the other."""
        view = view or View()
        context = self.browser.new_context(
            viewport={"width": view.width, "height": 900},
            color_scheme=view.scheme,
            java_script_enabled=view.scripts,
            reduced_motion="reduce",
            locale="en-GB",
        )
        try:
            page = context.new_page()
            page.on("request", lambda request: self.requests.append(request.url))
            yield page
        finally:
            context.close()

    def findings(self, path: Path, pictures: Path | None = None) -> list[str]:
        """Everything that is wrong with a page, on a desk in light and on a phone in the dark.

        Args:
            path: The page.
            pictures: Where pictures of both go: a path without its ending.
        """
        with self.tab(View(scripts=True)) as page:
            found = self.read(page, path, View(DESK, "light"), pictures)
            found += [f"{DESK} light: {f}" for f in walk(page)]
            return found + self.read(page, path, View(PHONE, "dark"), pictures)

    def read(self, page: Page, path: Path, view: View, pictures: Path | None = None) -> list[str]:
        """What is wrong with how a page looks and what it is made of, in a tab that runs scripts."""
        self.requests.clear()
        page.emulate_media(color_scheme=view.scheme)
        page.set_viewport_size({"width": view.width, "height": 900})
        page.goto(path.resolve().as_uri(), wait_until="load")
        if pictures is not None:
            pictures.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{pictures}-{view.width}.png", full_page=True)
        # The checker reads style sheets on its own, so what the page asked for is looked at before.
        found = self.heavy_first_paint(page)
        found += [*violations(page), *structure(page), *sideways(page)]
        if view.width == PHONE:
            page.set_viewport_size({"width": REFLOW, "height": 900})
            found += [f"at four times the size: {f}" for f in sideways(page)]
        found += [f"asks another host for {url}" for url in self.foreign_requests()]
        return [f"{view.width} {view.scheme}: {f}" for f in found]

    def picture(self, path: Path, to: Path, view: View | None = None) -> Path:
        """A picture of the whole page."""
        to.parent.mkdir(parents=True, exist_ok=True)
        with self.open(path, view) as page:
            page.screenshot(path=to, full_page=True)
        return to


def violations(page: Page) -> list[str]:
    """What axe-core finds broken, however grave, one sentence an element; the size of what is touched as well.

    The page must run scripts.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    found: list[dict[str, Any]] = page.evaluate("o => axe.run(o).then(r => r.violations)", options)
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']} at {' '.join(map(str, node['target']))}"
        for violation in found
        for node in violation["nodes"]
    ]


def walk(page: Page) -> list[str]:
    """What a reader with a keyboard alone meets: every stop seen, and a link past the navigation that works."""
    found = unseen_stops(page)
    page.reload()
    return found + skip_link(page)


def spaced(page: Page) -> list[str]:
    """What is cut off or pushed out once a reader sets lines, letters and words further apart (WCAG 1.4.12)."""
    page.evaluate(_SPACED)
    return [f"with text set apart: {f}" for f in [*sideways(page), *map(str, page.evaluate(_CUT))]]


def unread_in_own_colours(page: Page) -> list[str]:
    """What cannot be read, or be seen to have the focus, in the colours of the reader's system (forced colours)."""
    page.emulate_media(forced_colors="active")
    page.keyboard.press("Tab")
    found = [f"in forced colours: {f}" for f in [*page.evaluate(_ILLEGIBLE), *page.evaluate(_FOCUSED_IN_TURN)]]
    page.emulate_media(forced_colors="none")
    return found


def sideways(page: Page) -> list[str]:
    """What makes the page wider than the screen once all is unfolded, save what scrolls in its own frame."""
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = page.evaluate(_SIDEWAYS)
    findings = [str(o) for o in found["offenders"]]
    if found["scroll"] > found["wide"] + 1:
        findings.append(f"the page is {found['scroll']} wide on a screen of {found['wide']}")
    return findings


def unseen_stops(page: Page) -> list[str]:
    """Stops of the Tab key that cannot be seen to have the focus."""
    findings: list[str] = []
    for _ in range(TAB_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop["tag"] == "BODY":
            break
        if not stop["outlined"]:
            findings.append(f"{stop['name']} cannot be seen to have the focus")
    return findings


def skip_link(page: Page) -> list[str]:
    """Whether the first stop of the Tab key is a visible link past the navigation; moot where there is none."""
    if page.locator("nav").count() == 0:
        return []
    page.keyboard.press("Tab")
    first = page.evaluate(_FOCUSED)
    if first["tag"] != "A" or not page.evaluate(_IN_MAIN, first["href"]):
        return [f"the first stop of the Tab key, {first['name']}, does not lead to the main part"]
    findings: list[str] = []
    if first["left"] < 0 or first["top"] < 0 or first["width"] < 2:
        findings.append("the skip link is not visible while it has the focus")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    if not page.evaluate(_BEHIND, first["href"]):
        findings.append(f"after the skip link, the Tab key does not go on inside {first['href']}")
    return findings


def structure(page: Page) -> list[str]:
    """What a screen reader leans on: one h1, no skipped level, landmarks, a language, a title."""
    found = page.evaluate(_STRUCTURE)
    findings: list[str] = []
    if not found["lang"]:
        findings.append("the page does not say its language")
    if not found["title"]:
        findings.append("the page has no title")
    if found["main"] != 1:
        findings.append(f"the page has {found['main']} main parts, not one")
    if found["h1"] != 1:
        findings.append(f"the page has {found['h1']} headings of the first level, not one")
    findings += [f"a heading of level {b} follows one of level {a}" for a, b in pairwise(found["levels"]) if b > a + 1]
    if found["scopeless"]:
        findings.append(f"{found['scopeless']} table headings do not say what they head")
    return findings
