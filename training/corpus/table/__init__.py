"""Another city's complaint history, a CSV file and a mapping, as a corpus with a taxonomy of its own."""

from training.corpus.table.errors import TableError
from training.corpus.table.read import read_table, read_table_report
from training.corpus.table.report import TableReport

__all__ = ["TableError", "TableReport", "read_table", "read_table_report"]
