import numpy as np
import pytest

from triage.classifier.combine import softmax
from triage.classifier.evidence import FAINT, MOST, SMALLEST, log_odds, spans, word_scores
from triage.classifier.features import counted, ngrams
from triage.classifier.model import Turn
from triage.classifier.text import words


def yule(score):
    """Yule's Q of a factor exp(score) on the odds."""
    return (np.exp(score) - 1) / (np.exp(score) + 1)


def shown(scores, *said):
    """Quote and weight of each span of these turns of a caller."""
    turns = [Turn("caller", text) for text in said]
    found = spans(words(turns), np.asarray(scores, dtype=float), "banjir")
    return [(turns[span.turn].text[span.start : span.end], round(span.weight, 6)) for span in found]


class TestLogOdds:
    def test_is_the_slope_of_the_log_odds_of_the_best(self):
        scores, step, part = np.asarray([1.0, 0.4, -0.3]), 1e-6, np.asarray([0.7, -0.2, 0.5])
        before, after = softmax(scores), softmax(scores + step * part)
        slope = (np.log(after[0] / (1 - after[0])) - np.log(before[0] / (1 - before[0]))) / step
        assert log_odds(part[None, :], before, 0) == pytest.approx([slope], rel=1e-4)

    def test_the_others_count_by_their_probabilities(self):
        parts = np.asarray([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [2.0, 1.0, -1.0]])
        found = log_odds(parts, np.asarray([0.5, 0.4, 0.1]), 0)
        assert found == pytest.approx([-0.8, -0.2, 2.0 - (0.8 * 1.0 + 0.2 * -1.0)])

    def test_what_lifts_every_type_alike_is_no_evidence(self):
        assert log_odds(np.full((1, 3), 5.0), np.asarray([0.5, 0.3, 0.2]), 1) == pytest.approx([0])

    def test_of_an_only_type_is_its_own_score(self):
        assert log_odds(np.asarray([[3.0, 1.0]]), np.asarray([1.0, 0.0]), 0).tolist() == [3.0]


class TestWordScores:
    def test_add_up_to_the_parts_but_for_special_tokens(self):
        chance = np.random.default_rng(3)
        found = ngrams("air air naik ke rumah air naik", 12)
        feature_parts = chance.uniform(0.5, 1.5, size=len(counted(found)[0]))
        token_words = [None, 0, 1, 2, 2, 3, 4, 5, 6, None]
        token_parts = chance.normal(size=len(token_words))
        scores = word_scores(7, token_words, token_parts, found, feature_parts)
        assert scores.sum() == pytest.approx(token_parts[1:-1].sum() + feature_parts.sum())

    def test_a_pair_is_shared_by_its_words_and_a_repeated_feature_by_its_places(self):
        found = ngrams("air naik air", 16)
        ids, _ = counted(found)
        parts = np.zeros(len(ids))
        air = found.ids[0]
        pair = found.ids[(found.first == 0) & (found.last == 1)][0]
        parts[ids == air], parts[ids == pair] = 4.0, 1.0
        assert word_scores(3, [], np.zeros(0), found, parts).tolist() == pytest.approx([2.5, 0.5, 2.0])

    def test_the_pieces_of_a_word_are_added(self):
        nothing = ngrams("", 16)
        scores = word_scores(2, [None, 0, 0, 1, None], np.asarray([9.0, 1, 2, -1, 9]), nothing, np.zeros(0))
        assert scores.tolist() == [3.0, -1.0]


class TestSpans:
    def test_give_the_words_in_the_original_text(self):
        turns = [Turn("operator", "api?"), Turn("caller", "halo pak, di dapur ada API besar ini")]
        [span] = spans(words(turns), np.asarray([0, 0, 0, 0, 0, 1.5, 0.5, 0]), "kebakaran_bangunan")
        assert turns[span.turn].text[span.start : span.end] == "API besar"
        assert (span.turn, span.supports) == (1, "kebakaran_bangunan")
        assert span.weight == pytest.approx(yule(2.0)) == pytest.approx(np.tanh(1.0))

    def test_neighbours_of_one_sign_are_one_span_of_their_sum(self):
        assert shown([0.5, 0.7, 0, 0.9], "air naik pak tinggi") == [
            ("air naik", round(yule(1.2), 6)),
            ("tinggi", round(yule(0.9), 6)),
        ]

    def test_words_that_speak_against_are_apart_and_weigh_less_than_nothing(self):
        assert shown([2.0, -1.0], "api bukan") == [("api", 0.761594), ("bukan", -0.462117)]

    def test_do_not_run_over_a_turn(self):
        found = spans(words([Turn("caller", "api"), Turn("caller", "besar")]), np.asarray([1.0, 1.0]), "x")
        assert [(span.turn, span.start, span.end) for span in found] == [(0, 0, 3), (1, 0, 5)]

    def test_faint_words_end_a_span(self):
        faint = 2 * np.arctanh(0.9 * FAINT)
        assert [quote for quote, _ in shown([1.0, faint, 0.9], "air pak naik")] == ["air", "naik"]

    def test_those_under_the_smallest_are_left_out(self):
        under, over = 2 * np.arctanh(SMALLEST - 0.01), 2 * np.arctanh(SMALLEST + 0.01)
        assert [quote for quote, _ in shown([under, 0, over], "air pak naik")] == ["naik"]

    def test_the_strongest_come_first_whatever_their_sign_and_no_more_than_most(self):
        scores = [0.5, 0, -2.0, 0, 1.0, 0, 0.6, 0, 0.7, 0, 0.8]
        found = shown(scores, "a b c d e f g h i j k")
        assert [quote for quote, _ in found] == ["c", "e", "k", "i"]
        assert len(found) == MOST

    def test_words_without_weight_are_not_evidence(self):
        assert shown([0.02, 0.1, 0.1], "halo selamat pagi") == []
        assert spans([], np.zeros(0), "banjir") == ()
