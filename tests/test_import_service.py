"""Imports within one process: what survives its end, what is kept how long, and that nothing is done twice."""

import asyncio
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from errors import OverCapacity, UnreadableFile, UploadNotFound
from import_service import MAX_UNFINISHED, Request
from models import BrandId, utc_now
from routes.dependencies import Services
from storage import uploads as rows
from storage.uploads import UploadKind, UploadMode, UploadRow, UploadState
from tests.services import services_in

SHOP, OTHER = BrandId("techpro"), BrandId("stylehub")


def lamps(count: int, start: int = 0) -> bytes:
    return b"id,name,price\n" + b"".join(b"l-%d,Lamp %d,%d\n" % (n, n, n) for n in range(start, start + count))


async def imported(services: Services, content: bytes, brand_id: BrandId = SHOP, **request: Any) -> UploadRow:
    upload = await services.imports.submit(brand_id, "lamps.csv", io.BytesIO(content), Request(**request))
    return await services.imports.finished(upload, 60)


async def ids(services: Services, brand_id: BrandId = SHOP) -> list[str]:
    products, _ = await services.products.page(brand_id, category=None, limit=10_000, offset=0)
    return [product.id for product in products]


def test_what_one_process_takes_the_next_one_does(tmp_path: Path) -> None:
    async def take() -> str:
        async with services_in(tmp_path) as services:  # nothing works here: start() is not called
            return (await services.imports.submit(SHOP, "a.csv", io.BytesIO(lamps(3)), Request())).upload_id

    async def go_on(upload_id: str) -> None:
        async with services_in(tmp_path) as services:
            await services.imports.start()
            upload = await services.imports.finished(await services.imports.get(SHOP, upload_id), 60)
            assert (upload.state, upload.products_added) == (UploadState.DONE, 3)
            assert await ids(services) == ["l-0", "l-1", "l-2"]
            assert list((tmp_path / "data" / "uploads" / upload_id).iterdir())
            assert not (tmp_path / "data" / "uploads" / upload_id / "spool.jsonl").exists()

    asyncio.run(go_on(asyncio.run(take())))


def test_a_job_goes_on_behind_what_it_had_saved(tmp_path: Path) -> None:
    async def use() -> None:
        async with services_in(tmp_path) as services:
            upload = await services.imports.submit(SHOP, "a.csv", io.BytesIO(lamps(100)), Request())
            jobs = services.imports._jobs
            database = jobs._database
            begun = await database.write(lambda tx: rows.begin(tx, SHOP, upload.upload_id, utc_now()))
            assert begun is not None
            spool = await jobs._read(begun, lambda _: None)
            entries = list(spool.entries())
            assert [one.members["id"] for one in entries] == [f"l-{n}" for n in range(100)]
            await jobs._save_products(begun, entries[:40], 40)
            # The process ends here; what it saved is what the next one finds.
            await services.products.delete(SHOP, "l-0")
            await services.imports.start()
            done = await services.imports.finished(upload, 60)
            assert (done.products_added, done.position) == (100, 100)
            assert await ids(services) == [f"l-{n}" for n in range(1, 100)]  # l-0 was not saved a second time

    asyncio.run(use())


def test_one_brands_uploads_come_in_order_and_only_so_many_wait(tmp_path: Path) -> None:
    async def use() -> None:
        async with services_in(tmp_path) as services:
            uploads = [
                await services.imports.submit(SHOP, "a.csv", io.BytesIO(b"id,name,price\nx,Lamp,%d" % n), Request())
                for n in range(MAX_UNFINISHED)
            ]
            with pytest.raises(OverCapacity):
                await services.imports.submit(SHOP, "a.csv", io.BytesIO(lamps(1)), Request())
            folders = {entry.name for entry in (tmp_path / "data" / "uploads").iterdir()}
            assert folders == {upload.upload_id for upload in uploads}
            for upload in uploads[3:-1]:
                await services.imports.cancel(SHOP, upload.upload_id)
            await services.imports.start()
            await services.imports.finished(uploads[-1], 60)
            assert (await services.products.get(SHOP, "x")).price == MAX_UNFINISHED - 1

    asyncio.run(use())


