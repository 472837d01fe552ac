"""What the trials share: the database to run on, and a table of figures that decides the exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

DATABASES = ("sqlite", "postgresql")


@dataclass
class Figures:
    """Figures of a trial; one that misses what it should be makes the trial fail."""

    title: str
    rows: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def add(self, name: str, value: object, wanted: str = "", *, good: bool = True) -> None:
        """A figure. wanted: what it should be, in words; good: whether it is."""
        shown = f"{value:.1f}" if isinstance(value, float) else str(value)
        self.rows.append((name, shown, wanted, good))

    def finish(self) -> None:
        """Print the table and end the process: 0 when every figure is good, else 1."""
        table = Table("figure", "seen", "wanted", "", title=self.title)
        for name, value, wanted, good in self.rows:
            table.add_row(name, value, wanted, ("yes" if good else "NO") if wanted else "")
        Console(width=110).print(table)
        sys.exit(0 if all(good for *_, good in self.rows) else 1)


def arguments(description: str | None, *extra: tuple[str, dict[str, object]]) -> argparse.Namespace:
    """Parse `--database` and a trial's own options."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--database", choices=DATABASES, required=True)
    for name, options in extra:
        parser.add_argument(name, **options)  # type: ignore[arg-type]
    return parser.parse_args()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one trial, removed afterwards."""
    with TemporaryDirectory(prefix="triage-trial-") as folder:
        yield Path(folder)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
