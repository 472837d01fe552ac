"""espeak-ng voice variants used as callers and operators, and how a way of speaking is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synthesis.espeak import Voice

TRAINING_VARIANTS = (
    "f1", "f2", "f3", "f5", "m1", "m2", "m3", "m4", "m6", "m7", "m8", "Alex", "Andrea", "Andy", "Annie", "Alicia",
    "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo", "Lee", "Marco", "Michael", "Mike", "adam", "anika",
    "antonio", "belinda", "benjamin", "boris", "caleb", "david", "ed", "edward", "edward2", "gustave", "ian", "iven",
    "iven2", "john", "linda", "marcelo", "max", "michel", "miguel", "mike2", "norbert", "pablo", "paul", "pedro",
    "quincy", "rob", "robert", "sandro", "shelby", "steph", "steph2", "travis", "zac",
)  # fmt: skip
"""Ordinary voices the recogniser is trained on."""

UNUSUAL_VARIANTS = (
    "croak", "grandma", "grandpa", "whisper", "whisperf", "klatt", "klatt2", "klatt3", "klatt4", "Storm", "announcer",
    "RicishayMax", "fast",
)  # fmt: skip
"""Hoarse, old and whispering voices, and espeak-ng's other synthesiser (Klatt): one training clip in ten."""

HELD_OUT_VARIANTS = ("f4", "m5", "Jacky", "Mario", "aunty", "victor")
"""Voices no training clip has: word error rates on them are reported apart.

Left out altogether: robots, demons and effects, which are no voices.
"""

CHILD_WARP = 1.2
"""Children's vocal tracts are some 20 % shorter than women's (Fitch & Giedd 1999, J. Acoust. Soc. Am. 106)."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice, and the factor by which its formants, pitch and speed are raised together."""

    voice: Voice
    warp: float


def draw_speaker(
    rng: np.random.Generator, variants: tuple[str, ...] = TRAINING_VARIANTS, unusual: tuple[str, ...] = ()
) -> Speaker:
    """A speaker with the speed (words a minute), pitch and intonation of a telephone call; one in twelve is a child.

    Playing at another rate moves the formants, so that a recogniser does not lean on one synthesiser's tract.
    """
    chosen = unusual if unusual and rng.random() < 0.1 else variants
    child = rng.random() < 1 / 12
    # A child speaks no faster for its short tract: what the warp gains in speed is taken back here.
    rate = float(np.clip(rng.normal(158, 20), 110, 205)) / (CHILD_WARP if child else 1.0)
    voice = Voice(
        variant=str(rng.choice(chosen)),
        rate=int(rate),
        pitch=int(rng.uniform(60, 95)) if child else int(np.clip(rng.normal(50, 16), 10, 92)),
        pitch_range=int(np.clip(rng.normal(50, 16), 10, 95)),
        word_gap=int(rng.choice([0, 0, 0, 1, 3])),
    )
    warp = CHILD_WARP if child else 1.0
    return Speaker(voice, warp * float(np.clip(rng.normal(1.0, 0.06), 0.86, 1.16)))
