"""Synthetic recordings with what is said in them: single turns and dialogues over a telephone line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from training.corpus.load import TRAIN, VALIDATION, Call, read_calls, read_phrases
from training.recogniser.clips import wav_bytes
from training.synthesis import telephone
from training.synthesis.spoken import written
from training.synthesis.telephone import SAMPLE_RATE, Line, Samples
from training.synthesis.utterance import Spoken, padded, speak
from training.synthesis.voices import HELD_OUT_VARIANTS, Speaker, draw_speaker

SHARED_WORDS = 5
"""A held-out sentence has no stretch of this many words in common with any training text."""
FEWEST_WORDS, MOST_WORDS = 3, 14


@dataclass(frozen=True, slots=True)
class Channel:
    """Who speaks (caller, operator, or mixed in a mono recording), what, and when each word starts (seconds)."""

    role: str
    words: list[str]
    starts: list[float]


@dataclass(frozen=True, slots=True)
class Item:
    """One recording. samples: float32 at 8 kHz, (n,) mono or (n, 2) stereo with the caller on the left."""

    id: str
    slice: str
    samples: Samples
    channels: tuple[Channel, ...]
    call: Call | None = field(default=None)

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / SAMPLE_RATE

    def wav(self) -> bytes:
        """As a PBX would hand it over."""
        return wav_bytes(self.samples, 1 if self.samples.ndim == 1 else self.samples.shape[1])


@cache
def held_out_sentences() -> list[list[str]]:
    """Turns of the validation calls (other writers) without SHARED_WORDS in a row from any training text."""
    seen = {
        gram
        for text in (
            *(turn.text for call in read_calls(TRAIN) for turn in call.turns),
            *(p.text for p in read_phrases()),
        )
        for gram in _grams(written(text))
    }
    turns = [written(turn.text) for call in read_calls(VALIDATION) for turn in call.turns]
    return [words for words in turns if len(words) >= FEWEST_WORDS and not seen.intersection(_grams(words))]


def _grams(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + SHARED_WORDS]) for i in range(len(words) - SHARED_WORDS + 1)}


def turns(
    name: str,
    count: int,
    rng: np.random.Generator,
    *,
    variants: tuple[str, ...] = HELD_OUT_VARIANTS,
    line: Callable[[np.random.Generator], Line] = telephone.draw_line,
    background: Callable[[int, np.random.Generator], Samples | None] = lambda _count, _rng: None,
    speaker: Callable[[Speaker], Speaker] = lambda speaker: speaker,
) -> Iterator[Item]:
    """`count` mono recordings of one held-out sentence each, of at most MOST_WORDS words."""
    sentences = held_out_sentences()
    made = 0
    while made < count:
        words = sentences[int(rng.integers(len(sentences)))]
        first = int(rng.integers(0, max(1, len(words) - MOST_WORDS + 1)))
        spoken = speak(words[first : first + MOST_WORDS], speaker(draw_speaker(rng, variants)))
        before, after = (float(seconds) for seconds in rng.uniform(0.3, 0.8, 2))
        # A line draws by the sample, and espeak-ng's lengths vary by a few: its own generator keeps the words.
        [line_rng] = rng.spawn(1)
        if spoken is None or len(spoken.samples) < 1.2 * SAMPLE_RATE:
            continue
        spoken = padded(spoken, before, after)
        recorded = telephone.send(spoken.samples, line(line_rng), line_rng, background(len(spoken.samples), line_rng))
        yield Item(f"{name}-{made:03d}", name, recorded, (_channel("mixed", [(0.0, spoken)]),))
        made += 1


def dialogue(
    id_: str, name: str, call: Call, rng: np.random.Generator, variants: tuple[str, ...] = HELD_OUT_VARIANTS
) -> Item | None:
    """A call spoken by two voices, caller left and operator right; None when a turn cannot be spoken."""
    speakers = {role: draw_speaker(rng, variants) for role in ("caller", "operator")}
    said: dict[str, list[tuple[float, Spoken]]] = {"caller": [], "operator": []}
    now = float(rng.uniform(0.3, 1.5))
    for turn in call.turns:
        for words in _breaths(written(turn.text), rng):
            role = "operator" if turn.speaker == "operator" else "caller"
            spoken = speak(words, speakers[role])
            if spoken is None:
                return None
            said[role].append((now, spoken))
            now += len(spoken.samples) / SAMPLE_RATE + float(rng.uniform(0.15, 0.5))
        now += float(rng.uniform(0.2, 1.0))
    sides = [_side(said[role], now, rng.spawn(1)[0]) for role in ("caller", "operator")]
    return Item(
        id_, name, np.stack(sides, axis=1), tuple(_channel(role, said[role]) for role in ("caller", "operator")), call
    )


def mono(item: Item, name: str) -> Item:
    """The same call as a PBX with one channel records it."""
    both = sorted(
        (start, word) for channel in item.channels for start, word in zip(channel.starts, channel.words, strict=True)
    )
    mixed = Channel("mixed", [word for _, word in both], [start for start, _ in both])
    samples = item.samples.sum(axis=1).clip(-1, 1)
    return replace(item, id=f"{item.id}-mono", slice=name, samples=samples, channels=(mixed,))


def _breaths(words: list[str], rng: np.random.Generator) -> Iterable[list[str]]:
    """Nobody speaks forty words in one breath: stretches of 6 to 14."""
    start = 0
    while start < len(words):
        count = int(rng.integers(6, MOST_WORDS + 1))
        # No single word left over at the end.
        end = len(words) if len(words) - start - count < 3 else start + count
        yield words[start:end]
        start = end


def _side(said: list[tuple[float, Spoken]], seconds: float, rng: np.random.Generator) -> Samples:
    samples = np.zeros(int(seconds * SAMPLE_RATE) + 1, np.float32)
    for start, spoken in said:
        at = int(start * SAMPLE_RATE)
        piece = spoken.samples[: len(samples) - at]
        samples[at : at + len(piece)] += piece
    return telephone.send(samples, telephone.draw_line(rng), rng)


def _channel(role: str, said: list[tuple[float, Spoken]]) -> Channel:
    words = [word for _, spoken in said for word in spoken.words]
    starts = [offset + start for offset, spoken in said for start in spoken.word_times[:-1]]
    return Channel(role, words, [round(start, 3) for start in starts])
