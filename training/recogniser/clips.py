"""Spoken clips with the times of their words and phonemes, made by seed and cached in shards on disk."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.recogniser.texts import TextSource
from training.synthesis import espeak, telephone
from training.synthesis.spoken import said
from training.synthesis.voices import TRAINING_VARIANTS, draw_voice

FRAME = 0.02
"""Seconds per encoder position: two mel frames of 10 ms."""

MAX_SECONDS = 11.5
"""Longest clip. At run time windows are cut at silences to this length (manifest: window_seconds)."""

PHONEMES = (
    "_", "a", "aI", "aU", "b", "C", "d", "dZ", "e", "E", "@", "f", "g", "h", "i", "I", "j", "k", "l", "m", "n", "N",
    "n^", "o", "O", "oI", "p", "R", "r", "s", "S", "t", "tS", "u", "U", "v", "w", "x", "z", "?", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clip:
    """audio: int16 at 8 kHz. word_times: start of each word, then the end of the last; frames: phoneme per FRAME."""

    audio: NDArray[np.int16]
    words: list[str]
    word_times: list[float]
    frames: NDArray[np.uint8]


def make_clip(
    source: TextSource, rng: np.random.Generator, variants: tuple[str, ...] = TRAINING_VARIANTS
) -> Clip | None:
    """One clip: one or two sentences by one voice over one line; None when it came out too long or silent."""
    voice = draw_voice(rng, variants)
    # Playing at another rate moves the formants, so that the recogniser does not lean on one synthesiser's tract.
    warp = float(np.clip(rng.normal(1.0, 0.06), 0.86, 1.16))
    pieces: list[telephone.Samples] = []
    words: list[str] = []
    times: list[float] = []
    labels: list[tuple[float, str]] = []
    offset = 0.0

    def pause(seconds: float) -> None:
        nonlocal offset
        pieces.append(np.zeros(int(seconds * telephone.SAMPLE_RATE), np.float32))
        labels.append((offset, "_"))
        offset += len(pieces[-1]) / telephone.SAMPLE_RATE

    pause(float(rng.uniform(0.05, 0.5)))
    for index in range(2 if rng.random() < 0.3 else 1):
        if index:
            pause(float(rng.uniform(0.15, 0.8)))
        sentence = source.draw(rng)
        utterance, starts = speak_words(sentence, voice)
        if starts is None:
            return None
        audio = telephone.to_line_rate(utterance.samples, int(espeak.SAMPLE_RATE * warp) // 50 * 50)
        words += sentence
        times += [offset + start / warp for start in starts]
        labels += [(offset + mark.start / warp, mark.label) for mark in utterance.phonemes]
        pieces.append(audio)
        offset += len(audio) / telephone.SAMPLE_RATE
    times.append(offset)
    pause(float(rng.uniform(0.05, 0.5)))
    if offset > MAX_SECONDS or not words:
        return None
    line = telephone.draw_line(rng)
    recorded = telephone.send(np.concatenate(pieces), line, rng)
    return Clip((recorded * 32767).astype(np.int16), words, times, _frames(labels, offset))


def speak_words(words: list[str], voice: espeak.Voice) -> tuple[espeak.Utterance, list[float] | None]:
    """Speak written words; the start in seconds of each, or None when espeak-ng reported other words."""
    text, first_character = "", {}
    for index, word in enumerate(words):
        first_character[len(text)] = index
        text += said(word) + " "
    utterance = espeak.speak(text, voice)
    starts: list[float | None] = [None] * len(words)
    for mark in utterance.words:
        index = first_character.get(int(mark.label))
        if index is not None and starts[index] is None:
            starts[index] = mark.start
    # A clitic may be joined to its neighbour and gets no mark of its own: it starts half-way to the next known one.
    known = [i for i, start in enumerate(starts) if start is not None]
    if len(known) < 0.6 * len(words) or not known:
        return utterance, None
    end = len(utterance.samples) / espeak.SAMPLE_RATE
    filled = np.interp(range(len(words)), [*known, len(words)], [*(starts[i] or 0.0 for i in known), end])
    return utterance, [float(x) for x in filled]


def _frames(labels: list[tuple[float, str]], seconds: float) -> NDArray[np.uint8]:
    ids = {phoneme: index for index, phoneme in enumerate(PHONEMES)}
    frames = np.zeros(int(seconds / FRAME), np.uint8)
    for start, label in labels:
        plain = label.lstrip("',%=|").rstrip(":|;!0123456789") or "_"
        plain = "_" if plain.startswith("_") else plain
        frames[int(start / FRAME) :] = ids.get(plain, ids["other"])
    return frames


def wav_bytes(clip: Clip) -> bytes:
    """The clip as a PBX would hand it over: mono PCM WAV at 8 kHz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(telephone.SAMPLE_RATE)
        file.writeframes(clip.audio.tobytes())
    return buffer.getvalue()


def write_shard(path: Path, source: TextSource, seed: int, count: int) -> None:
    """Write `count` clips drawn with `seed`; atomic, so that a killed run leaves no half shard."""
    rng = np.random.default_rng(seed)
    clips: list[Clip] = []
    while len(clips) < count:
        clip = make_clip(source, rng)
        if clip is not None:
            clips.append(clip)
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.savez(
            file,
            audio=np.concatenate([c.audio for c in clips]),
            audio_ends=np.cumsum([len(c.audio) for c in clips]),
            frames=np.concatenate([c.frames for c in clips]),
            frame_ends=np.cumsum([len(c.frames) for c in clips]),
            texts=np.array(json.dumps([[c.words, c.word_times] for c in clips])),
        )
    temporary.rename(path)


def read_shard(path: Path) -> Iterator[Clip]:
    """The clips of a shard."""
    with np.load(path) as data:
        audio, frames = data["audio"], data["frames"]
        audio_ends, frame_ends = data["audio_ends"], data["frame_ends"]
        texts = json.loads(str(data["texts"]))
    a = f = 0
    for (words, times), audio_end, frame_end in zip(texts, audio_ends, frame_ends, strict=True):
        yield Clip(audio[a:audio_end], words, times, frames[f:frame_end])
        a, f = audio_end, frame_end
