"""Suggestions for people: a card for one call, a table for several. In Indonesian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from triage.errors import TriageError
from triage.suggestion.model import Choice, Place, Suggestion, TranscriptSegment

Answer = Suggestion | TriageError
"""What a recording got: a suggestion, or why there is none."""

LABELS = {"ticket": "tiket", "information": "informasi", "ghost": "ghost"}
DECISIONS = {"suggest": "saran", "listen": "DENGARKAN"}
SPEAKERS = {"caller": "penelepon", "operator": "operator", "mixed": "suara"}
DOUBTS = {
    "no_voice": "tidak ada suara",
    "loop": "berulang",
    "phantom_phrase": "frasa hantu",
    "low_logprob": "kurang yakin",
    "letters_apart": "dua bacaan berbeda",
}
SURE_OF = {"type": "jenis", "opd": "OPD saja, periksa jenisnya", None: "belum ada: dengarkan"}
"""What may be taken over at a glance."""
STYLES = {"ticket": "bold", "information": "cyan", "ghost": "magenta", "suggest": "green", "listen": "bold red"}

FIRST_WORDS = 7
PLAIN_WIDTH = 170
"""Columns where the output is no terminal (a file, a pipe): wide enough that a row of the table stays readable."""


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


WORTH_NAMING = 0.2
"""Of 38 types one at 3 % is no suggestion: nothing was understood, and a name would only mislead."""
UNKNOWN = "belum diketahui"


def print_table(answers: Mapping[Path, Answer]) -> None:
    """One row a recording, then once each the warnings that all suggestions share."""
    table = Table(title="Saran Triage 112", title_justify="left", show_lines=False)
    for heading in ("Berkas", "Kata pertama", "Disposisi", "Jenis aduan", "OPD", "Prio", "Tempat", "Ragu", "Keputusan"):
        table.add_column(heading, overflow="fold")
    for path, answer in answers.items():
        if isinstance(answer, TriageError):
            table.add_row(path.name, Text(answer.message_id, style="red"))
        else:
            table.add_row(path.name, *_row(answer))
    console = _console()
    console.print(table)
    suggestions = [answer for answer in answers.values() if isinstance(answer, Suggestion)]
    for warning in _shared_warnings(suggestions):
        console.print(Text(f"Peringatan: {warning}", style="yellow"))


def _row(suggestion: Suggestion) -> list[Text]:
    label = suggestion.disposition.label
    best_type, best_opd = suggestion.complaint_type[0], suggestion.target_opd[0]
    ghost = label == "ghost"
    return [
        Text(_first_words(suggestion)),
        Text(f"{LABELS[label]} {suggestion.disposition.probability:.0%}", style=STYLES[label]),
        Text(suggestion.ghost.kind or "" if ghost else _best(best_type)),
        Text("" if ghost else _best(best_opd)),
        Text(suggestion.priority.code),
        Text("; ".join(_place_name(place) for place in suggestion.places)),
        Text(_doubt_count(suggestion)),
        Text(DECISIONS[suggestion.decision], style=STYLES[suggestion.decision]),
    ]


def _best(choice: Choice) -> str:
    return UNKNOWN if choice.probability < WORTH_NAMING else f"{choice.code} {choice.probability:.0%}"


def _first_words(suggestion: Suggestion) -> str:
    """The first trusted words of the caller; failing those, the first words there are, in brackets."""
    segments = suggestion.transcript.segments if suggestion.transcript else []
    trusted = " ".join(s.text for s in segments if not s.doubts and s.channel != "operator").split()
    anything = " ".join(s.text for s in segments).split()
    text = " ".join((trusted or anything)[:FIRST_WORDS])
    if not text:
        return "(kosong)"
    return text if trusted else f"({text})"


def _place_name(place: Place) -> str:
    return f"{place.name}?" if place.ask_back else place.name


def _doubt_count(suggestion: Suggestion) -> str:
    segments = suggestion.transcript.segments if suggestion.transcript else []
    return f"{sum(bool(segment.doubts) for segment in segments)}/{len(segments)}"


def _shared_warnings(suggestions: Sequence[Suggestion]) -> list[str]:
    """Warnings on every suggestion: those of the models. A call's own are on its card and in its JSON."""
    if not suggestions:
        return []
    return [w for w in suggestions[0].warnings if all(w in suggestion.warnings for suggestion in suggestions)]


