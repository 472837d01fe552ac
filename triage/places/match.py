"""Finding places in what was said: exact, by sound, and nearly; ordinary words only with a place cue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from rapidfuzz import fuzz, process

from triage.classifier.model import Turn
from triage.classifier.text import Word, words
from triage.places.cues import GENERIC, NEVER_AT_THE_EDGE, cue_at
from triage.places.gazetteer import SLIP, Cue, Form, load_gazetteer
from triage.places.sound import coarse_key, sound_key
from triage.speech.vocabulary import is_ordinary

LONGEST = 6
"""Words in a window: a name of three words, each split in two by the recogniser."""
LONGEST_NEAR = 3
SHORTEST_NEAR_KEY = 5
"""Below five sounds, too many Indonesian words are near a name."""
SHORT_KEY = 7
NEAR, NEAR_WITH_CUE, SHORT_EXTRA = 84.0, 78.0, 5.0
"""Least likeness (0..100) of coarse keys, without and with a place cue, and what short keys need on top: tuned on the
training calls with their names distorted, for recall with distortion at no loss of precision without."""
BY_SOUND, BY_LIKENESS = 0.96, 0.9
"""A match by sound, or by likeness of sound, is worth this share of one by letters."""


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A place that was heard: characters [start, end) of turns[turn].text, which are `quote`.

    score is 1 for the gazetteer's own name and falls with spelling and sound; ask_back names the near-twins.
    """

    id: str
    name: str
    quote: str
    turn: int
    start: int
    end: int
    score: float
    ask_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Index:
    letters: dict[str, list[Form]]
    sounds: dict[str, list[Form]]
    near_keys: list[str]
    near_forms: list[Form]


@dataclass(frozen=True, slots=True)
class _Found:
    first: int
    last: int
    form: Form
    score: float
    near: bool


def find_places(turns: Sequence[Turn]) -> list[PlaceMatch]:
    """Places in the caller's and the mixed turns, in the order in which they were said, each place once.

    Spelling variants, the sounds that a recogniser confuses, and words split or joined in the wrong place are always
    allowed for: a caller's transcript is never free of them.
    """
    said = words(turns)
    index = _index()
    candidates = [*_exact(said, turns, index), *_near(said, turns, index)]
    best: dict[str, PlaceMatch] = {}
    for found in sorted(_without_overlaps(said, candidates), key=lambda one: one.first):
        match = _match(found, said, turns)
        if match.id not in best or match.score > best[match.id].score:
            best[match.id] = match
    return sorted(best.values(), key=lambda match: (match.turn, match.start))


@cache
def _index() -> _Index:
    letters: dict[str, list[Form]] = defaultdict(list)
    sounds: dict[str, list[Form]] = defaultdict(list)
    near: dict[str, Form] = {}
    # A kelurahan comes before the kecamatan of the same name; the others keep the order of the gazetteer.
    for form in sorted(load_gazetteer().forms, key=lambda one: (-one.weight, one.place.kind == "kecamatan")):
        letters[form.joined].append(form)
        key = sound_key(form.joined)
        sounds[key].append(form)
        if form.weight > SLIP and len(key) >= SHORTEST_NEAR_KEY and not GENERIC & set(form.words.split()):
            near.setdefault(coarse_key(key), form)
    return _Index(dict(letters), dict(sounds), list(near), list(near.values()))


def _windows(said: Sequence[Word], longest: int) -> Iterator[tuple[int, int]]:
    """Stretches [first, last) of one turn."""
    for first in range(len(said)):
        for last in range(first + 1, min(first + longest, len(said)) + 1):
            if said[last - 1].turn != said[first].turn:
                break
            yield first, last


