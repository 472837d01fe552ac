"""From raw categories and agencies to codes and names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.corpus.table.errors import TableError, listed
from training.corpus.table.mapping import AgencyRule, CategoryRule, fold
from training.corpus.table.rows import Row

OTHER = "lainnya"


@dataclass(frozen=True, slots=True)
class Label:
    """A type or an OPD; group is a type's."""

    code: str
    name: str
    group: str


def slug(value: str) -> str:
    """A code for a name: Latin letters and digits, the rest becomes "_". Raises TableError when nothing is left."""
    latin = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    if code := re.sub(r"[^a-z0-9]+", "_", latin.lower()).strip("_"):
        return code
    raise TableError(
        f"{value!r} tidak memuat huruf Latin; beri code di pemetaan",
        f"{value!r} has no Latin letter; give it a code in the mapping",
    )


def name_categories(values: Iterable[str], rules: Mapping[str, CategoryRule]) -> dict[str, Label]:
    """The label of each folded raw category, the most frequent first. Raises TableError when two rules contradict."""
    return _named(values, rules, slug)


def name_agencies(values: Iterable[str], rules: Mapping[str, AgencyRule]) -> dict[str, Label]:
    """The label of each folded raw agency, the most frequent first. Raises TableError when two rules contradict."""
    return _named(values, rules, lambda name: slug(name).upper())


def _named(
    values: Iterable[str], rules: Mapping[str, CategoryRule] | Mapping[str, AgencyRule], make_code: Callable[[str], str]
) -> dict[str, Label]:
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for value in values:
        written[fold(value)][value] += 1
    codes: dict[str, str] = {}
    names: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, list[str]] = defaultdict(list)
    spellings: dict[str, str] = {}
    for raw, spelled in sorted(written.items(), key=lambda item: (-item[1].total(), item[0])):
        rule, spelling = rules.get(raw), spelled.most_common(1)[0][0]
        code = codes[raw] = (rule and rule.code) or make_code((rule and rule.name) or spelling)
        spellings.setdefault(code, spelling)
        for given, wish in ((names, rule and rule.name), (groups, getattr(rule, "group", None))):
            if wish and wish not in given[code]:
                given[code].append(wish)
    for given in (names, groups):
        for code, several in given.items():
            if len(several) > 1:
                raise TableError(
                    f"pemetaan memberi {code} lebih dari satu nama atau kelompok: {listed(several)}",
                    f"the mapping gives {code} more than one name or group: {listed(several)}",
                )
    return {
        raw: Label(code, *(names[code] or [spellings[code]]), *(groups[code] or [code])) for raw, code in codes.items()
    }


def check_keys(where: str, keys: Iterable[str], values: Iterable[str]) -> None:
    """Raise TableError when a key of the mapping is no value of the history: a typo, and its rule would do nothing."""
    known = {fold(value) for value in values}
    if unknown := [key for key in keys if key not in known]:
        raise TableError(
            f"{where}: {listed(unknown)} tidak cocok dengan baris mana pun; periksa ejaannya",
            f"{where}: {listed(unknown)} matches no row; look at its spelling",
        )


def fold_rare(
    rows: Sequence[Row], labels: Mapping[str, Label], minimum: int
) -> tuple[dict[str, Label], dict[str, int], dict[str, int]]:
    """Labels with those of too few rows merged into OTHER, or left out where they are too few even together.

    Returns the labels that remain, and the rows of each rare label by name: merged, left out.
    """
    count = Counter(labels[fold(row.category)].code for row in rows)
    by_code = {label.code: label for label in labels.values()}
    rare = [code for code, number in count.most_common() if number < minimum and code != OTHER]
    if sum(count[code] for code in rare) + count[OTHER] >= minimum:
        other = by_code.get(OTHER, Label(OTHER, "Lainnya", OTHER))
        merged = {by_code[code].name: count[code] for code in rare}
        return {raw: other if label.code in rare else label for raw, label in labels.items()}, merged, {}
    if OTHER in count:
        rare.append(OTHER)
    left_out = {by_code[code].name: count[code] for code in rare}
    return {raw: label for raw, label in labels.items() if label.code not in rare}, {}, left_out
