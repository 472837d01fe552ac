"""Recording or text -> Suggestion. Pure: keeps nothing, and has no clock, database or network of its own."""

from __future__ import annotations

from collections.abc import Sequence

from triage.classifier import Classification, Classifier, Turn
from triage.classifier.text import words
from triage.ghost import judge
from triage.places import find_places
from triage.recording import Recording
from triage.safety import UNKNOWN_CALLER, CallHistory, find_danger, find_safety
from triage.speech import Transcript
from triage.suggestion.build import Findings, build_suggestion
from triage.suggestion.model import Suggestion
from triage.suggestion.turns import TimedTurns
from triage.taxonomy import Taxonomy
from triage.transcribers import Transcriber
from triage.transcribers.base import Progress


class TextPipeline:
    """The parts that work on text. Models are loaded by whoever makes it; one pipeline serves many calls."""

    def __init__(self, classifier: Classifier, taxonomy: Taxonomy) -> None:
        self.classifier = classifier
        self.taxonomy = taxonomy

    def suggest_text(self, turns: Sequence[Turn], call_id: str) -> Suggestion:
        """Suggestion for the turns of one call. Raises ModelError."""
        return self.suggest_texts([(call_id, turns)])[0]

    def suggest_texts(self, calls: Sequence[tuple[str, Sequence[Turn]]]) -> list[Suggestion]:
        """Suggestions for many (call_id, turns), classified as one batch. Raises ModelError."""
        texts = [TimedTurns(tuple(turns)) for _, turns in calls]
        classifications = self.classifier.classify([text.turns for text in texts], evidence=True)
        return [
            build_suggestion(
                call_id,
                self._findings(text, text, classification),
                self.taxonomy,
                classifier=self.classifier.name,
                warnings=self.classifier.warnings,
            )
            for (call_id, _), text, classification in zip(calls, texts, classifications, strict=True)
        ]

    def _findings(
        self,
        heard: TimedTurns,
        spoken: TimedTurns,
        classification: Classification,
        recording: Recording | None = None,
        transcript: Transcript | None = None,
        history: CallHistory = UNKNOWN_CALLER,
    ) -> Findings:
        safety = find_safety(spoken.turns, recording.caller.facts if recording else None, history)
        return Findings(
            heard=heard,
            spoken=spoken,
            classification=classification,
            places=find_places(heard.turns),
            safety=safety,
            danger=find_danger(spoken.turns),
            ghost=judge(
                classification,
                recording,
                transcript,
                safety,
                self.taxonomy,
                words_heard=bool(words(heard.turns)),
            ),
        )


class Pipeline(TextPipeline):
    """A TextPipeline that also hears recordings."""

    def __init__(self, transcriber: Transcriber, classifier: Classifier, taxonomy: Taxonomy) -> None:
        super().__init__(classifier, taxonomy)
        self.transcriber = transcriber

    def suggest(self, recording: Recording, call_id: str | None = None, progress: Progress | None = None) -> Suggestion:
        """Suggestion for a recording. Raises TranscriberError or ModelError.

        call_id: by default made from the recording's SHA-256, so that the same file has the same id everywhere.
        """
        transcript = self.transcriber.transcribe(recording, progress)
        return self.suggest_heard(recording, transcript, call_id or f"call-{recording.sha256[:16]}")

    def suggest_heard(
        self, recording: Recording, transcript: Transcript, call_id: str, history: CallHistory = UNKNOWN_CALLER
    ) -> Suggestion:
        """Suggestion for a recording transcribed before. history: of the caller's number. Raises ModelError."""
        heard = TimedTurns.from_segments(transcript.trusted())
        spoken = TimedTurns.from_segments(s for s in transcript.segments if s.may_be_speech)
        [classification] = self.classifier.classify([heard.turns], evidence=True)
        return build_suggestion(
            call_id,
            self._findings(heard, spoken, classification, recording, transcript, history),
            self.taxonomy,
            classifier=self.classifier.name,
            recording=recording,
            transcript=transcript,
            warnings=(*self.transcriber.warnings, *self.classifier.warnings),
        )
