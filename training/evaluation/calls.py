"""Whole held-out calls spoken and heard: does a misheard call become another incident, and is that said?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from training.corpus.load import VALIDATION, read_calls
from training.evaluation.items import Item, dialogue
from training.evaluation.normalise import normalise
from triage.classifier import Turn
from triage.pipeline import Pipeline
from triage.places import find_places
from triage.recording.load import load_recording
from triage.settings import Settings
from triage.suggestion.model import Suggestion

GHOST = "ghost"


@dataclass(frozen=True, slots=True)
class Heard:
    """One spoken call: incidents (a type, or ghost) by its label, by its text and by its transcript.

    doubted: any segment of the transcript carries a doubt. listen: the suggestion is to listen first.
    places, places_heard: of the places found in the text, how many were found in the transcript as well; names,
    names_heard: the same of the exact words of their names.
    """

    id: str
    label: str
    from_text: str
    from_speech: str
    type_from_text: str
    type_from_speech: str
    doubted: bool
    listen: bool
    places: int
    places_heard: int
    names: int
    names_heard: int


def spoken_calls(count: int, seed: int = 300) -> Iterator[Item]:
    """`count` recordings of validation calls, by ever new voices and lines; no call again before all had their turn."""
    rng = np.random.default_rng(seed)
    calls = read_calls(VALIDATION)
    made = 0
    while made < count:
        for index in rng.permutation(len(calls)):
            if made == count:
                return
            item = dialogue(f"call-{made:03d}", "calls", calls[int(index)], rng)
            if item is not None:
                yield item
                made += 1


def hear(pipeline: Pipeline, item: Item, settings: Settings) -> Heard:
    """Run one spoken call through the pipeline, and its text beside it."""
    call = item.call
    assert call is not None
    suggestion = pipeline.suggest(load_recording(item.wav(), f"{item.id}.wav", settings))
    written = pipeline.suggest_text(call.as_turns(), item.id)
    segments = suggestion.transcript.segments if suggestion.transcript else []
    in_text = {place.id for place in find_places(call.as_turns())}
    in_speech = {place.id for place in find_places([Turn(s.channel, s.text) for s in segments])}
    names = [word for place in call.places for word in normalise(place)]
    heard = {word for segment in segments for word in normalise(segment.text)}
    said = {word for turn in call.turns for word in normalise(turn.text)}
    spoken_names = [word for word in names if word in said]
    return Heard(
        id=call.id,
        label=call.complaint_type or GHOST,
        from_text=incident(written),
        from_speech=incident(suggestion),
        type_from_text=written.complaint_type[0].code,
        type_from_speech=suggestion.complaint_type[0].code,
        doubted=any(segment.doubts for segment in segments),
        listen=suggestion.decision == "listen",
        places=len(in_text),
        places_heard=len(in_text & in_speech),
        names=len(spoken_names),
        names_heard=sum(word in heard for word in spoken_names),
    )


def incident(suggestion: Suggestion) -> str:
    """What a suggestion says has happened: its first type, or ghost."""
    return GHOST if suggestion.disposition.label == "ghost" else suggestion.complaint_type[0].code


def summary(calls: Sequence[Heard]) -> dict[str, float]:
    """The figures of the spoken calls.

    wrong_incident: share in which the transcript leads to another incident than the text (a call that becomes a ghost
    call included); wrong_incident_undoubted: those with neither a doubted segment nor `listen`;
    wrong_incident_suggested: those without `listen`. flagged: share of all calls with a doubt or `listen`.
    Type macro-F1 is over the calls that have a type, by the first type of each list.
    """
    typed = [c for c in calls if c.label != GHOST]
    wrong = [c for c in calls if c.from_speech != GHOST and c.from_speech != c.from_text]
    lost = [c for c in calls if c.from_speech == GHOST and c.from_text != GHOST]
    labels = [c.label for c in typed]
    classes = sorted(set(labels))
    f1 = {
        by: float(
            f1_score(
                labels, [getattr(c, f"type_from_{by}") for c in typed], labels=classes, average="macro", zero_division=0
            )
        )
        for by in ("text", "speech")
    }
    share = 1 / max(1, len(calls))
    return {
        "calls": len(calls),
        "wrong_incident": round(len(wrong + lost) * share, 4),
        "wrong_incident_suggested": round(sum(not c.listen for c in wrong + lost) * share, 4),
        "wrong_incident_undoubted": round(sum(not (c.listen or c.doubted) for c in wrong + lost) * share, 4),
        "lost_as_ghost": round(len(lost) * share, 4),
        "flagged": round(sum(c.listen or c.doubted for c in calls) * share, 4),
        "listen": round(sum(c.listen for c in calls) * share, 4),
        "type_macro_f1_text": round(f1["text"], 4),
        "type_macro_f1_speech": round(f1["speech"], 4),
        "places": sum(c.places for c in calls),
        "place_recall": round(sum(c.places_heard for c in calls) / max(1, sum(c.places for c in calls)), 4),
        "place_words": sum(c.names for c in calls),
        "place_word_recall": round(sum(c.names_heard for c in calls) / max(1, sum(c.names for c in calls)), 4),
    }


def write_details(calls: Sequence[Heard], path: Path) -> None:
    """One line a call, for whoever wants to look into them."""
    path.write_text("".join(json.dumps(asdict(call)) + "\n" for call in calls), encoding="utf-8")
