"""Licences, as formats want them: by address, by SPDX name, or in words.

Belongs here: what is known of a licence from what a contract or city.yaml says. Does not belong here: any format.
"""

from __future__ import annotations

import re

_ADDRESSES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "ODBL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "ODC-BY-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
}


def licence_address(licence: str | None) -> str | None:
    """The address of a licence: its own, its well-known one, or SPDX's; None for a licence in words."""
    if not licence:
        return None
    if re.fullmatch(r"https?://\S+", licence):
        return licence
    known = _ADDRESSES.get(licence.strip().upper().replace(" ", "-"))
    if known:
        return known
    return f"https://spdx.org/licenses/{licence}.html" if spdx_name(licence) else None


def spdx_name(licence: str | None) -> str | None:
    """The licence's SPDX name ("CC-BY-4.0"), where it is given as one."""
    if not licence:
        return None
    name = licence.strip().replace(" ", "-")
    if name.upper() in _ADDRESSES:
        return name
    return licence if re.fullmatch(r"[A-Za-z]+[A-Za-z0-9.+-]*\d", licence) else None
