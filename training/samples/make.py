"""Makes audio_samples/ from scripts.yaml: `python -m training.samples.make`. The same scripts give the same sound."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import av
import numpy as np
import yaml

from training.synthesis import espeak, telephone
from training.synthesis.codecs import through
from training.synthesis.sounds import SOUNDS
from training.synthesis.spoken import said, written
from training.synthesis.telephone import Line, Samples

SCRIPTS = Path(__file__).with_name("scripts.yaml")
FOLDER = Path(__file__).parent.parent.parent / "audio_samples"

MANIFEST_FIELDS = (
    "file", "voice_caller", "voice_operator", "level_dbfs", "snr_db", "packet_loss", "caller_text", "operator_text",
    "disposition", "complaint_type", "target_opd", "ghost_kind", "safety",
)  # fmt: skip


def make_all(folder: Path = FOLDER) -> None:
    """Write every recording and manifest.csv."""
    folder.mkdir(exist_ok=True)
    rows = []
    for index, script in enumerate(yaml.safe_load(SCRIPTS.read_text("utf-8"))):
        rng = np.random.default_rng([112, index])
        line = Line(
            snr_db=float(rng.uniform(18, 34)),
            noise_color=float(rng.uniform(0.5, 1.5)),
            tilt_db=float(rng.normal(0, 2)),
            loss=float(rng.choice([0, 0.003, 0.01])),
            level_dbfs=-44.0 if script.get("whisper") else float(rng.uniform(-30, -15)),
        )
        channels = _channels(script, line, rng)
        if script.get("layout") == "mono":
            channels = [channels[0] + channels[1]]
        write(folder / script["file"], np.stack(channels), script.get("codec", "pcm_mulaw"))
        rows.append(_manifest_row(script, line))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MANIFEST_FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _channels(script: dict[str, Any], line: Line, rng: np.random.Generator) -> list[Samples]:
    """Caller and operator at 8 kHz, one speaking at a time, each over a line of its own."""
    sides: dict[str, list[Samples]] = {"caller": [], "operator": []}
    wordless: list[Samples] = []
    for who, what in script["turns"]:
        gap = np.zeros(int(rng.uniform(0.3, 0.8) * telephone.SAMPLE_RATE), np.float32)
        sound, piece = np.zeros(0, np.float32), np.zeros(0, np.float32)
        if who in SOUNDS:
            sound = SOUNDS[who](what, rng)
            piece = np.zeros(len(sound), np.float32)
        else:
            piece = _speak(what, script, who, rng)
            sound = np.zeros(len(piece), np.float32)
        side = "operator" if who == "o" else "caller"
        other = "caller" if side == "operator" else "operator"
        sides[side] += [gap, piece]
        sides[other] += [gap, np.zeros(len(piece), np.float32)]
        wordless += [gap, sound]
    caller = telephone.send(np.concatenate(sides["caller"]), line, rng)
    tones = through(np.concatenate(wordless), "mulaw")
    operator = telephone.send(np.concatenate(sides["operator"]), Line(snr_db=35.0, level_dbfs=-19.0), rng)
    return [caller + tones, operator]


def _speak(text: str, script: dict[str, Any], who: str, rng: np.random.Generator) -> Samples:
    child = bool(script.get("child")) and who != "o"
    voice = espeak.Voice(
        variant=script["voice"][who],
        rate=int(rng.integers(140, 165)),
        pitch=85 if child else int(rng.integers(40, 65)),
        pitch_range=int(rng.integers(40, 65)),
    )
    spoken = ", ".join(" ".join(said(word) for word in written(clause)) for clause in text.split(","))
    utterance = espeak.speak(spoken, voice)
    return telephone.to_line_rate(utterance.samples, 25_000 if child else espeak.SAMPLE_RATE)


def write(path: Path, channels: Samples, codec: str) -> None:
    """Encode channels (n, samples) at 8 kHz with PyAV; Opus, MP3 and AAC at 16 kHz or as the codec wants."""
    layout = "stereo" if len(channels) == 2 else "mono"
    rate = 16_000 if codec in ("libopus", "mp3", "aac", "pcm_s16le") else telephone.SAMPLE_RATE
    pcm = (np.clip(channels, -1, 1) * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm.T).reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = telephone.SAMPLE_RATE
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def _manifest_row(script: dict[str, Any], line: Line) -> dict[str, Any]:
    expect = script["expect"]
    return {
        "file": script["file"],
        "voice_caller": script["voice"].get("c", ""),
        "voice_operator": script["voice"].get("o", ""),
        "level_dbfs": round(line.level_dbfs, 1),
        "snr_db": round(line.snr_db, 1),
        "packet_loss": line.loss,
        "caller_text": " | ".join(t for who, t in script["turns"] if who in "cb"),
        "operator_text": " | ".join(t for who, t in script["turns"] if who == "o"),
    } | {key: expect.get(key, "") for key in MANIFEST_FIELDS[-5:]}


if __name__ == "__main__":
    make_all()
