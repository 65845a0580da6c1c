"""The schema's history (Alembic). `upgrade` brings a database to the newest revision."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

HERE = Path(__file__).parent


def upgrade(engine: Engine) -> None:
    """Apply every migration that the database has not had, all in one transaction."""
    with engine.begin() as connection:
        if _revision(connection) != _newest():
            _migrate(connection)


def _revision(connection: Connection) -> str | None:
    """The revision that the database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _newest() -> str:
    """The last revision there is: files are named by their revisions, which count up ("0001_first_tables.py")."""
    return max(path.name.partition("_")[0] for path in (HERE / "versions").glob("*.py"))


def _migrate(connection: Connection) -> None:
    # Half a second of import, which only a start after an upgrade need pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
