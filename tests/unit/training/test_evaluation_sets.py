"""The telephone benchmark's slices, in small."""

import numpy as np
import pytest

from training.evaluation.items import Item
from training.evaluation.sets import HEADLINE, LEVELS, NOISE_LEVELS, telephone_items
from training.synthesis.codecs import CODECS
from training.synthesis.noises import MADE
from training.synthesis.telephone import colored_noise

CLIPS = 6
"""In a headline slice of turns; 0.3 of that in every other."""
SPOKEN_OTHERWISE = ("children", "slow", "fast")


@pytest.fixture(scope="module")
def slices() -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in telephone_items(CLIPS, 1, {"jalan_raya": colored_noise(np.random.default_rng(1), 4000, 2.0)}):
        found.setdefault(item.slice, []).append(item)
    return found


def _words(items: list[Item]) -> list[list[str]]:
    return [channel.words for item in items for channel in item.channels]


class TestSlices:
    def test_have_the_counts_asked_for(self, slices: dict[str, list[Item]]) -> None:
        assert [len(slices[name]) for name in HEADLINE] == [CLIPS, CLIPS, 1, 1]
        assert {len(items) for name, items in slices.items() if name not in HEADLINE} == {2}

    def test_cover_levels_codecs_faults_voices_and_noises(self, slices: dict[str, list[Item]]) -> None:
        assert {f"level_{level}dbfs" for level in LEVELS} | {f"codec_{codec}" for codec in CODECS} <= set(slices)
        assert {"loss_2pct", "loss_5pct", "clipping", "echo", "room", *SPOKEN_OTHERWISE} <= set(slices)
        for noise in ("line", "babble", *MADE):
            assert {f"noise_{noise}_{snr}db" for snr in NOISE_LEVELS} <= set(slices)

    def test_have_recorded_noises_at_one_level(self, slices: dict[str, list[Item]]) -> None:
        assert [name for name in slices if "jalan_raya" in name] == ["noise_recorded_jalan_raya_10db"]

    def test_ids_are_unique(self, slices: dict[str, list[Item]]) -> None:
        ids = [item.id for items in slices.values() for item in items]
        assert len(set(ids)) == len(ids)

    def test_conditions_differ_in_the_line_alone(self, slices: dict[str, list[Item]]) -> None:
        clean = _words(slices["clean"])
        for name, items in slices.items():
            if name not in (*HEADLINE, *SPOKEN_OTHERWISE):
                assert _words(items) == clean, name

    def test_levels_are_what_they_are_called(self, slices: dict[str, list[Item]]) -> None:
        for level in LEVELS[:-1]:  # at -5 dBFS full scale cuts off the peaks
            for item in slices[f"level_{level}dbfs"]:
                assert abs(20 * np.log10(np.sqrt(np.mean(item.samples**2))) - level) < 1.5

    def test_ways_of_speaking_are_heard(self, slices: dict[str, list[Item]]) -> None:
        clean, slow, fast = (slices[name][0].channels[0] for name in ("clean", "slow", "fast"))
        assert clean.words == slow.words == fast.words
        assert fast.starts[-1] - fast.starts[0] < 0.8 * (slow.starts[-1] - slow.starts[0])

    def test_dialogues_last_half_a_minute_to_two(self, slices: dict[str, list[Item]]) -> None:
        assert all(30 <= item.seconds <= 120 for item in slices["dialogues"] + slices["dialogues_mono"])
