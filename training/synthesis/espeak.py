"""espeak-ng in process: Indonesian speech with the times of its words and phonemes.

The library and its data come from the wheel `espeakng-loader`. espeak-ng keeps its state in globals, so one process
speaks one utterance at a time; use several processes to go faster. Its breath noise carries over from one utterance to
the next: the same text by the same voice gives the same words at the same times, but not the same bytes.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22_050
"""Hz, of every espeak-ng voice that is not MBROLA's."""

_AUDIO_OUTPUT_RETRIEVAL = 1
_INITIALIZE_PHONEME_EVENTS = 1
_CHARS_UTF8 = 1
_RATE, _VOLUME, _PITCH, _RANGE, _WORDGAP = 1, 2, 3, 4, 7
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7


@dataclass(frozen=True, slots=True)
class Voice:
    """How an utterance is spoken. rate in words a minute, pitch and pitch_range 0..100, word_gap in 10 ms."""

    variant: str
    rate: int = 165
    pitch: int = 50
    pitch_range: int = 50
    word_gap: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or phoneme. `label` is the phoneme, or the word's offset in the text; start in seconds."""

    label: str
    start: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """samples: float32 in -1..1, shape (n,), at SAMPLE_RATE. words[i].label is the character offset in the text."""

    samples: NDArray[np.float32]
    words: tuple[Mark, ...]
    phonemes: tuple[Mark, ...]


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Engine:
    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        rate = self.library.espeak_Initialize(
            _AUDIO_OUTPUT_RETRIEVAL, 0, espeakng_loader.get_data_path().encode(), _INITIALIZE_PHONEME_EVENTS
        )
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"espeak-ng started at {rate} Hz instead of {SAMPLE_RATE}")
        self.chunks: list[NDArray[np.int16]] = []
        self.events: list[tuple[int, int, int, str]] = []
        # ctypes keeps no reference to a callback handed to C: without this attribute it is collected and C crashes.
        self.callback = _Callback(self._receive)
        self.library.espeak_SetSynthCallback(self.callback)

    def _receive(self, wav: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if wav and count:
            self.chunks.append(np.ctypeslib.as_array(wav, shape=(count,)).copy())
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            label = event.id.string.decode("utf-8", "replace") if event.type == _EVENT_PHONEME else ""
            self.events.append((event.type, event.sample, event.text_position, label))
            index += 1
        return 0

    def speak(self, text: str, voice: Voice) -> Utterance:
        self.chunks.clear()
        self.events.clear()
        # espeak-ng silently speaks with the plain voice when it does not know a variant.
        known = (Path(espeakng_loader.get_data_path()) / "voices" / "!v" / voice.variant).is_file()
        if not known or self.library.espeak_SetVoiceByName(f"id+{voice.variant}".encode()) != 0:
            raise ValueError(f"espeak-ng has no voice variant {voice.variant!r}")
        for parameter, value in (
            (_RATE, voice.rate),
            (_PITCH, voice.pitch),
            (_RANGE, voice.pitch_range),
            (_WORDGAP, voice.word_gap),
            (_VOLUME, 100),
        ):
            self.library.espeak_SetParameter(parameter, value, 0)
        data = text.encode("utf-8") + b"\0"
        self.library.espeak_Synth(data, len(data), 0, 1, 0, _CHARS_UTF8, None, None)
        self.library.espeak_Synchronize()
        pcm = np.concatenate(self.chunks) if self.chunks else np.zeros(0, np.int16)
        marks = {_EVENT_WORD: [], _EVENT_PHONEME: []}  # type: dict[int, list[Mark]]
        for kind, sample, position, label in self.events:
            if kind in marks:
                marks[kind].append(Mark(label or str(position - 1), sample / SAMPLE_RATE))
        return Utterance((pcm / 32768).astype(np.float32), tuple(marks[_EVENT_WORD]), tuple(marks[_EVENT_PHONEME]))


@cache
def _engine() -> _Engine:
    return _Engine()


def speak(text: str, voice: Voice) -> Utterance:
    """Speak Indonesian text. Raises ValueError for an unknown voice variant."""
    return _engine().speak(text, voice)
