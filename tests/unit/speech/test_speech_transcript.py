"""What a transcript says of itself."""

import pytest
from support.calls import segment, transcript

CALLER = segment("ada api di lorong")


class TestMayBeSpeech:
    @pytest.mark.parametrize("doubts", [[], ["low_logprob"], ["letters_apart"], ["loop"], ["loop", "letters_apart"]])
    def test_is_what_is_trusted_or_only_unclear(self, doubts):
        assert segment("tolong", doubts=doubts).may_be_speech

    @pytest.mark.parametrize("doubts", [["no_voice"], ["phantom_phrase"], ["letters_apart", "no_voice"]])
    def test_is_not_what_was_invented(self, doubts):
        assert not segment("tolong", doubts=doubts).may_be_speech


class TestTrusted:
    def test_is_every_segment_without_a_doubt(self):
        doubted = segment("di mana", doubts=["letters_apart"])
        assert transcript(CALLER, doubted).trusted() == (CALLER,)


class TestUnsureOfCaller:
    @pytest.mark.parametrize("channel", ["caller", "mixed"])
    def test_where_something_he_seems_to_have_said_is_doubted(self, channel):
        assert transcript(CALLER, segment("tolong", channel, doubts=["letters_apart"])).unsure_of_caller()

    def test_not_for_the_operator(self):
        assert not transcript(CALLER, segment("halo", "operator", doubts=["letters_apart"])).unsure_of_caller()

    def test_not_for_text_invented_on_silence(self):
        assert not transcript(CALLER, segment("tolong", doubts=["low_logprob", "no_voice"])).unsure_of_caller()

    def test_not_for_a_segment_without_text(self):
        assert not transcript(CALLER, segment(" ", doubts=["low_logprob"])).unsure_of_caller()

    def test_not_where_all_is_trusted(self):
        assert not transcript(CALLER).unsure_of_caller()
        assert not transcript().unsure_of_caller()
