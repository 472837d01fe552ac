"""How Alembic reaches the database: by the connection that triage.store.migrate hands over."""

from alembic import context

from triage.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=lambda name, kind, parents: not (kind == "table" and str(name).startswith("call_search")),
    render_as_batch=True,  # SQLite changes a table by copying it
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
