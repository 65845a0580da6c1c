"""What Alembic runs; the connection comes from storage.migrations.upgrade."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # Full-text tables and their shadow tables are made per brand, not by migrations.
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
)
with context.begin_transaction():
    context.run_migrations()
