"""The model card, from the metrics."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from training.evaluation.gates import check
from training.recogniser.config import TrainConfig
from training.synthesis.voices import HELD_OUT_VARIANTS, TRAINING_VARIANTS, UNUSUAL_VARIANTS
from triage.registry import Manifest

TEMPLATES = Path(__file__).parent / "templates"

TITLES = {
    "turns": "single turns, held-out voices, lines as they come",
    "turns_known_voices": "single turns, trained voices",
    "dialogues": "dialogues of 30-120 s, stereo",
    "dialogues_mono": "the same in mono",
    "clean": "clean line (30 dB, mu-law)",
    "codec_gsm": "the same through GSM full rate",
    "codec_amr": "the same through AMR 12.2",
    "codec_opus": "the same through Opus 12 kbit/s",
    "level_-45dbfs": "the same at -45 dBFS",
    "level_-5dbfs": "the same at -5 dBFS",
    "noise_babble_10db": "babble 10 dB below",
    "noise_rain_10db": "rain 10 dB below",
    "noise_music_10db": "music 10 dB below",
    "children": "children",
}


def card(manifest: Manifest, metrics: dict[str, Any], config: TrainConfig) -> str:
    """The text of MODEL_CARD.md."""
    shown = {name: metrics["slices"][name] for name in TITLES if name in metrics["slices"]}
    rows = [_row(TITLES[name], m) for name, m in shown.items()] + [_row("audio_samples/", metrics["samples"])]
    gates = [f"| {g.name} {g.limit} | {g.value} | {'yes' if g.passed else 'no'} |" for g in check(metrics)]
    licensed = (
        ", and licensed Indonesian text: IndoNLU (Apache-2.0/MIT),\nNusaX (CC BY-SA 4.0), NusaWrites (Apache-2.0), "
        "STIF (MIT), infra-tweets (MIT)"
    )
    measured = (TEMPLATES / "measured.md").read_text("utf-8")
    return (
        (TEMPLATES / ("base.md" if config.base else "scratch.md"))
        .read_text("utf-8")
        .format(
            name=manifest.name,
            base=config.base,
            adapters=f" by LoRA adapters of rank {config.lora_rank}" if config.lora_rank else "",
            recordings=f"{config.recordings_weight:.0%} of the clips are the site's own. " if config.recordings else "",
            parameters=f"{metrics['parameters'] / 1e6:.1f} million",
            encoder=config.size.encoder_layers,
            decoder=config.size.decoder_layers,
            width=config.size.d_model,
            window=manifest.window_seconds,
            command=manifest.command,
            device=config.device,
            minutes=metrics["training"]["minutes"],
            steps=metrics["training"]["step"],
            voices=len(TRAINING_VARIANTS),
            unusual=len(UNUSUAL_VARIANTS),
            held_out=len(HELD_OUT_VARIANTS),
            licensed=licensed if config.data.licensed else "",
            note="\n" + textwrap.fill(metrics["note"], 120) if metrics["note"] else "",
            measured=measured.format(
                rows="\n".join(rows),
                gates="\n".join(gates),
                calls=metrics["calls"],
                nonspeech=metrics["nonspeech"],
                times=metrics["word_start_error"],
                speed=metrics["speed"],
                doubt=metrics["doubt"],
                loops=metrics["loops"],
                segments=metrics["segments"],
            ),
        )
    )


def _row(title: str, m: dict[str, float]) -> str:
    interval = f"{m['wer']:.3f} ({m['wer_low']:.3f}-{m['wer_high']:.3f})"
    return f"| {title} | {interval} | {m['cer']:.3f} | {m['words']} | {m['doubted_segments']:.2f} |"
