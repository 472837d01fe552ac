"""Runs a recogniser over recordings and gathers the figures that the report and the model card show."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from training.evaluation import calls, nonspeech
from training.evaluation.items import Item
from training.evaluation.score import Pair, rates, start_errors
from training.evaluation.sets import babble_bank
from training.recogniser.clips import wav_bytes
from training.recogniser.recordings import read_rows
from training.synthesis.spoken import written
from training.synthesis.telephone import SAMPLE_RATE, Samples
from triage.pipeline import Pipeline
from triage.recording.load import load_recording, read_recording
from triage.settings import REPOSITORY, Settings
from triage.speech import Segment
from triage.transcribers import Transcriber

AUDIO_SAMPLES = REPOSITORY / "audio_samples"


def pair(said: str, segments: Iterable[Segment]) -> Pair:
    """What was said beside the text of these segments."""
    given = list(segments)
    return Pair(said, " ".join(s.text for s in given), sum(bool(s.doubts) for s in given), len(given))


def slices(transcriber: Transcriber, items: Iterable[Item], settings: Settings) -> dict[str, Any]:
    """Over the items: {"slices": rates by slice, "word_start_error": {"median", "p90", "words"}, "loops", "segments"}.

    loops: how many of all segments are repetition loops.
    """
    pairs: dict[str, list[Pair]] = {}
    errors: list[float] = []
    loops = segments = 0
    for item in items:
        transcript = transcriber.transcribe(load_recording(item.wav(), f"{item.id}.wav", settings))
        segments += len(transcript.segments)
        loops += sum(any(doubt.kind == "loop" for doubt in s.doubts) for s in transcript.segments)
        for channel in item.channels:
            own = [s for s in transcript.segments if s.channel == channel.role]
            if channel.words:
                pairs.setdefault(item.slice, []).append(pair(" ".join(channel.words), own))
            if item.slice in ("turns", "dialogues"):
                words = [(" ".join(written(w.text)), w.start) for s in own for w in s.words if written(w.text)]
                heard, starts = [w for w, _ in words], [start for _, start in words]
                errors += start_errors(channel.words, channel.starts, heard, starts)
    return {
        "slices": {name: rates(found) for name, found in pairs.items()},
        "word_start_error": {
            "median": round(float(np.median(errors or [0])), 3),
            "p90": round(float(np.quantile(errors or [0], 0.9)), 3),
            "words": len(errors),
        },
        "loops": loops,
        "segments": segments,
    }


def samples(transcriber: Transcriber, settings: Settings) -> dict[str, float]:
    """Rates over the words of the stereo recordings of audio_samples/."""
    pairs = []
    with (AUDIO_SAMPLES / "manifest.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            transcript = transcriber.transcribe(read_recording(AUDIO_SAMPLES / row["file"], settings))
            if any(s.channel == "mixed" for s in transcript.segments):
                continue  # the manifest does not say who speaks when
            for role in ("caller", "operator"):
                if row[f"{role}_text"]:
                    pairs.append(pair(row[f"{role}_text"], (s for s in transcript.segments if s.channel == role)))
    return rates(pairs)


def recordings(transcriber: Transcriber, folder: Path, settings: Settings) -> dict[str, Any]:
    """{"slices": {"recordings": rates}} of a site's own folder with recordings.csv, see training.recogniser.recordings.

    A row with start and end is compared with the segments that lie in it by their middle.
    """
    pairs = []
    heard: dict[Path, tuple[Segment, ...]] = {}
    for row in read_rows(folder):
        if row.path not in heard:
            heard[row.path] = transcriber.transcribe(read_recording(row.path, settings)).segments
        own = [
            s
            for s in heard[row.path]
            if row.start <= (s.start + s.end) / 2 < row.end and s.channel in (row.channel or s.channel,)
        ]
        pairs.append(pair(row.text, own))
    return {"slices": {"recordings": rates(pairs)}}


def without_speech(
    transcriber: Transcriber, settings: Settings, noises: dict[str, Samples], minutes: int = nonspeech.MINUTES
) -> dict[str, Any]:
    """Words written on `minutes` of sound in which nobody speaks, and beside it on ten of babble."""
    kinds: dict[str, dict[str, int]] = {}
    for name, sound in nonspeech.hour(noises, minutes):
        _count(transcriber, settings, sound, kinds.setdefault(name, {"minutes": 0, "words": 0, "words_undoubted": 0}))
    babble = {"minutes": 0, "words": 0, "words_undoubted": 0}
    for sound in _babble(max(1, minutes // 6)):
        _count(transcriber, settings, sound, babble)
    return {
        "minutes": minutes,
        "words": sum(k["words"] for k in kinds.values()),
        "words_undoubted": sum(k["words_undoubted"] for k in kinds.values()),
        "by_kind": kinds,
        "babble": babble,
    }


def _count(transcriber: Transcriber, settings: Settings, sound: Samples, into: dict[str, int]) -> None:
    transcript = transcriber.transcribe(load_recording(wav_bytes(sound), "nonspeech.wav", settings))
    into["minutes"] += 1
    into["words"] += sum(len(s.text.split()) for s in transcript.segments)
    into["words_undoubted"] += sum(len(s.text.split()) for s in transcript.trusted())


def _babble(minutes: int) -> Iterable[Samples]:
    rng = np.random.default_rng(12)
    for _ in range(minutes):
        sound = babble_bank().babble(60 * SAMPLE_RATE, rng)
        yield (0.05 * sound / np.sqrt(np.mean(sound**2))).astype(np.float32)


def spoken_calls(pipeline: Pipeline, count: int, settings: Settings, details: Path | None = None) -> dict[str, float]:
    """The figures of `count` spoken validation calls, see calls.summary; each call into `details`, a JSONL."""
    heard = [calls.hear(pipeline, item, settings) for item in calls.spoken_calls(count)]
    if details is not None:
        calls.write_details(heard, details)
    return calls.summary(heard)


def speed(pipeline: Pipeline, items: Iterable[Item], settings: Settings) -> dict[str, float]:
    """Real-time factor of the whole pipeline, median over recordings over 20 s (rtf_long) and under (rtf_short).

    From bytes to suggestion, with settings.threads threads. Nobody else should use the machine meanwhile.
    """
    factors: dict[str, list[float]] = {"rtf_long": [], "rtf_short": []}
    for item in items:
        wav = item.wav()
        started = time.perf_counter()
        pipeline.suggest(load_recording(wav, f"{item.id}.wav", settings))
        factors["rtf_long" if item.seconds > 20 else "rtf_short"].append((time.perf_counter() - started) / item.seconds)
    return {name: round(float(np.median(found)), 4) for name, found in factors.items() if found}


def peak_memory(item: Item, settings: Settings) -> int:
    """MB at the peak of a process of its own that turns this recording into a suggestion."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        path.write_bytes(item.wav())
        command = [sys.executable, "-m", "triage", "call", str(path), "--json"]
        environment = {
            "TRIAGE_MODELS_DIR": str(settings.models_dir.resolve()),
            "TRIAGE_RECOGNISER": settings.recogniser,
            "TRIAGE_CLASSIFIER": settings.classifier,
        }
        measured = f"import os, resource, subprocess, sys; os.environ.update({environment!r})\n"
        measured += f"subprocess.run({command!r}, check=True, stdout=subprocess.DEVNULL)\n"
        measured += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        out = subprocess.run([sys.executable, "-c", measured], check=True, capture_output=True, text=True)
    return int(out.stdout) // 1024
