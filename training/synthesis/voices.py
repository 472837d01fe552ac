"""espeak-ng voice variants used as callers and operators, and how a way of speaking is drawn."""

from __future__ import annotations

import numpy as np

from training.synthesis.espeak import Voice

TRAINING_VARIANTS = (
    "f1", "f2", "f3", "f5", "m1", "m2", "m3", "m4", "m6", "m7", "m8", "Andrea", "Annie", "Alicia", "Diogo", "Gene",
    "Henrique", "Hugo", "Lee", "Marco", "Michael", "adam", "anika", "belinda", "benjamin", "david", "ed", "edward",
    "iven", "john", "linda", "max", "miguel", "pablo", "paul", "quincy", "robert", "shelby", "steph", "travis", "zac",
)  # fmt: skip
"""Voices the recogniser is trained on. Robots, croaks and whispers are left out: no caller sounds like them."""

HELD_OUT_VARIANTS = ("f4", "m5", "Jacky", "Mario", "aunty", "victor")
"""Voices no training clip has: word error rates on them are reported apart."""


def draw_voice(rng: np.random.Generator, variants: tuple[str, ...] = TRAINING_VARIANTS) -> Voice:
    """A voice with the speed (words a minute), pitch and intonation of a telephone call."""
    return Voice(
        variant=str(rng.choice(variants)),
        rate=int(np.clip(rng.normal(158, 18), 115, 205)),
        pitch=int(np.clip(rng.normal(50, 15), 15, 90)),
        pitch_range=int(np.clip(rng.normal(50, 15), 15, 90)),
        word_gap=int(rng.choice([0, 0, 0, 1, 3])),
    )