def test_replacing_is_one_step_and_of_one_brand(tmp_path: Path) -> None:
    async def use() -> None:
        async with services_in(tmp_path) as services:
            await services.imports.start()
            await imported(services, lamps(5))
            await imported(services, lamps(5), OTHER)
            upload = await imported(services, lamps(2, start=4), mode=UploadMode.REPLACE)
            assert upload.products_added == 2
            assert await ids(services) == ["l-4", "l-5"]
            assert len(await ids(services, OTHER)) == 5
            doubtful = lamps(1, start=4) + b",,5\n"  # no name: it may have been any of them
            unclear = await imported(services, doubtful, mode=UploadMode.REPLACE)
            assert (unclear.state, unclear.products_added) == (UploadState.FAILED, 1)
            assert await ids(services) == ["l-4", "l-5"]
            failed = await imported(services, b"not a table", mode=UploadMode.REPLACE)
            assert failed.state is UploadState.FAILED
            assert failed.error
            assert await ids(services) == ["l-4", "l-5"]

    asyncio.run(use())


def test_files_are_kept_for_a_time_and_folders_without_a_record_are_not(tmp_path: Path) -> None:
    async def use() -> None:
        stray = tmp_path / "data" / "uploads" / "up_stray"
        stray.mkdir(parents=True)
        async with services_in(tmp_path) as services:
            await services.imports.start()
            assert not stray.exists()
            upload = await imported(services, b"id,name,price\n1,Lamp,no price\n2,Lamp,2\n")
            assert len(await services.imports.rejects(upload)) == 1
            folder = tmp_path / "data" / "uploads" / upload.upload_id
            await services.imports._forget_old(SHOP)
            assert folder.exists()
            past = utc_now() - timedelta(days=31)
            await services.imports._database.write(
                lambda tx: tx.exec_driver_sql(
                    "UPDATE uploads SET ended_at = ?", (past.replace(tzinfo=None).isoformat(" "),)
                )
            )
            await services.imports._forget_old(SHOP)
            assert not folder.exists()
            assert await services.imports.rejects(upload) == []
            assert (await services.imports.get(SHOP, upload.upload_id)).products_added == 1

    asyncio.run(use())


def test_deleting_a_brand_takes_its_uploads_with_it(tmp_path: Path) -> None:
    async def use() -> None:
        async with services_in(tmp_path) as services:
            await services.imports.start()
            await imported(services, lamps(2), OTHER)
            kept = await imported(services, lamps(2))
            running = await services.imports.submit(OTHER, "b.csv", io.BytesIO(lamps(5_000)), Request())
            await services.brands.delete(OTHER)
            with pytest.raises(UploadNotFound):
                await services.imports.find(None, running.upload_id)
            assert [entry.name for entry in (tmp_path / "data" / "uploads").iterdir()] == [kept.upload_id]

    asyncio.run(use())


def test_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    async def use() -> None:
        async with services_in(tmp_path) as services:
            found = await services.imports.dry_run(SHOP, "a.csv", io.BytesIO(lamps(30) + b"x,Lamp,?\n"), Request())
            assert (found.rows_read, found.valid, len(found.first)) == (31, 30, 20)
            assert [one.number for one in found.problems] == [32]
            with pytest.raises(UnreadableFile):
                await services.imports.dry_run(SHOP, "a.csv", io.BytesIO(b"nothing"), Request())
            assert await ids(services) == []
            assert list((tmp_path / "data" / "uploads").iterdir()) == []

    asyncio.run(use())


def test_questions_and_answers_become_documents_once(tmp_path: Path) -> None:
    async def use() -> None:
        content = b'question,answer\nDo you wrap gifts?,"Yes, for 3 euros."\nWhere are you?,\n'
        async with services_in(tmp_path) as services:
            await services.imports.start()
            for _ in range(2):
                upload = await imported(services, content, kind=UploadKind.KNOWLEDGE)
                assert (upload.state, upload.products_added, upload.rejected) == (UploadState.DONE, 1, 1)
            unclear = await imported(services, content, kind=UploadKind.KNOWLEDGE, mode=UploadMode.REPLACE)
            assert (unclear.state, unclear.rejected) == (UploadState.FAILED, 1)
            documents, _ = await services.knowledge.page(SHOP, limit=10, offset=0)
            assert [one.title for one in documents if one.kind == "qa"] == ["Do you wrap gifts?"]

    asyncio.run(use())
