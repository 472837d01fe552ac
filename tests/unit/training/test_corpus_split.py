import numpy as np
import pytest
from support.labelled import prank, ticket

from training.corpus.load import TRAIN, UNSEEN, VALIDATION, read_calls
from training.corpus.split import (
    NEAR_DUPLICATE,
    all_round_writers,
    grouped_folds,
    merge,
    near_pairs,
    similarity,
    story_groups,
)

TEXTS = [
    "kebakaran di pasar panjang cepat pak apinya besar",
    "kebakaran di pasar panjang cepat bu apinya besar",
    "pohon tumbang menutup jalan di kemaraya",
    "lampu jalan mati sudah tiga malam",
]
TYPES = ("banjir", "sampah", "odgj", "narkoba", "tawuran")


def written_by(writer, types=TYPES, ghost=True):
    """A writer's calls, one a type and a ghost; each text of its own."""
    found = [
        ticket(f"{writer}{number}", f"{writer}{number} {writer * 9}{kind} {number}{kind}{writer}", complaint_type=kind)
        for number, kind in enumerate(types)
    ]
    return [*found, prank(f"{writer}99", f"{writer}99 hahaha{writer * 9}")] if ghost else found


@pytest.fixture(scope="module")
def train():
    return read_calls(TRAIN)


@pytest.fixture(scope="module")
def folds(train):
    return np.asarray(grouped_folds(train, 4, seed=112))


class TestStoryGroups:
    def test_near_duplicates_share_a_group(self):
        groups = story_groups(TEXTS)
        assert groups[0] == groups[1]
        assert len(set(groups)) == 3

    def test_a_reporters_texts_share_one_with_their_near_duplicates_and_unknown_ones_none(self):
        groups = story_groups(TEXTS, ["ani", "", "", "ani"])
        assert groups[0] == groups[1] == groups[3] != groups[2]

    def test_a_chain_is_one_group(self):
        groups = merge(np.arange(4), np.asarray([0, 1]), np.asarray([1, 2]))
        assert groups[0] == groups[1] == groups[2] != groups[3]


class TestAllRoundWriters:
    def test_wrote_on_everything(self):
        calls = [*written_by("A"), *written_by("B", TYPES[:2]), *written_by("C", ghost=False)]
        assert all_round_writers(calls) == {"A"}

    def test_may_miss_few_types(self):
        assert all_round_writers([*written_by("A"), *written_by("B", TYPES[:4])]) == {"A", "B"}

    def test_an_only_writer_is_none(self):
        assert all_round_writers(written_by("A")) == set()


class TestGroupedFolds:
    def test_keep_stories_whole_and_are_repeatable(self):
        calls = [ticket(f"A{number}", text) for number, text in enumerate(TEXTS)]
        folds = grouped_folds(calls, 3, seed=1)
        assert folds[0] == folds[1]
        assert sorted(set(folds)) == [0, 1, 2]
        assert grouped_folds(calls, 3, seed=1) == folds

    def test_keep_a_reporter_whole(self):
        calls = [ticket(f"A{number}", f"aduan{number} " * 4 + "abcdef"[number] * 30) for number in range(6)]
        folds = grouped_folds(calls, 3, 1, ["ani", "budi", "ani", "", "ani", "budi"])
        assert folds[0] == folds[2] == folds[4] and folds[1] == folds[5]

    def test_keep_all_round_writers_together_and_share_out_the_others_stories(self):
        calls = [*written_by("A"), *written_by("B"), *written_by("X", TYPES[:2]), *written_by("Y", TYPES[2:])]
        folds = grouped_folds(calls, 2, seed=3)
        fold_of = {
            name: {fold for call, fold in zip(calls, folds, strict=True) if call.writer == name} for name in "ABXY"
        }
        assert len(fold_of["A"]) == len(fold_of["B"]) == 1
        assert fold_of["A"] != fold_of["B"]
        assert fold_of["X"] | fold_of["Y"] == {0, 1}

    def test_another_seed_gives_other_folds(self, train):
        some = train[:300]
        assert grouped_folds(some, 4, seed=1) != grouped_folds(some, 4, seed=2)


class TestTheCorpus:
    def test_no_story_lies_in_two_folds(self, train, folds):
        across = [
            (train[one].id, train[other].id)
            for left, right in near_pairs([call.text() for call in train])
            for one, other in zip(left, right, strict=True)
            if folds[one] != folds[other]
        ]
        assert across == []

    def test_all_round_writers_lie_in_one_fold_each_and_in_every_fold(self, train, folds):
        writers = all_round_writers(train)
        assert len(writers) >= 4
        held = {
            name: {int(fold) for call, fold in zip(train, folds, strict=True) if call.writer == name}
            for name in writers
        }
        assert all(len(found) == 1 for found in held.values())
        assert set().union(*held.values()) == {0, 1, 2, 3}

    def test_folds_are_alike_in_size(self, train, folds):
        assert np.bincount(folds, minlength=4).min() > 0.15 * len(train)

    def test_the_unseen_calls_share_nothing_with_any_others(self, train):
        others = [call.text() for call in [*train, *read_calls(VALIDATION)]]
        assert similarity([call.text() for call in read_calls(UNSEEN)], others).max() <= NEAR_DUPLICATE

    def test_validation_shares_only_phantoms_and_fragments_with_training(self, train):
        validation = read_calls(VALIDATION)
        near = similarity([call.text() for call in validation], [call.text() for call in train]).max(axis=1)
        shared = {call.id for call, score in zip(validation, near, strict=True) if score > NEAR_DUPLICATE}
        # A recogniser's phantom "you", a greeting cut off, and sobs between the operator's set phrases.
        assert shared == {"H30007", "H30011", "H30091"}
