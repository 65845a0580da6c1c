"""Uploads as rows: each is a job, with how far it is, and the rows of its file that became nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId
from storage.tables import upload_rejects, uploads


class UploadKind(StrEnum):
    """What a file is read for."""

    PRODUCTS = "products"
    KNOWLEDGE = "knowledge"


class UploadMode(StrEnum):
    """What becomes of what the brand has already."""

    UPSERT = "upsert"  # it stays
    REPLACE = "replace"  # what the file does not have goes


class UploadState(StrEnum):
    """How far an upload is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens."""
        return self not in {UploadState.QUEUED, UploadState.RUNNING}


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload.

    Attributes:
        upload_id: its id, which also names its folder.
        filename: what whoever sent it calls it; shown, never opened.
        file_size: in bytes.
        products_added: how many products, or documents, were saved of it so far.
        mapping: field by column title, as the caller gave it.
        source: the address that it was fetched from; None for a file.
        rows_read: how many entries the file has; 0 until it is read.
        position: how many of them are dealt with.
        rejected: how many of them became nothing.
        error: why it failed.
        columns: what the columns were taken for: [{"table", "shape", "columns"}].
        kept: whether its bytes are still there.
        actor: who sent it, as the audit calls them.
    """

    upload_id: str
    brand_id: BrandId
    filename: str
    file_size: int
    upload_time: datetime
    kind: UploadKind = UploadKind.PRODUCTS
    mode: UploadMode = UploadMode.UPSERT
    state: UploadState = UploadState.QUEUED
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    source: str | None = None
    products_added: int = 0
    rows_read: int = 0
    position: int = 0
    rejected: int = 0
    error: str | None = None
    columns: Sequence[Mapping[str, Any]] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    kept: bool = True
    actor: str = "service"

    @property
    def status(self) -> Literal["success", "failed"]:
        """What v2.0's clients know: whether it worked."""
        failed = self.state in {UploadState.FAILED, UploadState.CANCELLED}
        return "failed" if failed or (self.state is UploadState.DONE and not self.products_added) else "success"


@dataclass(frozen=True, slots=True)
class RejectRow:
    """An entry of a file that became nothing.

    Attributes:
        number: where it is in the file, from 1.
        reason: what is wrong with it.
        members: what it held, by title; long texts are cut.
    """

    number: int
    reason: str
    members: Mapping[str, str]


_COLUMNS = tuple(uploads.c[name] for name in UploadRow.__dataclass_fields__)
_UNFINISHED = (UploadState.QUEUED.value, UploadState.RUNNING.value)


def add(connection: Connection, upload: UploadRow) -> None:
    """Record an upload."""
    connection.execute(insert(uploads), asdict(upload))


def get(connection: Connection, brand_id: BrandId, upload_id: str) -> UploadRow | None:
    """One upload of a brand."""
    row = connection.execute(select(*_COLUMNS).where(*_is(brand_id, upload_id))).first()
    return _upload(row) if row else None


def page(connection: Connection, brand_id: BrandId | None, *, limit: int, offset: int) -> list[UploadRow]:
    """Uploads of a brand, or (None) of all brands, the latest first."""
    query = select(*_COLUMNS).order_by(uploads.c.row_id.desc()).limit(limit).offset(offset)
    if brand_id is not None:
        query = query.where(uploads.c.brand_id == brand_id)
    return [_upload(row) for row in connection.execute(query)]


def count(connection: Connection, brand_id: BrandId | None) -> int:
    """How many there are."""
    query = select(func.count()).select_from(uploads)
    if brand_id is not None:
        query = query.where(uploads.c.brand_id == brand_id)
    return int(connection.execute(query).scalar_one())


def find(connection: Connection, brand_id: BrandId | None, name: str) -> UploadRow | None:
    """The latest upload of that file name, or with that upload id, of a brand or (None) of all brands."""
    query = select(*_COLUMNS).where(or_(uploads.c.filename == name, uploads.c.upload_id == name))
    if brand_id is not None:
        query = query.where(uploads.c.brand_id == brand_id)
    row = connection.execute(query.order_by(uploads.c.row_id.desc()).limit(1)).first()
    return _upload(row) if row else None


# --- Jobs ---


def unfinished(connection: Connection) -> list[UploadRow]:
    """The uploads of all brands that are not at their end, the oldest first."""
    query = select(*_COLUMNS).where(uploads.c.state.in_(_UNFINISHED)).order_by(uploads.c.row_id)
    return [_upload(row) for row in connection.execute(query)]


def count_unfinished(connection: Connection, brand_id: BrandId) -> int:
    """How many of a brand are not at their end."""
    query = select(func.count()).where(uploads.c.brand_id == brand_id, uploads.c.state.in_(_UNFINISHED))
    return int(connection.execute(query).scalar_one())


