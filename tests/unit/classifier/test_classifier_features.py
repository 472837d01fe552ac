import numpy as np

from triage.classifier.features import hashed_ngrams


class TestHashedNgrams:
    def test_words_and_characters_have_a_half_each(self):
        ids, counts = hashed_ngrams("api api besar", 16)
        words = ids < (1 << 16)
        # api (2), besar, "api api", "api besar"
        assert sorted(counts[words].tolist()) == [1, 1, 1, 2]
        # <api>: 4 + 3 + 2 + 1 n-grams of 2 to 5 characters, each twice; <besar>: 6 + 5 + 4 + 3, each once
        assert counts[~words].sum() == 2 * 10 + 18

    def test_are_the_same_on_every_machine(self):
        ids, _ = hashed_ngrams("api", 16)
        assert ids[ids < (1 << 16)].tolist() == [0xD80F]

    def test_nothing_said_has_no_features(self):
        ids, counts = hashed_ngrams("", 16)
        assert (len(ids), len(counts)) == (0, 0)
        assert ids.dtype == np.int64
