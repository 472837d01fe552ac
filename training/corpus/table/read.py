"""A history and its mapping as a corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path

from training.corpus.bundled import Corpus
from training.corpus.load import INFORMATION_GROUP, Call, CallTurn
from training.corpus.table.city import write_taxonomy
from training.corpus.table.divide import validation_numbers
from training.corpus.table.errors import TableError, listed
from training.corpus.table.labels import Label, check_keys, fold_rare, name_agencies, name_categories
from training.corpus.table.mapping import CategoryRule, Mapping, Priority, fold, read_mapping
from training.corpus.table.report import TableReport
from training.corpus.table.rows import Row, clean, read_rows
from triage.taxonomy import load_taxonomy

_PRIORITIES: dict[str, Priority] = {"p1": "P1", "p2": "P2", "p3": "P3", "p4": "P4"}


def read_table(csv: Path, mapping: Path, folder: Path) -> Corpus:
    """The corpus of a city's history; its taxonomy is written into `folder`. Raises TableError."""
    return read_table_report(csv, mapping, folder)[0]


def read_table_report(csv: Path, mapping: Path, folder: Path) -> tuple[Corpus, TableReport]:
    """`read_table`, and what became of the rows. The same files give the same corpus.

    Raises TableError when the files cannot be read or contradict each other, or when what is left cannot be learned
    from: fewer than two types, or nothing to judge on.
    """
    plan = read_mapping(mapping)
    rows = read_rows(csv, plan)
    check_keys("categories", plan.categories, (row.category for row in rows))
    check_keys("agencies", plan.agencies, (row.agency for row in rows))
    check_keys("priorities", plan.priorities, (row.priority for row in rows))
    cleaned, dropped = clean(rows)
    wanted = [row for row in cleaned if not _rule(plan, row).drop]
    dropped["unwanted"] = len(cleaned) - len(wanted)
    named = name_categories((row.category for row in wanted), plan.categories)
    _check_no_ghost(named.values())
    types, merged, left_out = fold_rare(wanted, named, plan.minimum)
    used = [row for row in wanted if fold(row.category) in types]
    dropped["rare"] = len(wanted) - len(used)
    _check_enough(csv, len(rows), used, types.values())
    opds = name_agencies((row.agency for row in used), plan.agencies)
    calls = _calls(used, plan, types, opds)
    reporters = [fold(row.reporter) for row in used]
    judged = validation_numbers(calls, reporters, plan.validation_share)
    training = [call for number, call in enumerate(calls) if number not in judged]
    validation = [call for number, call in enumerate(calls) if number in judged]
    if not validation:
        raise TableError(
            "tidak ada baris untuk validasi: semua aduan mirip, dari satu pelapor, atau terlalu sedikit; periksa "
            "columns.reporter, kosongkan pelapor yang tidak diketahui, atau naikkan validation_share",
            "no row is left to judge on: all complaints are alike, of one reporter, or too few; look at "
            "columns.reporter, leave unknown reporters empty, or raise validation_share",
        )
    taxonomy = write_taxonomy(folder, plan, _unique(types), _unique(opds), training, validation)
    known = [who for number, who in enumerate(reporters) if number not in judged]
    corpus = Corpus(training, (), validation, taxonomy, folder, (csv, mapping), known)
    corpus.check()
    report = TableReport(
        read=len(rows),
        dropped=dropped,
        training=len(training),
        validation=len(validation),
        types=_counts(call.complaint_type for call in calls),
        agencies=_counts(call.target_opd for call in calls),
        merged=merged,
        left_out=left_out,
    )
    return corpus, report


def _rule(plan: Mapping, row: Row) -> CategoryRule:
    return plan.categories.get(fold(row.category), CategoryRule())


def _unique(labels: AnyMapping[str, Label]) -> list[Label]:
    """Each label once, in order: several raw values may share one."""
    return list(dict.fromkeys(labels.values()))


def _counts(codes: Iterable[str | None]) -> dict[str, int]:
    return {str(code): number for code, number in Counter(codes).most_common()}


def _check_no_ghost(labels: Iterable[Label]) -> None:
    if taken := sorted({label.code for label in labels} & load_taxonomy().ghost_kinds.keys()):
        raise TableError(
            f"kode {listed(taken)} sudah dipakai untuk jenis ghost; buang (drop: true) atau beri code lain",
            f"the code {listed(taken)} is that of a ghost kind; drop the category or give it another code",
        )


def _check_enough(csv: Path, read: int, used: Sequence[Row], types: Iterable[Label]) -> None:
    if not used:
        raise TableError(
            f"{csv}: tidak ada baris yang dapat dipakai dari {read} baris; periksa columns, drop dan minimum",
            f"{csv}: none of its {read} rows can be used; look at columns, drop and minimum",
        )
    if len(set(types)) < 2:
        raise TableError(
            f"{csv}: hanya ada satu jenis aduan dengan cukup baris; perlu dua. Periksa columns.category dan minimum",
            f"{csv}: only one type has enough rows; two are needed. Look at columns.category and minimum",
        )


def _calls(
    rows: Sequence[Row], plan: Mapping, types: AnyMapping[str, Label], opds: AnyMapping[str, Label]
) -> list[Call]:
    if unknown := sorted({row.priority for row in rows if row.priority and _stated(plan, row) is None}):
        raise TableError(
            f"prioritas {listed(unknown)} tidak dikenal; petakan ke P1 sampai P4 di priorities",
            f"the priority {listed(unknown)} is not known; map it to P1 to P4 under priorities",
        )
    calls = []
    for row in rows:
        kind = types[fold(row.category)]
        calls.append(
            Call(
                id=f"row{row.number:06d}",
                turns=(CallTurn(speaker="caller", text=row.text),),
                disposition="information" if kind.group == INFORMATION_GROUP else "ticket",
                complaint_type=kind.code,
                target_opd=opds[fold(row.agency)].code,
                priority=_stated(plan, row) or _rule(plan, row).priority or plan.default_priority,
            )
        )
    return calls


def _stated(plan: Mapping, row: Row) -> Priority | None:
    value = fold(row.priority)
    return plan.priorities.get(value) or _PRIORITIES.get(value)
