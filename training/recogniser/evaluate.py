"""Measures a recogniser folder through the product's own path: recording, level, VAD, windows, faster-whisper, doubts.

Nothing here was trained on: the sentences come from validation.jsonl (other writers), the sample recordings have
scripts of their own, and one slice is spoken by voice variants that no training clip has.
"""

from __future__ import annotations

import csv
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import jiwer
import numpy as np
import typer

from training.recogniser.clips import Clip, make_clip, wav_bytes
from training.recogniser.texts import DATA, TextSource
from training.synthesis import telephone
from training.synthesis.sounds import fax, music
from training.synthesis.spoken import written
from training.synthesis.voices import HELD_OUT_VARIANTS, TRAINING_VARIANTS
from triage.recording.load import load_recording, read_recording
from triage.registry.load import load_transcriber
from triage.settings import Settings
from triage.speech import Transcript
from triage.transcribers import Transcriber

app = typer.Typer(add_completion=False)
DEFAULT_MODEL = str(Settings.model_fields["recogniser"].default)

SAMPLES = Path(__file__).parent.parent.parent / "audio_samples"


@dataclass(frozen=True, slots=True)
class Score:
    """Word and character error rate (1 = all wrong), of all words and of the undoubted segments' share of them."""

    wer: float
    cer: float
    words: int
    doubted_segments: float

    @classmethod
    def of(cls, references: list[str], transcripts: list[Transcript]) -> Score:
        """Score transcripts against what was said."""
        heard = [" ".join(written(" ".join(s.text for s in t.segments))) for t in transcripts]
        segments = [s for t in transcripts for s in t.segments]
        return cls(
            wer=round(float(jiwer.wer(references, heard)), 3),
            cer=round(float(jiwer.cer(references, heard)), 3),
            words=sum(len(r.split()) for r in references),
            doubted_segments=round(sum(bool(s.doubts) for s in segments) / max(1, len(segments)), 3),
        )


class _HeldOutText(TextSource):
    """Sentences of the validation calls only."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = [
            words
            for line in (DATA / "validation.jsonl").read_text("utf-8").splitlines()
            for turn in json.loads(line)["turns"]
            if len(words := written(turn["text"])) >= 3
        ]

    def draw(self, rng: np.random.Generator) -> list[str]:
        words = self.turns[int(rng.integers(len(self.turns)))]
        start = int(rng.integers(0, max(1, len(words) - 13)))
        return words[start : start + 14]


def evaluate(transcriber: Transcriber, clips: int = 100, seed: int = 7) -> dict[str, object]:
    """WER and CER by slice, words invented on non-speech a minute, real-time factor on this machine."""
    settings = Settings()
    source = _HeldOutText()
    report: dict[str, object] = {"recogniser": transcriber.name, "clips_a_slice": clips, "seed": seed}
    spoken = transcribing = 0.0
    for name, variants in (("held_out_sentences", TRAINING_VARIANTS), ("held_out_voices", HELD_OUT_VARIANTS)):
        rng = np.random.default_rng([seed, len(name)])
        references, transcripts = [], []
        while len(references) < clips:
            clip = make_clip(source, rng, variants)
            if clip is None or len(clip.audio) < 1.2 * telephone.SAMPLE_RATE:
                continue
            started = time.perf_counter()
            transcripts.append(transcriber.transcribe(load_recording(wav_bytes(clip), f"{name}.wav", settings)))
            transcribing += time.perf_counter() - started
            spoken += len(clip.audio) / telephone.SAMPLE_RATE
            references.append(" ".join(clip.words))
        report[name] = asdict(Score.of(references, transcripts))
    report["samples"] = _samples(transcriber, settings)
    report["words_a_minute_without_speech"] = _without_speech(transcriber, settings, seed)
    report["real_time_factor"] = round(transcribing / spoken, 3)
    return report


def _samples(transcriber: Transcriber, settings: Settings) -> dict[str, float]:
    references, transcripts = [], []
    with (SAMPLES / "manifest.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            transcript = transcriber.transcribe(read_recording(SAMPLES / row["file"], settings))
            for role in ("caller", "operator"):
                said = " ".join(written(row[f"{role}_text"]))
                own = tuple(s for s in transcript.segments if s.channel == role)
                if said and own:
                    references.append(said)
                    transcripts.append(Transcript(transcript.language, own, transcript.recogniser))
    return asdict(Score.of(references, transcripts))


def _without_speech(transcriber: Transcriber, settings: Settings, seed: int) -> dict[str, float]:
    """Words in undoubted and in all segments, a minute of each sound."""
    rng = np.random.default_rng([seed, 99])
    seconds = 60
    blank = np.zeros(seconds * telephone.SAMPLE_RATE, np.float32)
    sounds = {
        "line_noise": telephone.send(blank, telephone.Line(snr_db=15), rng),
        "music": telephone.mu_law(music(seconds, rng)),
        "fax_tone": telephone.mu_law(fax(seconds, rng)),
    }
    invented = {}
    for name, samples in sounds.items():
        clip = Clip((samples * 32767).astype(np.int16), [], [], np.zeros(0, np.uint8))
        transcript = transcriber.transcribe(load_recording(wav_bytes(clip), f"{name}.wav", settings))
        invented[name] = float(sum(len(s.text.split()) for s in transcript.segments))
        invented[f"{name}_undoubted"] = float(sum(len(s.text.split()) for s in transcript.trusted()))
    return invented


@app.command()
def main(
    model: Annotated[str, typer.Option(help="Nama di folder model, atau folder faster-whisper.")] = DEFAULT_MODEL,
    clips: Annotated[int, typer.Option(min=1, help="Banyak klip tiap irisan.")] = 100,
    out: Annotated[Path | None, typer.Option(help="Simpan angka-angkanya sebagai JSON.")] = None,
) -> None:
    """Ukur satu pengenal suara pada ucapan sintetis yang tidak pernah dilatihkan."""
    metrics = json.dumps(evaluate(load_transcriber(Settings(recogniser=model)), clips), indent=2)
    typer.echo(metrics)
    if out is not None:
        out.write_text(metrics + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
