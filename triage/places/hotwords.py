"""A short list of names for a recogniser's prompt."""

from __future__ import annotations

from triage.places.gazetteer import Gazetteer

AGENCIES = ("damkar", "Satpol PP", "BPBD", "PSC 119", "DLHK", "Dishub", "Dinsos", "PLN", "PDAM", "Polresta", "Basarnas")
MOST = 60
"""Whisper reads at most 224 tokens of prompt; a name of Kendari takes about three and a half."""


def hotwords(gazetteer: Gazetteer, most: int = MOST) -> str:
    """At most `most` names, separated by commas: agencies, sub-districts, then the places heard most in training."""
    districts = [place.district for place in gazetteer.places if place.kind == "kecamatan"]
    heard = sorted((place for place in gazetteer.places if place.heard), key=lambda place: -place.heard)
    names = dict.fromkeys([*AGENCIES, *districts, *(place.name for place in heard)])
    return ", ".join(list(names)[:most])
