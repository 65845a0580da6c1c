"""Brands in a real file, with a real database beside it."""

import asyncio
import copy
import json
import stat
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import select
from structlog.testing import capture_logs

import brand_file
from audit_service import AuditService
from brand_service import BrandService, PurgeStep
from errors import (
    AlreadyExists,
    BrandFileBroken,
    BrandNotFound,
    InvalidInput,
    StaleVersion,
    StartError,
    Unavailable,
)
from live.base import BrandChanged, Notice
from models import BrandId
from storage import tombstones
from storage.engine import Database
from storage.migrations import upgrade
from storage.tables import audit

TECHPRO = BrandId("techpro")
STYLEHUB = BrandId("stylehub")

V2_0: dict[str, Any] = {
    "note": "kept by hand",
    "brands": [
        {
            "id": "techpro",
            "name": "TechPro",
            "description": "Läptöps",
            "created_at": "2025-06-11 00:04:44.412073",
            "updated_at": "2025-06-11 00:04:44.412073",
            "is_active": True,
            "owner": {"name": "Ada", "floors": [1, 2.5, None]},
        },
        {
            "id": "stylehub",
            "description": "",
            "name": "StyleHub",
            "created_at": "2025-06-11T02:04:44+02:00",
            "updated_at": "2025-06-11 00:04:44",
            "is_active": False,
        },
    ],
    "configs": [
        {
            "brand_id": "techpro",
            "system_prompt": "Sell.",
            "persona_prompt": None,
            "welcome_message": "Hi.",
            "company_info": {"zip": "97209", "about": {"founded": 2012}},
            "appearance_settings": {"color": "#fff"},
            "updated_at": "2025-06-11 00:04:44.412073",
            "settings": {"currency": "EUR", "future": [1]},
            "x-theme": "dark",
        }
    ],
}


class Told:
    """Notices, in the order of their publishing."""

    def __init__(self) -> None:
        self.brands: list[str] = []
        self._listeners: list[Callable[[Notice], None]] = []

    async def publish(self, notice: Notice) -> None:
        assert isinstance(notice, BrandChanged)
        self.brands.append(notice.brand_id)
        for listener in self._listeners:
            listener(notice)

    def subscribe(self, listener: Callable[[Notice], None]) -> None:
        self._listeners.append(listener)


class Step:
    """A purge step that notes its calls, and fails as often as it is told to."""

    def __init__(self, name: str, calls: list[str], failures: int = 0) -> None:
        self.name = name
        self._calls = calls
        self._failures = failures

    async def purge(self, brand_id: BrandId) -> None:
        self._calls.append(f"{self.name} {brand_id}")
        if self._failures:
            self._failures -= 1
            raise OSError("no")


