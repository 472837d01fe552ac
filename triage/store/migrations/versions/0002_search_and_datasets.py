"""Search in transcripts, filled from those that are there; data sets made from calls, and what was erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


_LAST_TEXTS = "SELECT call_pk, text FROM transcripts WHERE id IN (SELECT max(id) FROM transcripts GROUP BY call_pk)"


def upgrade() -> None:
    """Up."""
    op.create_table(
        "datasets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("name", name=op.f("uq_datasets_name")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("datasets", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("models", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "dataset_models",
        sa.Column("dataset_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dataset_pk"], ["datasets.id"], name=op.f("fk_dataset_models_dataset_pk_datasets")),
        sa.PrimaryKeyConstraint("dataset_pk", "model", name=op.f("pk_dataset_models")),
    )
    op.create_table(
        "dataset_rows",
        sa.Column("dataset_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row_id", sa.String(length=128), nullable=False),
        sa.Column("call_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.id"], name=op.f("fk_dataset_rows_call_pk_calls")),
        sa.ForeignKeyConstraint(["dataset_pk"], ["datasets.id"], name=op.f("fk_dataset_rows_dataset_pk_datasets")),
        sa.PrimaryKeyConstraint("dataset_pk", "row_id", name=op.f("pk_dataset_rows")),
    )
    with op.batch_alter_table("dataset_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_rows_call_pk"), ["call_pk"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE call_search USING fts5(text, tokenize = 'unicode61')")
        op.execute(f"INSERT INTO call_search (rowid, text) {_LAST_TEXTS}")
    else:
        op.execute(
            "CREATE TABLE call_search (call_pk BIGINT PRIMARY KEY REFERENCES calls (id), document tsvector NOT NULL)"
        )
        # The planner must tell a rare word from one it has not seen in its small usual sample
        op.execute("ALTER TABLE call_search ALTER COLUMN document SET STATISTICS 500")
        op.execute(f"INSERT INTO call_search SELECT call_pk, to_tsvector('simple', text) FROM ({_LAST_TEXTS}) AS texts")
        op.execute("CREATE INDEX ix_call_search_document ON call_search USING gin (document)")


def downgrade() -> None:
    """Down."""
    op.drop_table("call_search")
    with op.batch_alter_table("dataset_rows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dataset_rows_call_pk"))

    op.drop_table("dataset_rows")
    op.drop_table("dataset_models")
    op.drop_table("erasures")
    op.drop_table("datasets")
