"""What the service keeps: tables, migrations, and one repository a kind of row. Queries stand nowhere else."""

from triage.store.database import Database

__all__ = ["Database"]