def _exact(said: Sequence[Word], turns: Sequence[Turn], index: _Index) -> list[_Found]:
    certain, doubtful = [], []
    for first, last in _windows(said, LONGEST):
        forms, share = _forms_at(said[first:last], index)
        if not forms:
            continue
        cue = cue_at(said, turns, first, last)
        form = next((form for form in forms if cue >= form.cue), None)
        if form:
            certain.append(_Found(first, last, form, form.weight * share, near=False))
        else:
            doubtful.append(_Found(first, last, forms[0], forms[0].weight * share, near=False))
    # "Cemara, Mata": a place beside a place is a place.
    edges = {edge for found in certain for edge in (found.first, found.last)}
    return certain + [found for found in doubtful if {found.first, found.last} & edges and found.form.weight > SLIP]


def _forms_at(window: Sequence[Word], index: _Index) -> tuple[Sequence[Form], float]:
    """Forms with the letters of the window, or with its sounds, and what share of their weight that is worth."""
    joined = "".join(word.text for word in window)
    ordinary = all(is_ordinary(word.text) for word in window)
    forms, share = index.letters.get(joined, []), 1.0
    if not forms and not ordinary and any(len(word.text) > 2 for word in window):
        forms, share = index.sounds.get(sound_key(joined), []), BY_SOUND
    if any(len(form.words.split()) >= len(window) for form in forms):
        return forms, share
    # Split where the name is not: its parts must not be words of their own, as in "bend di" for Bende.
    is_phrase = ordinary or window[0].text in NEVER_AT_THE_EDGE or window[-1].text in NEVER_AT_THE_EDGE
    return ([] if is_phrase else forms), share


def _near(said: Sequence[Word], turns: Sequence[Turn], index: _Index) -> Iterator[_Found]:
    """Windows whose sounds are nearly those of a name and that hold a word that is no ordinary one."""
    spans, keys = [], []
    for first, last in _windows(said, LONGEST_NEAR):
        window = said[first:last]
        if all(is_ordinary(word.text) or word.text == "kendari" for word in window):
            continue
        edges = window[0].text, window[-1].text
        if any(len(edge) == 1 or edge in NEVER_AT_THE_EDGE for edge in edges) or _ends_a_sentence(window, turns):
            continue
        key = coarse_key(sound_key("".join(word.text for word in window)))
        if len(key) >= SHORTEST_NEAR_KEY:
            spans.append((first, last))
            keys.append(key)
    if not keys:
        return
    scores = process.cdist(keys, index.near_keys, scorer=fuzz.ratio, score_cutoff=NEAR_WITH_CUE, dtype=np.float32)
    for (first, last), row in zip(spans, scores, strict=True):
        column = int(row.argmax())
        if row[column] < NEAR_WITH_CUE:
            continue
        form = index.near_forms[column]
        cue = cue_at(said, turns, first, last)
        enough = NEAR_WITH_CUE if cue > Cue.NONE else NEAR
        if cue >= form.cue and row[column] >= enough + (SHORT_EXTRA if len(index.near_keys[column]) < SHORT_KEY else 0):
            yield _Found(first, last, form, float(row[column]) / 100 * form.weight * BY_LIKENESS, near=True)


def _ends_a_sentence(window: Sequence[Word], turns: Sequence[Turn]) -> bool:
    """Whether a sentence ends inside the window."""
    return any(mark in turns[window[0].turn].text[window[0].start : window[-1].end] for mark in ".?!")


def _without_overlaps(said: Sequence[Word], candidates: Sequence[_Found]) -> list[_Found]:
    """The longest exact matches first, then the near ones where room is left."""
    taken: set[int] = set()
    kept = []
    for found in sorted(candidates, key=lambda one: (one.near, -len(one.form.joined), -one.score, one.first)):
        span = range(found.first, found.last)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(found)
    return kept


def _match(found: _Found, said: Sequence[Word], turns: Sequence[Turn]) -> PlaceMatch:
    turn, start, end = said[found.first].turn, said[found.first].start, said[found.last - 1].end
    place = found.form.place
    quote = turns[turn].text[start:end]
    return PlaceMatch(place.id, place.name, quote, turn, start, end, round(found.score, 4), place.twins)
