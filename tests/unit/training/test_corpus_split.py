from training.corpus.load import TRAIN, VALIDATION, read_calls
from training.corpus.split import NEAR_DUPLICATE, grouped_folds, similarity, story_groups


def _text(call):
    return " ".join(turn.text for turn in call.turns)


TEXTS = [
    "kebakaran di pasar panjang cepat pak apinya besar",
    "kebakaran di pasar panjang cepat bu apinya besar",
    "pohon tumbang menutup jalan di kemaraya",
    "lampu jalan mati sudah tiga malam",
]


class TestStoryGroups:
    def test_near_duplicates_share_a_group(self):
        groups = story_groups(TEXTS)
        assert groups[0] == groups[1]
        assert len(set(groups)) == 3

    def test_folds_keep_groups_whole_and_are_repeatable(self):
        folds = grouped_folds(TEXTS, 3, seed=1)
        assert folds[0] == folds[1]
        assert sorted(set(folds)) == [0, 1, 2]
        assert grouped_folds(TEXTS, 3, seed=1) == folds


class TestTheCorpus:
    def test_held_out_fold_has_no_near_duplicate_in_the_rest(self):
        texts = [_text(call) for call in read_calls(TRAIN)]
        folds = grouped_folds(texts, 10, seed=112)
        held_out = [text for text, fold in zip(texts, folds, strict=True) if fold == 0 and text.strip()]
        rest = [text for text, fold in zip(texts, folds, strict=True) if fold != 0]
        assert similarity(held_out, rest).max() <= NEAR_DUPLICATE
        assert 0.08 < len(held_out) / len(texts) < 0.12

    def test_validation_shares_only_phantoms_and_fragments_with_training(self):
        train, validation = read_calls(TRAIN), read_calls(VALIDATION)
        near = similarity([_text(call) for call in validation], [_text(call) for call in train]).max(axis=1)
        shared = {call.id for call, score in zip(validation, near, strict=True) if score > NEAR_DUPLICATE}
        # A recogniser's phantom "terima kasih", a greeting cut off, and "salah sambung" under duress.
        assert shared == {"H30007", "H30011", "H30091"}
