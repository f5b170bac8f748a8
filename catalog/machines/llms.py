"""What is here and how to read it, in plain words for programs that read words: ``llms.txt``.

Belongs here: that one file, a heading, what the catalogue is, its problems, measures and products with links to files
that are easier to read than pages. Does not belong here: anything that no page says.

Source: https://llmstxt.org/ (a heading, a quotation that sums up, sections that are lists of links).
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.machines.data_package import FILE as FILES
from catalog.machines.formats import Format, site_formats
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.views import ProductView
from contracts.model import Text

FILE = "llms.txt"


def llms(site: Site) -> bytes:
    """The file's bytes; links are relative to the site's root, where the file stands."""
    return ("\n".join(_lines(site)) + "\n").encode("utf-8")


def _lines(site: Site) -> Iterator[str]:
    city = site.city
    at = Addresses((city.languages or ("en",))[0])
    yield f"# {_plain(city.name)}: data catalogue"
    yield ""
    yield f"> Data products of {_plain(city.name)}, published by {_plain(city.publisher.name)}. Each has a contract"
    yield "> that says what is promised, releases that were checked against it before anyone could see them, and a"
    yield "> quality report of every release. Nothing here was published unchecked."
    yield ""
    yield "How to read it:"
    yield ""
    yield "- A product's release is a folder `data/<product>/<release>/` with the same records as CSV and Parquet."
    yield "- `data/<product>/datapackage.json` names the newest files and says what each column means and may hold."
    yield "- `data/<product>/odcs.yaml` is the contract: meaning, limits, rules, how often it changes, whom to ask."
    yield "- Times are UTC. An empty field is unknown or withheld; a column that ends in `_suppressed` says which."
    yield "- Figures rest on one release: cite the product, the release's number and its day."
    if site.tier != "public":
        yield "- This catalogue is for city staff. Do not pass on what it holds."
    if site.problems:
        yield ""
        yield "## Problems"
        yield ""
        for problem in site.problems:
            yield f"- [{_plain(problem.title)}]({at.problem(problem.id)}): {_plain(problem.question)}"
    if site.city.measures:
        yield ""
        yield "## Measures"
        yield ""
        for measure in site.city.measures.values():
            yield f"- [{_plain(measure.title)}]({at.measure(measure.id)}): {_plain(measure.definition)}"
    if site.catalog.products:
        yield ""
        yield "## Products"
        yield ""
        for product in site.catalog.products.values():
            yield _product(product, at)
    if site.catalog.cards:
        yield ""
        yield "## Not open here"
        yield ""
        for card in site.catalog.cards:
            yield f"- [{_plain(card.title)}]({at.card(card.key)}): {_plain(card.why_not_public or card.purpose)}"
    yield ""
    yield "## Files for machines"
    yield ""
    for found in site_formats(site):
        yield _link(found)


def _product(product: ProductView, at: Addresses) -> str:
    page = f"- [{_plain(product.title)}]({at.product(product.name)}): {_plain(product.purpose)}"
    if product.current is None:
        return f"{page} {'Withdrawn.' if product.tombstone else 'Nothing is offered now.'}"
    return f"{page} [Files and columns]({at.product_file(product.name, FILES)})"


def _link(found: Format) -> str:
    return f"- [{found.name}]({found.address}): {found.media_type}"


def _plain(text: Text) -> str:
    """A text on one line, with nothing that Markdown would read as a link."""
    return " ".join(text.default.split()).replace("[", "(").replace("]", ")")
