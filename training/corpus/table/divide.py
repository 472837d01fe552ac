"""Which calls of a history are only for judging."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from training.corpus.load import Call
from training.corpus.split import story_groups

_SEED = 112


def validation_numbers(calls: Sequence[Call], reporters: Sequence[str], share: float) -> set[int]:
    """Numbers of the calls to judge on: near `share` of every type, never part of a story or of a reporter's calls.

    reporters: who wrote each call, "" where that is unknown. A group too large for the share of its types, such as one
    reporter with hundreds of complaints, is for training; so every type keeps calls to train on.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(story_groups([call.text() for call in calls], reporters)):
        groups[group].append(number)
    room = {kind: round(share * found) for kind, found in Counter(call.complaint_type for call in calls).items()}
    shuffled = list(groups.values())
    random.Random(_SEED).shuffle(shuffled)
    chosen: set[int] = set()
    for numbers in shuffled:
        needed = Counter(calls[number].complaint_type for number in numbers)
        if all(needed[kind] <= room[kind] for kind in needed):
            chosen.update(numbers)
            for kind in needed:
                room[kind] -= needed[kind]
    return chosen
