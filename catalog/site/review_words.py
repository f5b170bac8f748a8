"""What a product's page says of the people who decided that something less exact may be seen.

Belongs here: the sentences on privacy reviews, for readers and for the data team. Does not belong here: how a review
stands (``contracts.reviews``), what a tier may know of it (``catalog.rulings``).
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from catalog.ruling_views import PrivacyReviewView, PrivacyView
from catalog.site.speech import Speech
from contracts.reviews import ReviewState


def review_lines(privacy: PrivacyView | None, speech: Speech) -> list[tuple[Markup, tuple[str, ...]]]:
    """Each review in a few sentences with the columns it is for; then the columns that nobody reviewed."""
    if privacy is None:
        return []
    lines = [(Markup(" ").join(_sentences(review, speech)), review.columns) for review in privacy.reviews]
    if privacy.unreviewed:
        said = speech.gettext("No person has put on record yet why this may be seen.")
        lines.append((Markup(" ").join([said]), privacy.unreviewed))
    return lines


def _sentences(review: PrivacyReviewView, speech: Speech) -> Iterator[str]:
    """What was weighed, what was decided, what it is good for, until when."""
    t = speech.gettext
    on = {"on": speech.day(review.on), "who": review.by or t("the person who answers for privacy")}
    if review.risk is None:
        yield t("Reviewed on %(on)s by %(who)s.") % on
    else:
        yield {
            "low": t("On %(on)s %(who)s weighed whether the data could point at somebody, and found the risk low."),
            "moderate": t(
                "On %(on)s %(who)s weighed whether the data could point at somebody, and found the risk moderate."
            ),
            "high": t("On %(on)s %(who)s weighed whether the data could point at somebody, and found the risk high."),
        }[review.risk] % on
    if review.decision is not None:
        yield {
            "open": t("It was decided to publish it."),
            "limited": t("It was decided to publish it under conditions."),
            "withhold": t("It was decided not to publish it."),
        }[review.decision]
    if review.conditions is not None:
        yield speech.say(review.conditions)
    if review.value is not None:
        yield speech.say(review.value)
    if review.until is not None:
        until = {"until": speech.day(review.until)}
        if review.is_over:
            yield t("The decision was to be made again by %(until)s, and has not been.") % until
        else:
            yield t("The decision is to be made again by %(until)s.") % until


def review_todo(privacy: PrivacyView, speech: Speech) -> tuple[str, str] | None:
    """What the data team is told of a product's reviews, and what to do; None where they are in order."""
    t = speech.gettext
    day = {
        "until": speech.day(privacy.until) if privacy.until else "–",
        "held": speech.day(privacy.held_from) if privacy.held_from else "–",
    }
    write = t("Have it reviewed by somebody other than its author, and write that into decisions.yaml.")
    told = {
        ReviewState.MISSING: t("Columns that a step made less exact are seen, and nobody has reviewed that."),
        ReviewState.ENDING: t("The review of what was made less exact ends on %(until)s.") % day,
        ReviewState.EXPIRED: t(
            "The review of what was made less exact ended on %(until)s; from %(held)s on the product is held."
        )
        % day,
        ReviewState.LAPSED: t("The review of what was made less exact ended on %(until)s, and the product is held.")
        % day,
        ReviewState.WITHHELD: t("A review decided that columns of it must not be public, and the product is held."),
    }
    if privacy.state is None or privacy.state not in told:
        return None
    if privacy.state is ReviewState.WITHHELD:
        write = t("Take the columns out of what is public, and withdraw what is served.")
    return told[privacy.state], write
