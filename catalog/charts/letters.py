"""How much room words take, without asking any font.

Belongs here: measuring and breaking words. Does not belong here: where they stand. A reader's fonts are not known when
a page is made, and asking this machine's would make pages differ from machine to machine: so letters are sorted by
width, as they are in the common sans serifs, and the sum errs on the wide side.
"""

from __future__ import annotations

_WIDTHS = {
    0.30: "iIjl.,:;'|!·’‘`",
    0.40: 'frt()[]{}/\\-" \u00a0\u202f“”„',
    0.62: "0123456789–_$#*+=<>€ao",
    0.88: "mwMW%@—…&",
    0.74: "ABCDEFGHKLNOPQRSTUVXYZÁÉÍÓÚÂÊÔÃÕÇÑÜ",
}
_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 0.60
_WIDEST = 1.05
_FIRST_WIDE = 0x1100
"""From here on (Hangul, the scripts of East Asia, signs) letters are as wide as they are high."""


_HEAVY = 1.12


def text_width(text: str, size: float, heavy: bool = False) -> float:
    """About how wide a text is in letters of ``size``; fonts differ, so rather too wide."""
    return (
        size * (_HEAVY if heavy else 1.0) * sum(_OF.get(c, _OTHER if ord(c) < _FIRST_WIDE else _WIDEST) for c in text)
    )


def wrap(text: str, size: float, width: float, heavy: bool = False) -> list[str]:
    """``text`` in lines no wider than ``width``, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, heavy) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shortened(text: str, size: float, width: float, heavy: bool = False) -> str:
    """``text``, cut with a sign where it is wider than ``width``; empty where not even a letter fits."""
    if text_width(text, size, heavy) <= width:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + "…", size, heavy) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…" if kept else ""
