"""Who changed what, when: one row per change. The table only grows: triggers refuse what else might be done to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

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


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A change.

    Attributes:
        row_id: counts up in the order in which changes were recorded.
        brand_id: whose it is; "" for what is of no brand.
        at: when.
        actor: who (acting.Actor.name).
        address: from where; empty for the service itself.
        action: what, as `noun.verb`.
        subject: what it was done to, such as a product's id.
        version: of the brand in its file, once the change is done; 0 for changes of rows.
        state: what became of it.
        before: the members that differ, as they were; None when there was nothing.
        after: as they are; None when there is nothing.
    """

    row_id: int
    brand_id: BrandId
    at: datetime
    actor: str
    address: str
    action: str
    subject: str
    version: int
    state: AuditState
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change that is to be recorded; the members are AuditRow's."""

    brand_id: BrandId
    action: str
    actor: str
    address: str
    state: AuditState
    subject: str = ""
    version: int = 0
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which changes are wanted; what is None does not matter.

    Attributes:
        brand_id: whose.
        actor: by whom.
        action: what; "product" stands for all that begin with "product.".
        since: from this moment on.
        until: before this moment.
    """

    brand_id: BrandId | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_COLUMNS = tuple(audit.c[name] for name in AuditRow.__dataclass_fields__)


def add(connection: Connection, change: NewChange) -> int:
    """Record a change; the row's id is returned."""
    row = insert(audit).values(asdict(change) | {"at": utc_now(), "state": change.state.value})
    return int(connection.execute(row.returning(audit.c.row_id)).scalar_one())


def set_state(connection: Connection, row_id: int, state: AuditState) -> None:
    """Record what became of an intended change."""
    connection.execute(update(audit).where(audit.c.row_id == row_id).values(state=state.value))


def intents(connection: Connection) -> list[Intent]:
    """Every row still `intended`, of all brands, oldest first: what a process that died may have left."""
    wanted = (audit.c.row_id, audit.c.brand_id, audit.c.action, audit.c.version)
    rows = connection.execute(
        select(*wanted).where(audit.c.state == AuditState.INTENDED.value).order_by(audit.c.row_id)
    )
    return [Intent(row.row_id, BrandId(row.brand_id), row.action, row.version) for row in rows]


def page(
    connection: Connection, wanted: AuditFilter, *, limit: int, offset: int = 0, below: int | None = None
) -> list[AuditRow]:
    """Changes, the latest first; those with smaller row ids than `below`, when it is given."""
    query = select(*_COLUMNS).where(*_where(wanted)).order_by(audit.c.row_id.desc()).limit(limit).offset(offset)
    if below is not None:
        query = query.where(audit.c.row_id < below)
    return [AuditRow(*row) for row in connection.execute(query)]


def count(connection: Connection, wanted: AuditFilter) -> int:
    """How many there are."""
    return int(connection.execute(select(func.count()).select_from(audit).where(*_where(wanted))).scalar_one())


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Of a brand that is being deleted keep who, when and what alone."""
    connection.execute(update(audit).where(audit.c.brand_id == brand_id).values(subject="", before=None, after=None))


def _deleted_last(brand_id: BrandId) -> ColumnElement[int]:
    """The row of the last deletion under a brand's id: what stands before it is of another brand that had the id."""
    is_deletion = (audit.c.action == "brand.delete", audit.c.state == AuditState.DONE.value)
    query = select(func.coalesce(func.max(audit.c.row_id), 0)).where(audit.c.brand_id == brand_id, *is_deletion)
    return query.scalar_subquery()


def _where(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    where = []
    if wanted.brand_id is not None:
        where += [audit.c.brand_id == wanted.brand_id, audit.c.row_id > _deleted_last(wanted.brand_id)]
    if wanted.actor is not None:
        where.append(audit.c.actor == wanted.actor)
    if wanted.action is not None:
        verbs = audit.c.action.between(f"{wanted.action}.", f"{wanted.action}/", symmetric=False)  # "/" follows "."
        where.append((audit.c.action == wanted.action) | verbs)
    if wanted.since is not None:
        where.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        where.append(audit.c.at < wanted.until)
    return where