def print_card(suggestion: Suggestion) -> None:
    """Everything about one call."""
    label, decision = suggestion.disposition.label, suggestion.decision
    head = Text.assemble(
        (DECISIONS[decision], STYLES[decision]),
        "   ",
        (f"{LABELS[label]} {suggestion.disposition.probability:.0%}", STYLES[label]),
        f"   prioritas {suggestion.priority.code}",
    )
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column()
    for name, value in _facts(suggestion):
        facts.add_row(name, Text(value))
    parts: list[Text | Table] = [head, Text(), facts, Text(), *_transcript(suggestion)]
    if suggestion.warnings:
        parts += [Text(), *(Text(f"Peringatan: {warning}", style="yellow") for warning in suggestion.warnings)]
    title = suggestion.audio.file if suggestion.audio else suggestion.call_id
    _console().print(Panel(Group(*parts), title=Text(title), title_align="left"))


def _facts(suggestion: Suggestion) -> list[tuple[str, str]]:
    ghost = suggestion.ghost
    rows = [
        ("Cukup pasti", "" if suggestion.disposition.label == "ghost" else SURE_OF[suggestion.sure_of]),
        ("Jenis aduan", _choices(suggestion.complaint_type)),
        ("Pilihan", _pick_list(suggestion)),
        ("OPD tujuan", _choices(suggestion.target_opd)),
        ("OPD pendukung", ", ".join(suggestion.supporting_opd)),
        ("Tempat", "; ".join(_place_line(place) for place in suggestion.places)),
        ("Keselamatan", "\n".join(f"{hit.title}: {hit.action}" for hit in suggestion.safety)),
        ("Ghost", f"{ghost.probability:.0%} (batas {ghost.cap:.0%}) {ghost.kind or ''}".rstrip()),
        ("Bukti ghost", "\n".join(f"{piece.text} ({piece.weight:+.2f})" for piece in ghost.evidence)),
        ("Sebelum menutup", ghost.advice or ""),
        ("Kata penentu", ", ".join(f"'{e.quote}' > {e.supports} ({e.weight:+.2f})" for e in suggestion.evidence)),
        ("Model", f"{suggestion.versions.recogniser}; {suggestion.versions.classifier}"),
    ]
    return [(name, value) for name, value in rows if value]


def _choices(choices: Sequence[Choice]) -> str:
    if choices[0].probability < WORTH_NAMING:
        return UNKNOWN
    return "  |  ".join(f"{choice.name} {choice.probability:.0%}" for choice in choices)


def _pick_list(suggestion: Suggestion) -> str:
    """The names to choose from; nothing where there is no choice, or nothing was understood."""
    choices = suggestion.pick_list
    if len(choices) < 2 or choices[0].probability < WORTH_NAMING:
        return ""
    return "  |  ".join(choice.name for choice in choices)


def _place_line(place: Place) -> str:
    twins = f" (tanyakan: atau {', '.join(place.ask_back)}?)" if place.ask_back else ""
    return f"{place.name}{twins}"


def _transcript(suggestion: Suggestion) -> list[Text]:
    if not suggestion.transcript or not suggestion.transcript.segments:
        return [Text("(transkrip kosong)", style="dim")]
    return [_segment(segment) for segment in suggestion.transcript.segments]


def _segment(segment: TranscriptSegment) -> Text:
    doubts = ", ".join(DOUBTS.get(doubt.kind, doubt.kind) for doubt in segment.doubts)
    line = f"{segment.start:6.1f}  {SPEAKERS.get(segment.channel, segment.channel)}: {segment.text}"
    return Text(f"{line}  [{doubts}]", style="dim") if doubts else Text(line)
