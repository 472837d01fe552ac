import zlib

import numpy as np

from triage.classifier.features import counted, hashed_ngrams, ngrams

HALF = 1 << 16


def of_words(found):
    """(id, first, last) of the word n-grams."""
    return {(int(i), int(a), int(b)) for i, a, b in zip(found.ids, found.first, found.last, strict=True) if i < HALF}


def crc(text):
    return zlib.crc32(text.encode()) & (HALF - 1)


class TestNgrams:
    def test_words_and_pairs_span_what_they_are_made_of(self):
        assert of_words(ngrams("ada api besar", 16)) == {
            (crc("ada"), 0, 0),
            (crc("api"), 1, 1),
            (crc("besar"), 2, 2),
            (crc("ada api"), 0, 1),
            (crc("api besar"), 1, 2),
        }

    def test_characters_stay_inside_their_word_and_in_the_upper_half(self):
        found = ngrams("ada api", 16)
        characters = found.ids >= HALF
        assert (found.first == found.last)[characters].all()
        assert found.ids.max() < 2 * HALF
        # <ada> and <api>: 4 + 3 + 2 + 1 n-grams of 2 to 5 characters each
        assert np.bincount(found.first[characters]).tolist() == [10, 10]
        assert crc("<ap") + HALF in found.ids[found.first == 1]

    def test_a_word_said_twice_is_found_at_both_places(self):
        found = ngrams("api api", 16)
        assert sorted(found.first[found.ids == crc("api")].tolist()) == [0, 1]

    def test_fewer_bits_fold_the_same_features(self):
        wide, narrow = ngrams("ada api", 16), ngrams("ada api", 4)
        lower = wide.ids < HALF
        assert narrow.ids[lower].tolist() == (wide.ids[lower] & 15).tolist()
        assert narrow.ids.max() < 32

    def test_every_ngram_knows_the_words_it_spans(self):
        found = ngrams("api besar", 16)
        words = found.ids < (1 << 16)
        assert sorted(zip(found.first[words], found.last[words], strict=True)) == [(0, 0), (0, 1), (1, 1)]
        assert (found.first[~words] == 0).sum() == 10
        assert (found.first == found.last)[~words].all()
        assert counted(found)[1].sum() == len(found.ids)

    def test_nothing_said_has_none(self):
        found = ngrams("", 16)
        assert found.ids.shape == found.first.shape == found.last.shape == (0,)


class TestCounted:
    def test_ids_ascend_and_no_occurrence_is_lost(self):
        found = ngrams("api api besar api", 16)
        ids, counts = counted(found)
        assert (np.diff(ids) > 0).all()
        assert counts.sum() == len(found.ids)
        assert counts[ids == crc("api")].tolist() == [3]
        assert counts[ids == crc("api api")].tolist() == [1]
        assert counts.dtype == np.float32


class TestHashedNgrams:
    def test_words_and_characters_have_a_half_each(self):
        ids, counts = hashed_ngrams("api api besar", 16)
        words = ids < HALF
        # api (2), besar, "api api", "api besar"
        assert sorted(counts[words].tolist()) == [1, 1, 1, 2]
        # <api>: 4 + 3 + 2 + 1 n-grams of 2 to 5 characters, each twice; <besar>: 6 + 5 + 4 + 3, each once
        assert counts[~words].sum() == 2 * 10 + 18

    def test_are_the_same_on_every_machine(self):
        ids, _ = hashed_ngrams("api", 16)
        assert ids[ids < HALF].tolist() == [0xD80F]

    def test_nothing_said_has_no_features(self):
        ids, counts = hashed_ngrams("", 16)
        assert (len(ids), len(counts)) == (0, 0)
        assert ids.dtype == np.int64
