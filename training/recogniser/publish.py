"""A trained run becomes a model folder: exported weights, measured figures, card, manifest with checksums."""

from __future__ import annotations

import json
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from training.recogniser.doubts import fit_low_logprob
from training.recogniser.evaluate import evaluate
from training.recogniser.export import export
from triage.registry import Manifest, write_manifest
from triage.registry.load import load_transcriber
from triage.settings import Settings

WARNING = (
    "Transkrip dibuat oleh model demonstrasi yang hanya dilatih dengan suara sintetis; "
    "jangan dipakai untuk penelepon sungguhan. Dengarkan rekamannya."
)

CARD = """# {name}: a demonstration recogniser, trained on synthetic voices only, not for real callers

This model makes the pipeline run anywhere without a download. It has never heard a human voice: on real callers
expect its text to be unusable. Replace it before any real use: `triage models pull large-v3-turbo`, then
`TRIAGE_RECOGNISER=large-v3-turbo` (see docs/installation.md). While it is in use, every suggestion carries a warning.

## What it is

A Whisper-architecture encoder-decoder of {parameters} parameters (encoder {encoder} layers, decoder {decoder}, width
{width}), trained from scratch, stored as CTranslate2 int8; it loads in unmodified faster-whisper. It writes lower case
without punctuation, numbers in words. Windows are cut at pauses to at most {window} s: it was trained on clips of up to
that length.

## How it was made

`{command}` on CPU;
{minutes} minutes of training, {steps} steps. Voices: {voices} espeak-ng variants with varied speed, pitch and formants,
over a simulated telephone line (300-3,400 Hz, mu-law, noise, packet loss, clipping, echo). Text: the project's own
corpus (training/corpus/data/train.jsonl) and phrases, place names, and licensed Indonesian text:
IndoNLU (Apache-2.0/MIT), NusaX (CC BY-SA 4.0), NusaWrites (Apache-2.0), STIF (MIT), infra-tweets (MIT). Nothing of
validation.jsonl or of audio_samples/.
{note}
espeak-ng (GPL-3.0) was used as a tool to speak; no part of it is in this model.

## What was measured

`triage evaluate recogniser` (metrics.json holds all figures), through the product's own path:

| slice | WER | CER | words | segments with a doubt |
|---|---|---|---|---|
{rows}

Words written on a minute of sound without speech (all / undoubted): {silent}.
A segment is doubted below an average log-probability of {low_logprob}. On new clips of the training sentences that
finds {found:.0%} of the misleading ones (over half of the words wrong: {misleading:.0%} of all) and doubts
{false_alarms:.0%} of the usable ones; the rest of the misleading clips pass without a doubt.
Real-time factor on the machine that trained it: {rtf}.

## What it cannot do

Real voices, accents, emotion, crosstalk, singing; Tolaki, Muna, Bugis and other regional languages; names outside its
texts. Its errors are often real words, sometimes of another incident: what it writes with low confidence is marked
as doubted, shown, and kept from the classifier, but some wrong words come without a doubt. The figures above are for
voices of the same synthesiser that it was trained on, which flatters it.
"""


def publish(run: Path, folder: Path, *, command: str, note: str = "", clips: int = 100) -> dict[str, Any]:
    """Export, describe, measure; returns the metrics. Raises what export raises.

    note: goes into the card. clips: how many are measured a slice; a model that has learned little is slow to decode.
    """
    parameters = export(run, folder)
    last = json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[-1])
    config = json.loads((run / "config.json").read_text("utf-8"))
    manifest = Manifest(
        name=folder.name,
        version="0.1.0",
        kind="recogniser",
        title="Whisper demonstrasi, hanya suara sintetis (bukan untuk penelepon sungguhan)",
        created=datetime.now(UTC).date().isoformat(),
        command=command,
        demonstration=True,
        warning=WARNING,
        metrics="metrics.json",
        window_seconds=11.0,
        join_gap_seconds=0.8,
        supports_prompt=False,
    )
    settings = Settings(models_dir=folder.parent, recogniser=folder.name)
    write_manifest(folder, manifest)
    doubt = fit_low_logprob(load_transcriber(settings), 2 * clips)
    write_manifest(folder, manifest.model_copy(update={"low_logprob": doubt["low_logprob"]}))
    transcriber = load_transcriber(settings)
    metrics = evaluate(transcriber, clips) | {
        "doubt": doubt,
        "training": last,
        "command": command,
        "parameters": parameters,
        "note": note,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(_card(manifest, metrics, config), encoding="utf-8")
    return metrics


def _card(manifest: Manifest, metrics: dict[str, Any], config: dict[str, Any]) -> str:
    from training.synthesis.voices import TRAINING_VARIANTS

    titles = {
        "held_out_sentences": "held-out sentences, trained voices, telephone",
        "held_out_voices": "held-out sentences, held-out voices, telephone",
        "samples": "audio_samples/",
    }
    rows = "\n".join(
        f"| {title} | {m['wer']} | {m['cer']} | {m['words']} | {m['doubted_segments']} |"
        for key, title in titles.items()
        for m in [metrics[key]]
    )
    silent = metrics["words_a_minute_without_speech"]
    sounds = [key for key in silent if not key.endswith("_undoubted")]
    return CARD.format(
        name=manifest.name,
        parameters=f"{metrics['parameters'] / 1e6:.1f} million",
        encoder=config["size"]["encoder_layers"],
        decoder=config["size"]["decoder_layers"],
        width=config["size"]["d_model"],
        window=manifest.window_seconds,
        note=textwrap.fill(metrics["note"], 120),
        command=manifest.command,
        minutes=metrics["training"]["minutes"],
        steps=metrics["training"]["step"],
        voices=len(TRAINING_VARIANTS),
        rows=rows,
        silent=", ".join(f"{s.replace('_', ' ')} {silent[s]:.0f} / {silent[s + '_undoubted']:.0f}" for s in sounds),
        rtf=metrics["real_time_factor"],
        **metrics["doubt"],
    )
