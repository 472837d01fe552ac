"""The stream of batches of a training: short windows first, longer and joined ones later, some padded to the full."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from training.recogniser.batches import Batch, grouped, make_batch
from training.recogniser.clips import MAX_SECONDS
from training.recogniser.config import TrainConfig
from training.recogniser.recordings import read_recordings
from training.recogniser.shards import read_shard
from training.recogniser.tokens import Coder
from training.recogniser.windows import Windows

FULL_FRAMES = 3000
"""Mel frames to which faster-whisper pads every window."""
FULL_WINDOWS = 0.02
"""Batches padded so, per batch that is not, late in the training: enough to learn that padding says nothing."""
SHORT_SECONDS = 4.5
"""Longest window at first (SortaGrad, Amodei et al. 2016): attention finds its place among few frames sooner."""
FADING, LEAST_AUGMENTATION = (0.55, 0.85), 0.25
"""Between these shares of the budget the augmentation falls to this: the last steps see lines as they come."""
POOL = 640
"""Windows drawn before they are sorted into batches of like length."""


class Feed:
    """Draws batches from the shards there are; new shards are taken in as they come."""

    def __init__(self, config: TrainConfig, coder: Coder, progress: Callable[[], float], seed: list[int]) -> None:
        self._config = config
        self._coder = coder
        self._progress = progress
        self._rng = np.random.default_rng(seed)
        features = config.data.features
        own = read_recordings(config.recordings, features) if config.recordings else []
        self._windows = Windows(features.frame_seconds, self._rng, own, config.recordings_weight)
        self._seen: set[Path] = set()

    def __iter__(self) -> Iterator[Batch]:
        config, rng, features = self._config, self._rng, self._config.data.features
        while True:
            self._take_in()
            done = self._progress()
            # A finished Whisper knows padded windows of 30 s only.
            full = FULL_FRAMES if config.base else None
            longest = MAX_SECONDS if config.base else float(np.interp(done, (0.2, 0.5), (SHORT_SECONDS, MAX_SECONDS)))
            joined = float(np.interp(done, (0.15, 0.5), (0.0, 0.5)))
            strength = float(np.interp(done, FADING, (1.0, LEAST_AUGMENTATION)))
            windows = [self._windows.draw(longest, joined, strength) for _ in range(POOL if not full else 64)]
            for group in grouped(windows, max(config.frames_a_batch, full or 0), rng):
                yield make_batch(group if not full else group[:8], self._coder, features, rng, full)
                if not full and done > 0.6 and rng.random() < FULL_WINDOWS:
                    yield make_batch(group[:3], self._coder, features, rng, FULL_FRAMES)

    def _take_in(self) -> None:
        for path in sorted(set(self._config.data.folder.glob("shard-*.npz")) - self._seen):
            self._windows.clips += read_shard(path)
            self._seen.add(path)


def ahead(batches: Iterator[Batch], count: int = 6) -> Iterator[Batch]:
    """The same batches, made by a thread beside the training. What goes wrong there is raised here."""
    made: queue.Queue[Batch | BaseException] = queue.Queue(count)

    def make() -> None:
        try:
            for batch in batches:
                made.put(batch)
        except BaseException as error:
            made.put(error)

    threading.Thread(target=make, daemon=True).start()
    while True:
        item = made.get()
        if isinstance(item, BaseException):
            raise item
        yield item
