"""The telephone benchmark's slices: what each of them holds, made by seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial

import numpy as np

from training.corpus.load import VALIDATION, read_calls
from training.evaluation.items import Item, dialogue, mono, turns
from training.synthesis.codecs import CODECS
from training.synthesis.noises import MADE, NoiseBank, cut, made
from training.synthesis.telephone import Line, Samples, colored_noise
from training.synthesis.utterance import speak
from training.synthesis.voices import CHILD_WARP, HELD_OUT_VARIANTS, TRAINING_VARIANTS, Speaker, draw_speaker

SEED = 112
LEVELS = (-45, -35, -25, -15, -5)
NOISE_LEVELS = (20, 10, 5)
RECORDED_LEVELS = (10,)
"""dB of speech over noise; the many recorded noises at one level only."""
RECORDED = "recorded_"
"""Before the names of recorded noises: one may be called as a made one is."""
SHORTEST_DIALOGUE, LONGEST_DIALOGUE = 30.0, 120.0

HEADLINE = ("turns", "turns_known_voices", "dialogues", "dialogues_mono")
"""Slices over lines as they come (telephone.draw_line); all others differ in one thing from CLEAN."""
CLEAN = Line(snr_db=30.0, level_dbfs=-23.0)


def telephone_items(clips: int, dialogues: int, noises: dict[str, Samples] | None = None) -> Iterator[Item]:
    """All recordings: `clips` in each headline slice of turns, 0.3 of that in each condition, up to `dialogues` calls.

    noises: recorded noises by name, beside the made ones.
    """
    yield from turns("turns", clips, _rng("turns"))
    yield from turns("turns_known_voices", clips, _rng("turns_known_voices"), variants=TRAINING_VARIANTS)
    for item in dialogue_items(dialogues):
        yield item
        yield mono(item, "dialogues_mono")
    fewer = max(1, round(0.3 * clips))
    for name, draw in _conditions(noises or {}).items():
        yield from draw(name, fewer)


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng([SEED, *name.encode()])


def dialogue_items(count: int) -> Iterator[Item]:
    """Up to `count` stereo validation calls that last 30 to 120 seconds."""
    rng, made = _rng("dialogues"), 0
    for call in read_calls(VALIDATION):
        if made == count:
            return
        if sum(len(turn.text.split()) for turn in call.turns) < 50:
            continue  # too short to last
        item = dialogue(f"dialogues-{made:03d}", "dialogues", call, rng)
        if item is not None and SHORTEST_DIALOGUE <= item.seconds <= LONGEST_DIALOGUE:
            yield item
            made += 1


Draw = Callable[[str, int], Iterator[Item]]


def _conditions(noises: dict[str, Samples]) -> dict[str, Draw]:
    conditions: dict[str, Draw] = {"clean": _over(CLEAN)}
    for level in LEVELS:
        conditions[f"level_{level}dbfs"] = _over(replace(CLEAN, level_dbfs=float(level)))
    for codec in CODECS:
        conditions[f"codec_{codec}"] = _over(replace(CLEAN, codec=codec))
    for loss in (0.02, 0.05):
        conditions[f"loss_{loss:.0%}".replace("%", "pct")] = _over(replace(CLEAN, loss=loss))
    conditions["clipping"] = _over(replace(CLEAN, clip=0.3))
    conditions["echo"] = _over(replace(CLEAN, echo_db=15.0))
    conditions["room"] = _over(replace(CLEAN, reverb_seconds=0.25))
    conditions["children"] = _spoken(_child)
    conditions["slow"] = _spoken(lambda s: replace(s, voice=replace(s.voice, rate=int(115 / s.warp))))
    conditions["fast"] = _spoken(lambda s: replace(s, voice=replace(s.voice, rate=int(205 / s.warp))))
    backgrounds = {"line": None, "babble": lambda count, rng: babble_bank().babble(count, rng)}
    backgrounds |= {name: partial(made, name) for name in MADE}
    backgrounds |= {f"{RECORDED}{name}": partial(cut, samples) for name, samples in noises.items()}
    for noise, background in backgrounds.items():
        for snr in RECORDED_LEVELS if noise.startswith(RECORDED) else NOISE_LEVELS:
            conditions[f"noise_{noise}_{snr}db"] = _over(replace(CLEAN, snr_db=float(snr)), background)
    return conditions


Background = Callable[[int, np.random.Generator], Samples]


def _over(line: Line, background: Background | None = None) -> Draw:
    def draw(name: str, count: int) -> Iterator[Item]:
        # The same sentences by the same voices in every condition: differences come from the line alone.
        return turns(name, count, _rng("conditions"), line=lambda rng: line, background=background or _plain)

    return draw


def _spoken(change: Callable[[Speaker], Speaker]) -> Draw:
    def draw(name: str, count: int) -> Iterator[Item]:
        return turns(name, count, _rng("conditions"), line=lambda rng: CLEAN, speaker=change)

    return draw


def _plain(count: int, rng: np.random.Generator) -> Samples:
    return colored_noise(rng, count, CLEAN.noise_color)


@cache
def babble_bank() -> NoiseBank:
    """Held-out voices that talk at once."""
    bank, rng = NoiseBank(), _rng("babble")
    while not bank.ready:
        for text in ("saya mau lapor pak ada masalah di sini", "tolong cepat ya bu kami menunggu dari tadi pagi"):
            spoken = speak(text.split(), draw_speaker(rng, HELD_OUT_VARIANTS))
            if spoken is not None:
                bank.hear(spoken.samples)
    return bank


def _child(speaker: Speaker) -> Speaker:
    voice = replace(speaker.voice, pitch=80, rate=int(150 / CHILD_WARP))
    return Speaker(voice, CHILD_WARP)
