"""`python -m training.classifier.hear`: training calls spoken, telephoned and written by the bundled recogniser.

So that the classifier learns from the errors that it will meet, not only from those that the augmenter thinks of. The
voices are those of the recogniser's training, not those that the evaluation speaks with; the calls should be ones that
the recogniser's training did not see, or it makes too few errors. Resumable: a call that is in the file is left.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.progress import track

from training.corpus.load import HEARD, TRAIN, Call, read_calls, read_heard
from training.evaluation.items import dialogue
from training.synthesis.voices import TRAINING_VARIANTS
from triage.recording.load import load_recording
from triage.registry.load import load_transcriber
from triage.settings import Settings
from triage.suggestion.turns import TimedTurns
from triage.transcribers import Transcriber

app = typer.Typer(add_completion=False)


@app.command()
def main(
    writers: Annotated[str, typer.Option(help="Letters of the writers whose calls are spoken, with commas.")],
    out: Annotated[Path, typer.Option(help="One line a call.")] = HEARD,
    seed: Annotated[int, typer.Option(help="Of voices and lines.")] = 112,
) -> None:
    """Append what the recogniser writes of each call to OUT."""
    settings = Settings(caller_channel="left")
    transcriber, done = load_transcriber(settings), read_heard(out)
    calls = [call for call in read_calls(TRAIN) if call.writer in writers.split(",") and call.id not in done]
    with out.open("a", encoding="utf-8") as lines:
        for call in track(calls, "hearing"):
            row = {"id": call.id, "turns": hear(call, transcriber, settings, seed)}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines.flush()


def hear(call: Call, transcriber: Transcriber, settings: Settings, seed: int) -> list[dict[str, str]]:
    """The turns that the classifier would get of the spoken call; none where a turn of it cannot be spoken."""
    rng = np.random.default_rng([seed, zlib.crc32(call.id.encode())])
    item = dialogue(call.id, "training", call, rng, TRAINING_VARIANTS)
    if item is None:
        return []
    transcript = transcriber.transcribe(load_recording(item.wav(), f"{call.id}.wav", settings))
    turns = TimedTurns.from_segments(transcript.trusted()).turns
    return [{"speaker": turn.speaker, "text": turn.text} for turn in turns]


if __name__ == "__main__":
    app()