def begin(connection: Connection, brand_id: BrandId, upload_id: str, now: datetime) -> UploadRow | None:
    """Go to work on an upload, or go on with it; None when it has come to its end meanwhile."""
    _change(
        connection,
        brand_id,
        upload_id,
        state=UploadState.RUNNING.value,
        started_at=func.coalesce(uploads.c.started_at, now),
    )
    upload = get(connection, brand_id, upload_id)
    return upload if upload and not upload.state.is_final else None


def read(
    connection: Connection,
    brand_id: BrandId,
    upload_id: str,
    *,
    rows_read: int,
    columns: Sequence[Mapping[str, Any]],
    file_size: int,
) -> bool:
    """Note what was found in the file; False when the upload has come to its end meanwhile."""
    return _change(connection, brand_id, upload_id, rows_read=rows_read, columns=list(columns), file_size=file_size)


def advance(
    connection: Connection,
    brand_id: BrandId,
    upload_id: str,
    *,
    position: int,
    saved: int,
    rejected: Sequence[RejectRow],
) -> bool:
    """Note that the entries up to a position are dealt with; False when the upload has come to its end meanwhile."""
    going_on = _change(
        connection,
        brand_id,
        upload_id,
        position=position,
        products_added=uploads.c.products_added + saved,
        rejected=uploads.c.rejected + len(rejected),
    )
    if going_on and rejected:
        rows = [{"brand_id": brand_id, "upload_id": upload_id, **asdict(one)} for one in rejected]
        connection.execute(insert(upload_rejects), rows)
    return going_on


def end(
    connection: Connection,
    brand_id: BrandId,
    upload_id: str,
    *,
    state: UploadState,
    now: datetime,
    error: str | None = None,
) -> bool:
    """Bring an upload to its end; False when it was there already."""
    return _change(connection, brand_id, upload_id, state=state.value, error=error, ended_at=now)


def rejects(
    connection: Connection, brand_id: BrandId, upload_id: str, *, limit: int, offset: int = 0
) -> list[RejectRow]:
    """The entries of an upload that became nothing, in the order of its file."""
    columns = (upload_rejects.c.number, upload_rejects.c.reason, upload_rejects.c.members)
    where = (upload_rejects.c.brand_id == brand_id, upload_rejects.c.upload_id == upload_id)
    query = select(*columns).where(*where).order_by(upload_rejects.c.row_id).limit(limit).offset(offset)
    return [RejectRow(*row) for row in connection.execute(query)]


# --- Retention ---


def kept_until(connection: Connection, brand_id: BrandId, before: datetime) -> list[str]:
    """The ids of uploads of a brand that ended before a moment and whose bytes are still there."""
    query = select(uploads.c.upload_id).where(
        uploads.c.brand_id == brand_id, uploads.c.kept, uploads.c.ended_at < before
    )
    return [row.upload_id for row in connection.execute(query)]


def forget_content(connection: Connection, brand_id: BrandId, upload_ids: Sequence[str]) -> None:
    """Keep of these uploads only that they were: their bytes are gone, and now their rejected rows too."""
    for upload_id in upload_ids:
        where = (upload_rejects.c.brand_id == brand_id, upload_rejects.c.upload_id == upload_id)
        connection.execute(delete(upload_rejects).where(*where))
        connection.execute(update(uploads).where(*_is(brand_id, upload_id)).values(kept=False))


def ids(connection: Connection, brand_id: BrandId | None) -> list[str]:
    """The ids of the uploads of a brand, or (None) of all brands."""
    query = select(uploads.c.upload_id)
    if brand_id is not None:
        query = query.where(uploads.c.brand_id == brand_id)
    return [row.upload_id for row in connection.execute(query)]


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Forget the uploads of a brand."""
    connection.execute(delete(upload_rejects).where(upload_rejects.c.brand_id == brand_id))
    connection.execute(delete(uploads).where(uploads.c.brand_id == brand_id))


def _is(brand_id: BrandId, upload_id: str) -> tuple[ColumnElement[bool], ...]:
    return (uploads.c.brand_id == brand_id, uploads.c.upload_id == upload_id)


def _change(connection: Connection, brand_id: BrandId, upload_id: str, **values: Any) -> bool:  # noqa: ANN401, column values
    """Change an upload that is not at its end."""
    statement = update(uploads).where(*_is(brand_id, upload_id), uploads.c.state.in_(_UNFINISHED)).values(values)
    return connection.execute(statement).rowcount > 0


def _upload(row: Row[Any]) -> UploadRow:
    members = dict(row._mapping)  # noqa: SLF001, SQLAlchemy's public name for it
    kinds = {"kind": UploadKind, "mode": UploadMode, "state": UploadState}
    return UploadRow(**(members | {name: kind(members[name]) for name, kind in kinds.items()}))
