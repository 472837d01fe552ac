"""faster-whisper in this process, on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import takewhile
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from triage.errors import ModelError, TranscriberError
from triage.recording import Channel, Recording, Span
from triage.recording.model import SAMPLE_RATE
from triage.registry.manifest import Manifest
from triage.speech import Segment, Transcript, Word
from triage.speech.doubts import DoubtLimits
from triage.transcribers.base import Progress
from triage.transcribers.letters import letter_distance, load_letter_head
from triage.transcribers.windows import samples_in, speech_windows, transcribe_windows

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment as Heard

    from triage.transcribers.whisper import WindowedWhisper

TOKENS_A_SECOND = 12
"""Fast speech is some 18 letters a second, and a token two letters or more: what is longer is a loop."""
FEWEST_TOKENS = 16
POSITIONS = 448
"""Whisper's decoder positions; half of them, at most, go to the prompt, and a few to the task's own tokens."""
SHORTEST_REMAINDER = 0.3
"""Seconds of voice below which the rest of a window holds no further word: voice activity is padded by 0.2 s."""
DETECTION_SECONDS = 30
UNKNOWN_LANGUAGE = "und"
"""ISO 639-2 for undetermined: the language is to be detected, and nobody speaks."""


class FasterWhisperTranscriber:
    """A faster_whisper.WhisperModel fed window by window, its thresholds off: doubts are attached instead.

    Greedy in temperature (0 only), so that the same recording always gives the same transcript. One recording at a
    time: the model keeps what its encoder heard last, and two would only share the same cores; other threads wait.
    """

    def __init__(
        self,
        folder: Path,
        *,
        manifest: Manifest,
        language: str,
        beam_size: int,
        threads: int,
        prompt: str | None = None,
    ) -> None:
        """Weights are loaded on first use.

        language: a Whisper language code, or "auto" to detect it once a recording.
        prompt: names to listen for; not used with a model that was not trained with prompts.
        """
        self._folder = folder
        self._manifest = manifest
        self._language = language
        self._beam_size = beam_size
        self._threads = threads
        self._prompt = prompt if manifest.supports_prompt else None
        self._at_work = threading.Lock()

    @property
    def name(self) -> str:
        """Name and version of the model."""
        return self._manifest.full_name

    @property
    def warnings(self) -> tuple[str, ...]:
        """The manifest's warning, if it has one."""
        return (self._manifest.warning,) if self._manifest.warning else ()

    def transcribe(self, recording: Recording, progress: Progress | None = None) -> Transcript:
        """Transcribe the speech of each channel. Raises ModelError when the model does not load or fit the language."""
        with self._at_work:
            return self._transcribe(recording, progress)

    def _transcribe(self, recording: Recording, progress: Progress | None) -> Transcript:
        windows = speech_windows(recording, self._manifest.window_seconds, self._manifest.join_gap_seconds)
        language = self._spoken_language(windows)

        def hear(channel: Channel, window: Span) -> Iterable[Segment]:
            return self._hear(channel, window, language)

        segments = transcribe_windows(
            recording,
            windows,
            hear,
            limits=DoubtLimits(self._manifest.low_logprob, self._manifest.letters_apart),
            progress=progress,
        )
        return Transcript(language, segments, self.name)

    @cached_property
    def _model(self) -> WindowedWhisper:
        from triage.transcribers.whisper import WindowedWhisper

        try:
            model = WindowedWhisper(
                str(self._folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=self._threads,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2, tokenizers and json raise errors without a common base
            raise ModelError(
                "model_not_loaded",
                f"Model {self.name} di {self._folder} tidak bisa dimuat. Pasang ulang model itu, "
                "atau pilih model lain dengan TRIAGE_RECOGNISER.",
                f"Model {self.name} in {self._folder} does not load ({error}). Install it again, "
                "or choose another with TRIAGE_RECOGNISER.",
            ) from error
        model.short_windows = self._manifest.short_windows
        model.letter_head = load_letter_head(self._folder)
        return model

    def _spoken_language(self, windows: list[tuple[Channel, Span]]) -> str:
        """The fixed language, checked against the model, or the one detected where most is spoken."""
        if not windows:
            return UNKNOWN_LANGUAGE if self._language == "auto" else self._language
        if self._language != "auto":
            # faster-whisper would quietly write English with an English-only model.
            multilingual = self._model.model.is_multilingual
            known = self._model.hf_tokenizer.token_to_id(f"<|{self._language}|>") is not None
            if (known and multilingual) or (self._language == "en" and not multilingual):
                return self._language
            raise self._unfit()
        if not self._model.model.is_multilingual:
            return "en"
        longest = max((channel for channel, _ in windows), key=lambda c: sum(s.seconds for s in c.speech))
        audio = np.concatenate([samples_in(channel, window) for channel, window in windows if channel is longest])
        try:
            return str(self._model.detect_language(audio[: DETECTION_SECONDS * SAMPLE_RATE])[0])
        except (RuntimeError, IndexError) as error:  # its config.json names no languages
            raise self._unfit() from error

    def _hear(self, channel: Channel, window: Span, language: str) -> Iterator[Segment]:
        room = POSITIONS // (2 if self._prompt else 1) - 8
        try:
            heard, _ = self._model.transcribe(
                samples_in(channel, window),
                language=language,
                beam_size=self._beam_size,
                temperature=[0.0],
                condition_on_previous_text=False,
                # None: these thresholds would drop text unseen. Nothing is dropped; triage.speech.doubts judges it.
                no_speech_threshold=None,
                log_prob_threshold=None,
                compression_ratio_threshold=None,
                word_timestamps=True,
                vad_filter=False,
                max_new_tokens=min(FEWEST_TOKENS + ceil(TOKENS_A_SECOND * window.seconds), room),
                hotwords=self._prompt,
            )
            passes = _Passes(channel, window, self._model.frames_per_second)
            for segment in takewhile(passes.worthwhile, heard):
                yield _segment(segment, channel, window.start, self._model.letters)
        except (RuntimeError, ValueError) as error:
            raise TranscriberError(
                "transcription_failed",
                f"Model {self.name} gagal pada detik {window.start:.0f}. Coba lagi, atau pilih model lain.",
                f"Model {self.name} failed at second {window.start:.0f}: {error}. Try again, or choose another.",
            ) from error

    def _unfit(self) -> ModelError:
        return ModelError(
            "model_language",
            f"Model {self.name} tidak mengenal bahasa '{self._language}'. Periksa TRIAGE_LANGUAGE.",
            f"Model {self.name} does not know language '{self._language}'. Check TRIAGE_LANGUAGE.",
        )


class _Passes:
    """Counts faster-whisper's passes over one window: it starts again where the last word ended.

    A further pass is worth its text only where voice is left. And a weak model that moves on by hundredths of a second
    would take thousands: one pass for each second of the window is the limit.
    """

    def __init__(self, channel: Channel, window: Span, frames_per_second: int) -> None:
        """frames_per_second: of the model's mel frames, in which faster-whisper counts: 100 with Whisper's own hop."""
        self._speech = channel.speech
        self._window = window
        self._frames_per_second = frames_per_second
        self._seen: set[int] = set()

    def worthwhile(self, heard: Heard) -> bool:
        self._seen.add(heard.seek)
        start = self._window.start + heard.seek / self._frames_per_second
        voice = sum(max(0.0, min(s.end, self._window.end) - max(s.start, start)) for s in self._speech)
        return heard.seek == 0 or (voice >= SHORTEST_REMAINDER and len(self._seen) <= 1 + self._window.seconds)


def _segment(heard: Heard, channel: Channel, offset: float, letters: str | None) -> Segment:
    words = tuple(
        Word(word.word.strip(), offset + word.start, offset + word.end, float(word.probability))
        for word in heard.words or ()
        if word.word.strip()
    )
    return Segment(
        channel=channel.role,
        start=offset + heard.start,
        end=offset + heard.end,
        text=heard.text.strip(),
        words=words,
        avg_logprob=float(heard.avg_logprob),
        no_speech_prob=float(heard.no_speech_prob),
        compression_ratio=float(heard.compression_ratio),
        letter_distance=None if letters is None else letter_distance(heard.text, letters),
    )