class Shop:
    """A folder with the brands' file and the database, and services over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "brands_config.json"
        self.told = Told()
        self._rows = folder / "rows.sqlite"
        with_schema = self.database()
        upgrade(with_schema.engine)
        with_schema.close()

    def database(self) -> Database:
        return Database(self._rows)

    def write(self, content: Any) -> None:
        self.file.write_text(content if isinstance(content, str) else json.dumps(content, indent=4), encoding="utf-8")

    def read(self) -> Any:
        return json.loads(self.file.read_text(encoding="utf-8"))

    @asynccontextmanager
    async def open(
        self, purge: Sequence[PurgeStep] = (), file: Path | None = None, *, resume: bool = True
    ) -> AsyncIterator[BrandService]:
        database = self.database()
        brands = BrandService(file or self.file, database, AuditService(database), self.told)
        try:
            await brands.start(purge, resume=resume)
            yield brands
        finally:
            await brands.aclose()
            await database.aclose()

    def run(self, use: Callable[[BrandService], Awaitable[None]], purge: Sequence[PurgeStep] = ()) -> None:
        async def whole() -> None:
            async with self.open(purge) as brands:
                await use(brands)

        asyncio.run(whole())

    def audit(self) -> list[tuple[str, str, int, str]]:
        database = self.database()
        columns = (audit.c.brand_id, audit.c.action, audit.c.version, audit.c.state)
        query = select(*columns).order_by(audit.c.row_id)
        rows = asyncio.run(database.read(lambda tx: tx.execute(query).all()))
        database.close()
        return [(brand_id, action, version, state) for brand_id, action, version, state in rows]

    def intend(self, brand_id: BrandId, action: str, version: int, *, tombstone: bool = False) -> None:
        """Leave what a process leaves that dies after the audit row was committed."""
        database = self.database()
        service = AuditService(database)
        asyncio.run(database.write(lambda tx: service.intend(tx, brand_id, action, version)))
        if tombstone:
            asyncio.run(database.write(lambda tx: tombstones.add(tx, brand_id)))
        database.close()

    def unfinished(self) -> list[BrandId]:
        database = self.database()
        ids = asyncio.run(database.read(tombstones.all_ids))
        database.close()
        return ids


@pytest.fixture(autouse=True)
def _watches_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brand_file, "POLL_INTERVAL_S", 0.02)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.write(V2_0)
    return shop


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110, what is waited for has no event
            await asyncio.sleep(0.01)


def in_the_way_of_writing(shop: Shop) -> Path:
    """A folder, not empty, where the temporary file would be: writing fails, also for root."""
    obstacle = shop.file.with_name(f"{shop.file.name}.tmp")
    (obstacle / "full").mkdir(parents=True)
    return obstacle


# --- Loading ---


def test_a_v2_0_file_loads_as_it_is(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        moment = datetime(2025, 6, 11, 0, 4, 44, 412073, UTC)
        assert [brand.id for brand in brands.list()] == ["techpro", "stylehub"]
        assert brands.get(TECHPRO).created_at == moment
        assert brands.get(TECHPRO).description == "Läptöps"
        assert brands.config(TECHPRO).company_info == {"zip": "97209", "about": {"founded": 2012}}
        assert brands.config(TECHPRO).settings.currency == "EUR"
        assert brands.config(TECHPRO).version == 0

    before = shop.file.read_bytes()
    shop.run(use)
    assert shop.file.read_bytes() == before


def test_the_projects_own_file_loads() -> None:
    own = Path(__file__).parents[1] / "brands_config.json"
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        shop.write(own.read_text(encoding="utf-8"))

        async def use(brands: BrandService) -> None:
            assert brands.get_active(TECHPRO).name
            await brands.update(TECHPRO, description="Edited.")

        shop.run(use)
        before, after = json.loads(own.read_text(encoding="utf-8")), shop.read()
    assert after["configs"][1:] == before["configs"][1:]
    assert list(after["configs"][0].items())[: len(before["configs"][0])] == list(before["configs"][0].items())


def test_a_missing_file_is_made_by_the_first_write(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def use(brands: BrandService) -> None:
        assert brands.list() == []
        assert not shop.file.exists()
        await brands.create("Test Brand", "A shop.")

    shop.run(use)
    written = shop.read()
    assert list(written) == ["schema_version", "brands", "configs"]
    assert written["schema_version"] == 2
    assert written["brands"][0]["id"] == "test_brand"
    assert written["configs"][0]["version"] == 1


def test_a_brand_without_a_config_gets_defaults(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        assert brands.config(STYLEHUB).welcome_message == "Hello! How can I help you today?"
        assert brands.config(STYLEHUB).version == 0

    shop.run(use)


def test_an_inactive_brand_is_found_but_not_among_the_active(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        assert brands.get(STYLEHUB).name == "StyleHub"
        assert [brand.id for brand in brands.active()] == ["techpro"]
        with pytest.raises(BrandNotFound, match=r"^Brand 'stylehub' not found or inactive$"):
            brands.get_active(STYLEHUB)

    shop.run(use)


def test_an_unknown_brand_is_not_found(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        for ask in (brands.get, brands.get_active, brands.config):
            with pytest.raises(BrandNotFound, match=r"^Brand 'nobody' not found or inactive$"):
                ask(BrandId("nobody"))

    shop.run(use)


def test_a_config_without_a_brand_is_ignored_with_a_warning_and_kept(shop: Shop) -> None:
    orphan = {"brand_id": "gone", "welcome_message": 7}
    shop.write({**V2_0, "configs": [orphan, *V2_0["configs"]]})

    async def use(brands: BrandService) -> None:
        with pytest.raises(BrandNotFound):
            brands.config(BrandId("gone"))
        await brands.update(TECHPRO, name="New")

    with capture_logs() as logs:
        shop.run(use)
    assert [log["brand_id"] for log in logs if log["event"] == "brand_config_without_brand"] == ["gone"]
    assert shop.read()["configs"][0] == orphan


def test_ids_that_we_would_not_give_out_are_served(shop: Shop) -> None:
    odd = {**V2_0["brands"][0], "id": "Große Läden & Co"}
    shop.write({"brands": [odd]})

    async def use(brands: BrandService) -> None:
        assert brands.get_active(BrandId("Große Läden & Co")).name == "TechPro"
        await brands.update_config(BrandId("Große Läden & Co"), {"system_prompt": "x"})

    shop.run(use)
    assert shop.read()["configs"][0]["brand_id"] == "Große Läden & Co"


def test_a_file_that_is_broken_at_start_stops_it_with_line_and_reason_and_is_left_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    content = '{\n  "brands": [],\n  "configs": [,]\n}'
    shop.write(content)

    async def use(_brands: BrandService) -> None:
        pytest.fail("it started")

    with pytest.raises(StartError) as caught:
        shop.run(use)
    assert str(caught.value).startswith(f"{shop.file}, line 3, column 15: Expecting value.")
    assert shop.file.read_text() == content


# --- Editing ---


def test_an_edit_leaves_everything_else_in_the_file_as_it_was(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        await brands.update_config(TECHPRO, {"welcome_message": "Hello."})

    shop.run(use)
    after = shop.read()
    assert after.pop("schema_version") == 2
    config = after["configs"][0]
    assert config.pop("version") == 1
    assert config["updated_at"] != V2_0["configs"][0]["updated_at"]
    expected = copy.deepcopy(V2_0)
    expected["configs"][0] |= {"welcome_message": "Hello.", "updated_at": config["updated_at"]}
    assert json.dumps(after) == json.dumps(expected)  # the order of members too


def test_a_brands_own_edit_counts_its_version_and_stamps_it(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        old = brands.get(STYLEHUB)
        new = await brands.update(STYLEHUB, name=" Style Hub ", is_active=True)
        assert (new.name, new.is_active, new.created_at) == ("Style Hub", True, old.created_at)
        assert new.updated_at is not None
        assert old.updated_at is not None
        assert new.updated_at > old.updated_at
        assert brands.get_active(STYLEHUB) == new
        assert brands.config(STYLEHUB).version == 1

    shop.run(use)
    assert shop.read()["brands"][1]["created_at"] == "2025-06-11T02:04:44+02:00"


def test_an_edit_tells_of_its_brand_alone(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        await brands.update(TECHPRO, name="New")

    shop.run(use)
    assert shop.told.brands == ["techpro"]


def test_an_edit_of_nothing_writes_nothing(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        await brands.update(TECHPRO)
        config = await brands.update_config(TECHPRO, {"brand_id": "x", "version": 9, "unknown": 1})
        assert config.version == 0

    before = shop.file.read_bytes()
    shop.run(use)
    assert shop.file.read_bytes() == before
    assert shop.audit() == []


def test_a_member_of_a_config_is_replaced_whole(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        changes = {"company_info": {"a": [1]}, "settings": {"language": "de", "odd": 1}, "persona_prompt": None}
        config = await brands.update_config(TECHPRO, changes)
        assert config.company_info == {"a": [1]}
        assert config.settings.currency == "USD"
        assert config.settings.language == "de"

    shop.run(use)
    written = shop.read()["configs"][0]
    assert written["settings"] == {"language": "de", "odd": 1}
    assert written["appearance_settings"] == {"color": "#fff"}


def test_a_config_that_cannot_be_served_is_refused(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        with pytest.raises(InvalidInput, match=r"'company_info\.a' is not a finite number"):
            await brands.update_config(TECHPRO, {"company_info": {"a": float("nan")}})

    before = shop.file.read_bytes()
    shop.run(use)
    assert shop.file.read_bytes() == before


def test_integers_beyond_64_bits_survive(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        await brands.update_config(TECHPRO, {"company_info": {"big": 2**70}})
        await brands.update_config(TECHPRO, {"system_prompt": "x"})

    shop.run(use)
    assert shop.read()["configs"][0]["company_info"] == {"big": 2**70}


def test_a_stale_version_is_refused_and_the_current_one_accepted(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        config = await brands.update_config(TECHPRO, {"system_prompt": "a"}, version=0)
        assert config.version == 1
        with pytest.raises(StaleVersion, match="at version 1, not 0"):
            await brands.update_config(TECHPRO, {"system_prompt": "b"}, version=0)
        with pytest.raises(StaleVersion):
            await brands.update(TECHPRO, name="b", version=2)
        await brands.update(TECHPRO, name="c", version=1)
        assert brands.config(TECHPRO).system_prompt == "a"

    shop.run(use)


def test_without_a_version_the_last_write_wins(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        for text in ("a", "b"):
            await brands.update_config(TECHPRO, {"system_prompt": text})
        assert brands.config(TECHPRO).system_prompt == "b"
        assert brands.config(TECHPRO).version == 2

    shop.run(use)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b", "a\nb", "a\x85b", "\ud800"])
def test_a_name_that_cannot_be_used_is_refused(shop: Shop, name: str) -> None:
    async def use(brands: BrandService) -> None:
        with pytest.raises(InvalidInput, match="name must"):
            await brands.create(name)
        with pytest.raises(InvalidInput, match="name must"):
            await brands.update(TECHPRO, name=name)

    shop.run(use)
    assert shop.read() == V2_0


def test_a_description_may_have_lines_but_not_more_than_2000_characters(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        assert (await brands.update(TECHPRO, description="a\nb")).description == "a\nb"
        with pytest.raises(InvalidInput, match="description must have 0 to 2000"):
            await brands.update(TECHPRO, description="x" * 2001)

    shop.run(use)


# --- New brands ---


@pytest.mark.parametrize(
    ("name", "brand_id"),
    [
        ("Test Brand", "test_brand"),
        ("  Crème & Brûlée!  ", "creme_brulee"),
        ("Straße", "strasse"),
        ("株式会社", "brand"),
        ("!!!", "brand"),
        ("Active", "active_2"),
        ("TechPro", "techpro_2"),
        ("x" * 200, "x" * 63),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_an_id_comes_from_the_name(shop: Shop, name: str, brand_id: str) -> None:
    async def use(brands: BrandService) -> None:
        assert (await brands.create(name)).id == brand_id

    shop.run(use)


def test_names_that_give_the_same_id_are_numbered(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        made = await asyncio.gather(*(brands.create("Test Brand") for _ in range(4)))
        assert sorted(brand.id for brand in made) == ["test_brand", "test_brand_2", "test_brand_3", "test_brand_4"]

    shop.run(use)


def test_an_id_that_we_do_not_give_out_is_refused(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        with pytest.raises(InvalidInput, match="A brand's id has"):
            await brands.create("Test", brand_id="active")

    shop.run(use)


def test_an_explicit_id_that_is_taken_is_a_conflict(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        with pytest.raises(AlreadyExists, match=r"^Brand 'stylehub' already exists"):
            await brands.create("Test", brand_id="stylehub")

    shop.run(use)


def test_a_generated_id_never_inherits_a_config_but_an_explicit_one_does(shop: Shop) -> None:
    orphan = {"brand_id": "gone", "welcome_message": "Back again.", "version": 6, "updated_at": "2025-06-11"}
    shop.write({**V2_0, "configs": [orphan]})

    async def use(brands: BrandService) -> None:
        assert (await brands.create("Gone")).id == "gone_2"
        await brands.create("Gone", brand_id="gone")
        assert brands.config(BrandId("gone")).welcome_message == "Back again."
        assert brands.config(BrandId("gone")).version == 7

    shop.run(use)


def test_a_config_that_would_break_the_file_does_not_become_a_new_brands(shop: Shop) -> None:
    shop.write({**V2_0, "configs": [{"brand_id": "gone", "welcome_message": 7}]})

    async def use(brands: BrandService) -> None:
        with pytest.raises(BrandFileBroken, match="brand 'gone', member 'welcome_message'"):
            await brands.create("Gone", brand_id="gone")

    shop.run(use)
    assert shop.audit() == []


# --- Many at once ---


def test_of_20_concurrent_edits_none_is_lost(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        members = ("system_prompt", "welcome_message", "persona_prompt", "company_info", "appearance_settings")
        values: list[Any] = ["s", "w", "p", {"c": 1}, {"a": 1}]
        edits = [(BrandId(f"shop{n}"), dict([pair])) for n in range(4) for pair in zip(members, values, strict=True)]
        for n in range(4):
            await brands.create("Shop", brand_id=f"shop{n}")
        await asyncio.gather(*(brands.update_config(brand_id, change) for brand_id, change in edits))
        for n in range(4):
            config = brands.config(BrandId(f"shop{n}"))
            assert [getattr(config, member) for member in members] == values
            assert config.version == 6

    shop.run(use)
    assert [state for *_, state in shop.audit()] == ["done"] * 24


def test_of_edits_by_two_processes_none_is_lost(shop: Shop) -> None:
    async def whole() -> None:
        async with shop.open() as one, shop.open() as other:
            await asyncio.gather(
                *(one.create(f"One {n}") for n in range(10)),
                *(other.create(f"Other {n}") for n in range(10)),
                *(one.update_config(TECHPRO, {"system_prompt": "one"}) for _ in range(5)),
                *(other.update_config(TECHPRO, {"welcome_message": "other"}) for _ in range(5)),
            )
            expected = {"techpro", "stylehub", *(f"{who}_{n}" for who in ("one", "other") for n in range(10))}
            both = (one, other)
            await until(lambda: all(len(side.list()) == 22 and side.config(TECHPRO).version == 10 for side in both))
            for brands in both:
                assert {brand.id for brand in brands.list()} == expected
                assert brands.config(TECHPRO).system_prompt == "one"
                assert brands.config(TECHPRO).welcome_message == "other"

    asyncio.run(whole())


def test_a_reader_never_sees_a_torn_file(shop: Shop) -> None:
    done = threading.Event()
    torn: list[Exception] = []
    reads = 0

    def read_on() -> None:
        nonlocal reads
        while not done.is_set():
            try:
                assert shop.read()["brands"][1] == V2_0["brands"][1]
            except (OSError, ValueError, AssertionError) as error:
                torn.append(error)
            reads += 1

    async def use(brands: BrandService) -> None:
        reader = threading.Thread(target=read_on)
        reader.start()
        for n in range(50):
            await brands.update_config(TECHPRO, {"system_prompt": "x" * (n * 997 % 5_000)})
        done.set()
        await asyncio.to_thread(reader.join)

    shop.run(use)
    assert torn == []
    assert reads > 50


def test_an_edit_waits_for_another_process_only_so_long(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brand_file, "LOCK_WAIT_S", 0.2)

    async def use(brands: BrandService) -> None:
        with (
            FileLock(f"{shop.file}.lock"),
            pytest.raises(Unavailable, match="Another process is editing the brands"),
        ):
            await brands.update(TECHPRO, name="New")
        await brands.update(TECHPRO, name="New")

    shop.run(use)


def test_the_event_loop_runs_on_while_an_edit_waits(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        lock = FileLock(f"{shop.file}.lock")
        lock.acquire()
        edit = asyncio.create_task(brands.update(TECHPRO, name="New"))
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert brands.get(TECHPRO).name == "TechPro"
        assert not edit.done()
        lock.release()
        assert (await edit).name == "New"

    shop.run(use)


def test_an_edit_whose_caller_goes_away_is_finished(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        edit = asyncio.create_task(brands.update(TECHPRO, name="New"))
        await asyncio.sleep(0)
        edit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await edit

    shop.run(use)
    assert shop.read()["brands"][0]["name"] == "New"
    assert shop.audit() == [("techpro", "brand.update", 1, "done")]


# --- Edits by hand ---


def test_an_edit_by_hand_is_taken_in_and_told(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        content = copy.deepcopy(V2_0)
        content["brands"][1]["is_active"] = True
        shop.write(content)
        await until(lambda: brands.get(STYLEHUB).is_active)
        await until(lambda: shop.told.brands == ["stylehub"])

    shop.run(use)


def test_a_brand_taken_out_by_hand_is_not_there_and_nothing_is_purged(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        shop.write({**V2_0, "brands": V2_0["brands"][:1]})
        await until(lambda: [brand.id for brand in brands.list()] == ["techpro"])

    shop.run(use, [Step("rows", calls)])
    assert calls == []


def test_an_edit_by_hand_is_not_overwritten_even_before_it_was_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brand_file, "POLL_INTERVAL_S", 3600.0)

    async def use(brands: BrandService) -> None:
        content = copy.deepcopy(V2_0)
        content["configs"][0]["welcome_message"] = "By hand."
        shop.write(content)
        config = await brands.update_config(TECHPRO, {"system_prompt": "By us."})
        assert (config.welcome_message, config.system_prompt) == ("By hand.", "By us.")

    shop.run(use)


def test_while_the_file_is_broken_the_last_good_copy_serves_and_edits_are_refused(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        shop.write('{\n "brands": oops')
        await until(lambda: brands.broken)
        assert brands.broken == "brands_config.json, line 2, column 12: Expecting value"
        assert brands.get_active(TECHPRO).name == "TechPro"
        with pytest.raises(BrandFileBroken, match="line 2, column 12: Expecting value"):
            await brands.update(TECHPRO, name="New")
        await asyncio.sleep(0.1)
        assert shop.file.read_text() == '{\n "brands": oops'
        content = copy.deepcopy(V2_0)
        content["brands"][0]["name"] = "Mended"
        shop.write(content)
        await until(lambda: brands.get(TECHPRO).name == "Mended")
        assert brands.broken is None
        await brands.update(TECHPRO, name="New")

    with capture_logs() as logs:
        shop.run(use)
    [broken] = [log for log in logs if log["event"] == "brand_file_broken"]
    assert (broken["file"], broken["line"], broken["reason"]) == (str(shop.file), 2, "Expecting value")
    assert [log["event"] for log in logs][-1] == "brand_file_mended"
    assert shop.audit() == [("techpro", "brand.update", 1, "done")]


def test_a_file_that_vanishes_is_broken_not_empty(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        shop.file.unlink()
        with pytest.raises(BrandFileBroken, match="the file is missing"):
            await brands.update(TECHPRO, name="New")
        assert brands.get(TECHPRO).name == "TechPro"
        assert not shop.file.exists()
        shop.write(V2_0)
        await until(lambda: brands.broken is None)

    shop.run(use)


def test_the_watcher_outlives_whatever_goes_wrong(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(brands: BrandService) -> None:
        def fail(_path: Path) -> None:
            raise OSError("the disk is away")

        with monkeypatch.context() as patched, capture_logs() as logs:
            patched.setattr(brand_file, "_stamp", fail)
            await until(lambda: [log for log in logs if log["event"] == "brand_file_watch_failed"])
        shop.write({"brands": []})
        await until(lambda: brands.list() == [])

    shop.run(use)


# --- What can go wrong in between ---


def test_when_the_file_cannot_be_written_nothing_is_changed(shop: Shop) -> None:
    async def use(brands: BrandService) -> None:
        obstacle = in_the_way_of_writing(shop)
        with pytest.raises(Unavailable, match="could not be written; nothing was changed"):
            await brands.update(TECHPRO, name="New")
        assert brands.get(TECHPRO).name == "TechPro"
        (obstacle / "full").rmdir()
        obstacle.rmdir()
        await brands.update(TECHPRO, name="New")

    with capture_logs():
        shop.run(use)
    assert shop.audit() == [("techpro", "brand.update", 1, "abandoned"), ("techpro", "brand.update", 1, "done")]
    assert shop.told.brands == ["techpro"]


def test_when_the_file_cannot_be_written_a_deletion_does_not_begin(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        in_the_way_of_writing(shop)
        with pytest.raises(Unavailable):
            await brands.delete(TECHPRO)
        assert brands.get(TECHPRO)

    with capture_logs():
        shop.run(use, [Step("rows", calls)])
    assert calls == []
    assert shop.unfinished() == []
    assert shop.audit() == [("techpro", "brand.delete", 1, "abandoned")]


def test_what_a_dead_process_left_open_is_settled_by_the_files_versions(shop: Shop) -> None:
    config = {**V2_0["configs"][0], "version": 4}
    shop.write({**V2_0, "configs": [config]})
    shop.intend(TECHPRO, "brand.update", 4)
    shop.intend(TECHPRO, "brand.configure", 5)
    shop.intend(BrandId("never"), "brand.create", 1)

    async def use(_brands: BrandService) -> None:
        pass

    shop.run(use)
    assert [state for *_, state in shop.audit()] == ["done", "abandoned", "abandoned"]


def test_a_leftover_temporary_file_does_no_harm(shop: Shop) -> None:
    leftover = shop.file.with_name(f"{shop.file.name}.tmp")
    leftover.write_text("half a fi")

    async def use(brands: BrandService) -> None:
        await brands.update(TECHPRO, name="New")

    shop.run(use)
    assert not leftover.exists()
    assert shop.read()["brands"][0]["name"] == "New"


def test_a_symlink_stays_and_its_target_is_edited(shop: Shop) -> None:
    (shop.folder / "elsewhere").mkdir()
    link = shop.folder / "elsewhere" / "link.json"
    link.symlink_to(shop.file)

    async def whole() -> None:
        async with shop.open(file=link) as brands:
            await brands.update(TECHPRO, name="New")
            shop.write({**V2_0, "brands": []})
            await until(lambda: brands.list() == [])

    asyncio.run(whole())
    assert link.is_symlink()
    assert list(link.parent.iterdir()) == [link]


def test_the_files_mode_is_kept(shop: Shop) -> None:
    shop.file.chmod(0o640)

    async def use(brands: BrandService) -> None:
        await brands.update(TECHPRO, name="New")

    shop.run(use)
    assert stat.S_IMODE(shop.file.stat().st_mode) == 0o640


# --- Deleting ---


def test_a_deletion_takes_the_brand_out_then_purges_in_order(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        await brands.delete(TECHPRO)
        with pytest.raises(BrandNotFound):
            brands.get(TECHPRO)
        with pytest.raises(BrandNotFound):
            await brands.delete(TECHPRO)
        assert (await brands.create("Tech Pro", brand_id="techpro")).name == "Tech Pro"
        assert brands.config(TECHPRO).company_info == {}

    shop.run(use, [Step("turns", calls), Step("rows", calls)])
    assert calls == ["turns techpro", "rows techpro"]
    assert shop.told.brands == ["techpro", "techpro"]
    assert shop.unfinished() == []
    assert shop.audit()[0] == ("techpro", "brand.delete", 1, "done")


def test_a_deletion_that_fails_is_resumed_at_the_next_start_and_keeps_its_id_until_then(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        with pytest.raises(Unavailable, match="goes on at the next start"):
            await brands.delete(TECHPRO)
        with pytest.raises(BrandNotFound):
            brands.get(TECHPRO)
        with pytest.raises(AlreadyExists, match="The deletion of brand 'techpro' is not finished"):
            await brands.create("New", brand_id="techpro")
        assert (await brands.create("TechPro")).id == "techpro_2"

    async def use_again(brands: BrandService) -> None:
        assert calls[2:] == ["turns techpro", "rows techpro", "files techpro"]
        await brands.create("New", brand_id="techpro")

    with capture_logs() as logs:
        shop.run(use, [Step("turns", calls), Step("rows", calls, failures=1), Step("files", calls)])
    assert calls == ["turns techpro", "rows techpro"]
    assert [log["step"] for log in logs if log["event"] == "brand_purge_failed"] == ["rows"]
    assert shop.unfinished() == ["techpro"]
    shop.run(use_again, [Step("turns", calls), Step("rows", calls), Step("files", calls)])
    assert shop.unfinished() == []


def test_asking_again_goes_on_with_a_deletion_that_failed(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        with pytest.raises(Unavailable):
            await brands.delete(TECHPRO)
        await brands.delete(TECHPRO)

    with capture_logs():
        shop.run(use, [Step("rows", calls, failures=1)])
    assert calls == ["rows techpro"] * 2
    assert shop.unfinished() == []


def test_a_second_request_does_not_purge_beside_the_first(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        first, second = await asyncio.gather(brands.delete(TECHPRO), brands.delete(TECHPRO), return_exceptions=True)
        assert first is None
        assert isinstance(second, BrandNotFound)

    shop.run(use, [Step("rows", calls)])
    assert calls == ["rows techpro"]


def test_a_deletion_cut_short_before_the_file_was_written_is_finished_at_start(shop: Shop) -> None:
    calls: list[str] = []
    shop.intend(TECHPRO, "brand.delete", 1, tombstone=True)

    async def use(brands: BrandService) -> None:
        assert [brand.id for brand in brands.list()] == ["stylehub"]

    shop.run(use, [Step("rows", calls)])
    assert calls == ["rows techpro"]
    assert [brand["id"] for brand in shop.read()["brands"]] == ["stylehub"]
    assert shop.audit() == [("techpro", "brand.delete", 1, "done")]


def test_a_tool_beside_a_running_server_leaves_its_unfinished_work_alone(shop: Shop) -> None:
    calls: list[str] = []
    shop.intend(TECHPRO, "brand.delete", 1, tombstone=True)

    async def whole() -> None:
        async with shop.open([Step("rows", calls)], resume=False) as brands:
            assert [brand.id for brand in brands.list()] == ["stylehub"]

    asyncio.run(whole())
    assert calls == []
    assert shop.unfinished() == ["techpro"]
    assert shop.audit() == [("techpro", "brand.delete", 1, "intended")]


def test_a_deletion_that_still_fails_at_start_does_not_keep_the_others_from_serving(shop: Shop) -> None:
    calls: list[str] = []
    shop.intend(TECHPRO, "brand.delete", 1, tombstone=True)

    async def use(brands: BrandService) -> None:
        assert [brand.id for brand in brands.list()] == ["stylehub"]

    with capture_logs():
        shop.run(use, [Step("rows", calls, failures=1)])
    assert shop.unfinished() == ["techpro"]


def test_a_deletion_that_cannot_be_resumed_for_the_files_sake_waits_and_stays_hidden(shop: Shop) -> None:
    calls: list[str] = []
    shop.intend(TECHPRO, "brand.delete", 1, tombstone=True)
    in_the_way_of_writing(shop)

    async def use(brands: BrandService) -> None:
        assert [brand.id for brand in brands.list()] == ["stylehub"]

    with capture_logs():
        shop.run(use, [Step("rows", calls)])
    assert calls == []
    assert shop.unfinished() == ["techpro"]
    assert shop.audit() == [("techpro", "brand.delete", 1, "intended")]


def test_a_brand_put_back_by_hand_while_it_is_deleted_is_not_served(shop: Shop) -> None:
    calls: list[str] = []

    async def use(brands: BrandService) -> None:
        with pytest.raises(Unavailable):
            await brands.delete(TECHPRO)
        shop.write(V2_0)
        await until(lambda: shop.told.brands == ["techpro", "techpro"])
        with pytest.raises(BrandNotFound):
            brands.get(TECHPRO)
        assert [brand.id for brand in brands.list()] == ["stylehub"]

    with capture_logs():
        shop.run(use, [Step("rows", calls, failures=1)])
