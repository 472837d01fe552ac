"""A transcript kept in the database loses nothing that matters."""

from __future__ import annotations

import json
from dataclasses import replace

from support.calls import FakeClassifier, FakeTranscriber, recording, segment

from triage.jobs.transcripts import body_of, measures_of, searchable, transcript_of
from triage.pipeline import Pipeline
from triage.speech import Doubt, Segment, Transcript, Word
from triage.store.tables import TranscriptRow
from triage.suggestion.model import TranscriptPart
from triage.taxonomy import load_taxonomy

HEARD = Segment(
    "caller",
    0.12345,
    2.6789,
    " pohon tumbang di saranani",
    (Word(" pohon", 0.12345, 0.6, 0.98765), Word(" tumbang", 0.61, 1.0, 0.5), Word(" di saranani", 1.1, 2.6789, 0.7)),
    avg_logprob=-0.31234567,
    no_speech_prob=0.0123,
    compression_ratio=1.23,
    letter_distance=0.2,
)
DOUBTED = replace(segment("terima kasih sudah menonton", "operator", 3.0), doubts=(Doubt("phantom_phrase", 0.98),))
UNSURE = replace(segment("tolong", "caller", 5.0), doubts=(Doubt("low_logprob", -1.7),))
TRANSCRIPT = Transcript("id", (HEARD, DOUBTED, UNSURE), "fake-recogniser 1")


def kept(transcript: Transcript) -> TranscriptRow:
    """As the database gives it back: through JSON."""
    return TranscriptRow(
        recogniser=transcript.recogniser,
        body=json.loads(json.dumps(body_of(transcript))),
        measures=json.loads(json.dumps(measures_of(transcript))),
    )


class TestRoundTrip:
    def test_keeps_the_recognisers_own_measures(self) -> None:
        back = transcript_of(kept(TRANSCRIPT))
        assert [one.avg_logprob for one in back.segments] == [-0.31234567, None, None]
        assert [one.letter_distance for one in back.segments] == [0.2, None, None]
        assert [one.doubts for one in back.segments] == [one.doubts for one in TRANSCRIPT.segments]
        assert (back.language, back.recogniser) == ("id", "fake-recogniser 1")

    def test_gives_the_same_suggestion_to_the_byte(self) -> None:
        pipeline = Pipeline(FakeTranscriber(), FakeClassifier(), load_taxonomy())
        first = pipeline.suggest_heard(recording(), TRANSCRIPT, "call-1")
        again = pipeline.suggest_heard(recording(), transcript_of(kept(TRANSCRIPT)), "call-1")
        assert again.to_json() == first.to_json()

    def test_a_second_keeping_changes_nothing(self) -> None:
        once = transcript_of(kept(TRANSCRIPT))
        assert transcript_of(kept(once)) == once

    def test_the_body_is_that_of_a_suggestion(self) -> None:
        TranscriptPart.model_validate(body_of(TRANSCRIPT))

    def test_rows_without_measures_can_be_read(self) -> None:
        row = kept(TRANSCRIPT)
        row.measures = None
        assert [one.avg_logprob for one in transcript_of(row).segments] == [None, None, None]


class TestSearchable:
    def test_leaves_out_what_was_invented_on_silence(self) -> None:
        assert searchable(TRANSCRIPT) == "pohon tumbang di saranani\ntolong"
