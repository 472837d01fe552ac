"""`triage transcribe`: recordings to transcripts, in the formats that other tools read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from triage.assemble import load_recogniser
from triage.cli.errors import report
from triage.cli.files import find_recordings
from triage.errors import InputError
from triage.recording.load import read_recording
from triage.settings import Settings
from triage.speech import Segment, Transcript
from triage.suggestion.build import transcript_part


def transcribe_files(paths: Sequence[Path], settings: Settings, output: str) -> int:
    """Print the transcript of each recording; exit code 0, or 2 when a recording could not be used.

    output: json, txt, srt or vtt; only txt takes several recordings. Raises InputError, ModelError, TranscriberError.
    """
    files = find_recordings(paths)
    if len(files) > 1 and output != "txt":
        raise InputError(
            "format_needs_one_file",
            f"--format {output} hanya untuk satu rekaman, yang diberikan {len(files)}. Pakai txt, atau satu per satu.",
            f"--format {output} takes one recording, {len(files)} were given. Use txt, or one at a time.",
        )
    transcriber = load_recogniser(settings)
    for warning in transcriber.warnings:
        typer.echo(f"Peringatan: {warning}", err=True)
    code = 0
    for path in files:
        try:
            transcript = transcriber.transcribe(read_recording(path, settings))
        except InputError as error:
            report(error)
            code = error.exit_code
            continue
        if len(files) > 1:
            typer.echo(f"== {path.name}")
        typer.echo(FORMATS[output](transcript))
    return code


def _json(transcript: Transcript) -> str:
    return transcript_part(transcript).model_dump_json(indent=2)


def _txt(transcript: Transcript) -> str:
    """One line a segment; doubts in brackets after the text."""
    return "\n".join(_cue(segment) for segment in transcript.segments)


def _srt(transcript: Transcript) -> str:
    """SubRip: numbered cues, comma before the milliseconds."""
    cues = (
        f"{number}\n{_clock(segment.start, ',')} --> {_clock(segment.end, ',')}\n{_cue(segment)}\n"
        for number, segment in enumerate(transcript.segments, start=1)
    )
    return "\n".join(cues)


def _vtt(transcript: Transcript) -> str:
    """WebVTT (W3C): a header, dot before the milliseconds; the speaker as a voice tag."""
    cues = (
        f"{_clock(segment.start, '.')} --> {_clock(segment.end, '.')}\n<v {segment.channel}>{_escape(_text(segment))}\n"
        for segment in transcript.segments
    )
    return "\n".join(("WEBVTT\n", *cues))


FORMATS: dict[str, Callable[[Transcript], str]] = {"json": _json, "txt": _txt, "srt": _srt, "vtt": _vtt}


def _text(segment: Segment) -> str:
    return f"{segment.text.strip()}{_doubts(segment)}"


def _cue(segment: Segment) -> str:
    return f"{segment.channel}: {_text(segment)}"


def _doubts(segment: Segment) -> str:
    return f" [{', '.join(doubt.kind for doubt in segment.doubts)}]" if segment.doubts else ""


def _escape(text: str) -> str:
    """WebVTT cue text must not hold a bare & or <, nor an arrow."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, separator: str) -> str:
    """hh:mm:ss and milliseconds."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{separator}{milliseconds % 1000:03}"
