"""All evidence of a call brought into one Suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.classifier import Classification, EvidenceSpan
from triage.classifier.text import words
from triage.ghost import GhostVerdict
from triage.ghost.acoustic import listen_to
from triage.places import PlaceMatch
from triage.recording import Channel, Recording
from triage.safety import SafetyFinding
from triage.speech import Segment, Transcript
from triage.suggestion import model, numbers
from triage.suggestion.decide import decide
from triage.suggestion.remarks import audio_remarks, place_remarks, transcript_remarks
from triage.suggestion.turns import TimedTurns
from triage.taxonomy import Taxonomy

EVIDENCE_LENGTH = 8
"""Pieces of evidence shown: the strongest, as many as fit beside a transcript."""

NO_RECOGNISER = "none"
"""Versions.recogniser where only text was classified."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What each part found in one call.

    heard   the trusted turns: what was classified and searched for places
    spoken  the turns searched for safety exceptions: `heard` and the segments doubted for their probability or a loop
    danger  a word that names danger, for calls that would not become tickets
    """

    heard: TimedTurns
    spoken: TimedTurns
    classification: Classification
    places: Sequence[PlaceMatch]
    safety: Sequence[SafetyFinding]
    ghost: GhostVerdict
    danger: str | None = None


def build_suggestion(
    call_id: str,
    findings: Findings,
    taxonomy: Taxonomy,
    *,
    classifier: str,
    recording: Recording | None = None,
    transcript: Transcript | None = None,
    warnings: Sequence[str] = (),
) -> model.Suggestion:
    """Build the suggestion of one call.

    recording, transcript: None when only text was classified. warnings: those of the models, shown first.
    """
    verdict = decide(
        findings.classification,
        findings.ghost,
        findings.safety,
        danger=findings.danger,
        words_heard=bool(words(findings.heard.turns)),
        unsure_of_caller=transcript is not None and transcript.unsure_of_caller(),
        voice_heard=recording is not None and listen_to(recording.caller.facts).has_voice,
        taxonomy=taxonomy,
    )
    first_type = taxonomy.types[verdict.types[0]]
    remarks = [
        *warnings,
        *verdict.reasons,
        *place_remarks(findings.places),
        *(audio_remarks(recording) if recording else ()),
        *(transcript_remarks(transcript) if transcript else ()),
    ]
    return model.Suggestion(
        call_id=call_id,
        decision=verdict.decision,
        disposition=model.Disposition(label=verdict.label, probability=numbers.probability(verdict.probability)),
        complaint_type=_types(verdict.types, findings.classification, taxonomy),
        sure_of=verdict.sure_of,
        pick_list=_types(findings.classification.pick_list, findings.classification, taxonomy),
        target_opd=[
            model.Choice(
                code=code,
                name=taxonomy.opds[code].name,
                probability=numbers.probability(findings.classification.target_opd[code]),
            )
            for code in verdict.opds
        ],
        supporting_opd=[code for code in first_type.supporting_opds if code != verdict.opds[0]],
        priority=model.Priority(code=verdict.priority, probability=numbers.probability(verdict.priority_probability)),
        ghost=_ghost(findings.ghost, is_ghost=verdict.label == "ghost"),
        safety=[_safety(finding, findings.spoken, taxonomy) for finding in findings.safety],
        places=[_place(place, findings.heard) for place in findings.places],
        evidence=[_evidence(span, findings.heard) for span in _strongest(findings.classification.evidence)],
        transcript=transcript_part(transcript) if transcript else None,
        audio=_audio(recording) if recording else None,
        warnings=list(dict.fromkeys(remarks)),
        versions=model.Versions(
            recogniser=transcript.recogniser if transcript else NO_RECOGNISER,
            classifier=classifier,
            taxonomy=taxonomy.version,
        ),
    )


def _types(codes: Sequence[str], classification: Classification, taxonomy: Taxonomy) -> list[model.Choice]:
    return [
        model.Choice(
            code=code,
            name=taxonomy.types[code].name,
            probability=numbers.probability(classification.complaint_type[code]),
        )
        for code in codes
    ]


def _ghost(verdict: GhostVerdict, *, is_ghost: bool) -> model.Ghost:
    return model.Ghost(
        probability=numbers.probability(verdict.probability),
        kind=verdict.kind if is_ghost else None,
        cap=numbers.probability(verdict.cap),
        evidence=[
            model.GhostEvidence(
                source=piece.source, code=piece.code, text=piece.text, weight=numbers.signed(piece.weight)
            )
            for piece in verdict.evidence
        ],
        advice=verdict.advice if is_ghost else None,
    )


def _safety(finding: SafetyFinding, spoken: TimedTurns, taxonomy: Taxonomy) -> model.SafetyHit:
    exception = taxonomy.safety[finding.code]
    start, end = spoken.times(finding.turn, finding.start, finding.end)
    return model.SafetyHit(
        code=finding.code,
        title=exception.title,
        action=exception.action,
        quote=finding.quote,
        start=numbers.maybe_seconds(start),
        end=numbers.maybe_seconds(end),
    )


def _place(place: PlaceMatch, heard: TimedTurns) -> model.Place:
    start, end = heard.times(place.turn, place.start, place.end)
    return model.Place(
        id=place.id,
        name=place.name,
        quote=place.quote,
        score=numbers.probability(place.score),
        ask_back=list(place.ask_back),
        start=numbers.maybe_seconds(start),
        end=numbers.maybe_seconds(end),
    )


def _strongest(spans: Sequence[EvidenceSpan]) -> list[EvidenceSpan]:
    """The strongest spans, in the order in which they were said."""
    chosen = sorted(spans, key=lambda span: (-abs(span.weight), span.turn, span.start))[:EVIDENCE_LENGTH]
    return sorted(chosen, key=lambda span: (span.turn, span.start, span.supports))


def _evidence(span: EvidenceSpan, heard: TimedTurns) -> model.Evidence:
    start, end = heard.times(span.turn, span.start, span.end)
    return model.Evidence(
        quote=heard.quote(span.turn, span.start, span.end),
        supports=span.supports,
        weight=numbers.signed(span.weight),
        start=numbers.maybe_seconds(start),
        end=numbers.maybe_seconds(end),
    )


def transcript_part(transcript: Transcript) -> model.TranscriptPart:
    """The transcript as it stands in a suggestion."""
    return model.TranscriptPart(
        language=transcript.language,
        channels=list(dict.fromkeys(segment.channel for segment in transcript.segments)),
        segments=[_segment(segment) for segment in transcript.segments],
    )


def _segment(segment: Segment) -> model.TranscriptSegment:
    return model.TranscriptSegment(
        channel=segment.channel,
        start=numbers.seconds(segment.start),
        end=numbers.seconds(segment.end),
        text=segment.text.strip(),
        words=[
            model.TranscriptWord(
                text=word.text.strip(),
                start=numbers.seconds(word.start),
                end=numbers.seconds(word.end),
                probability=numbers.probability(word.probability),
            )
            for word in segment.words
        ],
        doubts=[model.SegmentDoubt(kind=doubt.kind, value=round(doubt.value, 4)) for doubt in segment.doubts],
    )


def _audio(recording: Recording) -> model.Audio:
    caller = recording.caller.facts
    return model.Audio(
        file=recording.file,
        sha256=recording.sha256,
        duration=numbers.seconds(recording.duration),
        sample_rate=recording.sample_rate,
        codec=recording.codec,
        container=recording.container,
        speech_seconds=numbers.seconds(caller.speech_seconds),
        level_dbfs=numbers.decibels(caller.level_dbfs),
        channels=[_channel(channel) for channel in recording.channels],
    )


def _channel(channel: Channel) -> model.ChannelFacts:
    facts = channel.facts
    return model.ChannelFacts(
        role=channel.role,
        level_dbfs=numbers.decibels(facts.level_dbfs),
        peak_dbfs=numbers.decibels(facts.peak_dbfs),
        noise_floor_dbfs=numbers.decibels(facts.noise_floor_dbfs),
        clipping_share=numbers.probability(facts.clipping_share),
        speech_seconds=numbers.seconds(facts.speech_seconds),
        speech_share=numbers.probability(facts.speech_share),
        longest_silence=numbers.seconds(facts.longest_silence),
        music_share=numbers.probability(facts.music_share),
        broadcast_share=numbers.probability(facts.broadcast_share),
        tones=[
            model.AudioTone(
                kind=tone.kind, start=numbers.seconds(tone.start), end=numbers.seconds(tone.end), detail=tone.detail
            )
            for tone in facts.tones
        ],
    )
