"""Who changed what, when: one row per change, written before the change and settled after it."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from models import BrandId, utc_now
from storage.tables import audit


class AuditState(StrEnum):
    """What became of a change."""

    INTENDED = "intended"  # about to be made; a row that a dead process left so is settled at the next start
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Intent:
    """A change of which it is not recorded whether it was made.

    Attributes:
        version: the brand's version once the change is made.
    """

    row_id: int
    brand_id: BrandId
    action: str
    version: int


def add(connection: Connection, brand_id: BrandId, *, action: str, version: int, actor: str) -> int:
    """Record that the change is about to be made; the row's id is returned."""
    row = insert(audit).values(
        brand_id=brand_id, at=utc_now(), actor=actor, action=action, version=version, state=AuditState.INTENDED.value
    )
    return int(connection.execute(row.returning(audit.c.row_id)).scalar_one())


def set_state(connection: Connection, row_id: int, state: AuditState) -> None:
    """Record what became of the change."""
    connection.execute(update(audit).where(audit.c.row_id == row_id).values(state=state.value))


def intents(connection: Connection) -> list[Intent]:
    """Every row still `intended`, of all brands, oldest first: what a process that died may have left."""
    wanted = (audit.c.row_id, audit.c.brand_id, audit.c.action, audit.c.version)
    rows = connection.execute(
        select(*wanted).where(audit.c.state == AuditState.INTENDED.value).order_by(audit.c.row_id)
    )
    return [Intent(row.row_id, BrandId(row.brand_id), row.action, row.version) for row in rows]
