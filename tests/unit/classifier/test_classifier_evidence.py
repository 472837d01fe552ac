from triage.classifier.evidence import erasure_evidence
from triage.classifier.model import Turn
from triage.classifier.text import words


def _heard(turns):
    """A type's probability as a model gives it that listens for two words."""

    def probability(said):
        texts = {word.text for word in said}
        return 0.5 + 0.4 * ("api" in texts) - 0.2 * ("bukan" in texts)

    return erasure_evidence(words(turns), probability, "kebakaran_bangunan")


class TestErasure:
    def test_finds_the_word_and_its_place(self):
        turns = [Turn("operator", "api?"), Turn("caller", "halo pak, di dapur ada API besar ini")]
        (span,) = _heard(turns)
        assert "API" in turns[span.turn].text[span.start : span.end]
        assert span.end - span.start <= len("ada API")
        assert (span.turn, span.supports, round(span.weight, 6)) == (1, "kebakaran_bangunan", 0.8)

    def test_words_that_speak_against_weigh_less_than_nothing(self):
        turns = [Turn("caller", "api"), Turn("caller", "bukan")]
        assert [(span.turn, round(span.weight, 3)) for span in _heard(turns)] == [(0, 0.69), (1, -0.588)]

    def test_words_without_weight_are_not_evidence(self):
        assert _heard([Turn("caller", "halo selamat pagi")]) == ()

    def test_asks_the_model_ten_times_at_most(self):
        asked = []

        def probability(said):
            asked.append(len(said))
            return 0.9 if any(word.text == "ular" for word in said) else 0.1

        text = "halo " * 70 + "ular " + "pak " * 60
        (span,) = erasure_evidence(words([Turn("mixed", text)]), probability, "hewan_berbahaya")
        assert "ular" in text[span.start : span.end]
        assert len(asked) <= 10
