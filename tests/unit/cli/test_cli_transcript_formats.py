import json

import pytest
from support.calls import segment, transcript

from triage.cli.transcribe import FORMATS
from triage.speech import Segment

SAID = transcript(segment("ada api", start=3661.25), segment("terima kasih", "operator", 3663.0, doubts=["loop"]))


class TestFormats:
    def test_txt(self):
        assert FORMATS["txt"](SAID) == "caller: ada api\noperator: terima kasih [loop]"

    def test_srt(self):
        assert FORMATS["srt"](SAID) == (
            "1\n01:01:01,250 --> 01:01:02,250\ncaller: ada api\n\n"
            "2\n01:01:03,000 --> 01:01:04,000\noperator: terima kasih [loop]\n"
        )

    def test_vtt(self):
        assert FORMATS["vtt"](SAID).startswith("WEBVTT\n\n01:01:01.250 --> 01:01:02.250\n<v caller>ada api\n")

    def test_vtt_escapes_what_would_be_markup(self):
        assert "<v caller>a &lt;b&gt; &amp; c" in FORMATS["vtt"](transcript(Segment("caller", 0, 1, "a <b> & c")))

    def test_json_is_the_transcript_of_a_suggestion(self):
        document = json.loads(FORMATS["json"](SAID))
        assert document["channels"] == ["caller", "operator"]
        assert document["segments"][0]["words"][0] == {
            "text": "ada",
            "start": 3661.25,
            "end": 3661.75,
            "probability": 0.9,
        }

    @pytest.mark.parametrize("seconds", [59.9996, 3599.9999])
    def test_rounding_never_gives_sixty_seconds(self, seconds):
        assert ":60" not in FORMATS["srt"](transcript(Segment("caller", seconds, seconds + 1, "x")))
