"""The image as far as it can be tried without an engine: what the Dockerfile copies starts as it says.

A folder stands for the image's file system and a process for the container, with this interpreter's packages.
"""

import ast
import json
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import Settings
from main import DRAIN_GRACE_S, REQUEST_GRACE_S
from tests.functional.server import PATIENCE_S, ROOT, Server, running_server

FILES = ("DATA_DIR", "CHROMA_PERSIST_DIRECTORY", "BRANDS_CONFIG_FILE")

# What an engine does: in the image's folder, with the image's environment and no other, its command.
CONTAINER = "import os, sys; os.chdir(sys.argv[1]); os.execvp('env', ['env', '-i', *sys.argv[2:]])"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, each with what follows it."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if line and not line.startswith("#")).replace("\\\n", "")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in text.splitlines())]


@dataclass(frozen=True, slots=True)
class Image:
    """The Dockerfile's last stage.

    Attributes:
        copies: sources and destination of each COPY from the repository.
        variables: its ENV.
        workdir: where the program starts.
        program: entry point and command.
        healthcheck: the command that tells whether the container is healthy.
    """

    copies: list[tuple[list[str], str]]
    variables: dict[str, str]
    workdir: str
    program: list[str]
    healthcheck: list[str]


def copies_of(every: list[tuple[str, str]]) -> list[tuple[list[str], str]]:
    """Sources and destination of each COPY from the repository."""
    copies = [shlex.split(rest) for name, rest in every if name == "COPY" and not rest.startswith("--from")]
    return [(sources, destination) for *sources, destination in copies]


def read_image() -> Image:
    every = instructions()
    last_stage = every[max(index for index, (name, _) in enumerate(every) if name == "FROM") :]
    value = dict(last_stage)
    return Image(
        copies=copies_of(last_stage),
        variables=dict(part.split("=", 1) for part in shlex.split(value["ENV"])),
        workdir=value["WORKDIR"],
        program=json.loads(value["ENTRYPOINT"]) + json.loads(value["CMD"]),
        healthcheck=json.loads(value["HEALTHCHECK"].partition(" CMD ")[2]),
    )


IMAGE = read_image()


class Container:
    """A folder that stands for the image's file system, with what the Dockerfile copies in it, and a data directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workdir = self.inside(IMAGE.workdir)
        self.brands_file = self.inside(IMAGE.variables["BRANDS_CONFIG_FILE"])
        self.data_dir = self.inside(IMAGE.variables["DATA_DIR"])
        self.data_dir.mkdir()
        for sources, destination in IMAGE.copies:
            target = self.workdir / destination
            target.mkdir(parents=True, exist_ok=True)
            for pattern in sources:
                found = list(ROOT.glob(pattern))
                assert found, f"the Dockerfile copies {pattern}, which is not there"
                for source in found:
                    if source.is_dir():
                        shutil.copytree(
                            source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
                        )
                    else:
                        shutil.copy(source, target)

    def inside(self, path: str) -> Path:
        """Where a path of the image lies."""
        return self.root / path.removeprefix("/")

    def variables(self) -> list[str]:
        """The image's environment, with this interpreter first on its PATH."""
        own = {name: str(self.inside(value)) for name, value in IMAGE.variables.items() if name in FILES}
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        # Loopback, since a test opens no port to others.
        both = IMAGE.variables | own | {"PATH": path, "HOST": "127.0.0.1"}
        return [f"{name}={value}" for name, value in both.items()]

    def command(self, program: list[str], *variables: str) -> list[str]:
        """What Python runs to run this in the container."""
        paths = [str(self.inside(part)) if part.startswith("/") else part for part in program]
        return ["-c", CONTAINER, str(self.workdir), *self.variables(), *variables, *paths]

    def run(self, program: list[str], *variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return subprocess.run(
            [sys.executable, *self.command(program, *variables)],
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            check=False,
        )

    @contextmanager
    def started(self) -> Iterator[Server]:
        """The container running, once it can serve."""
        with running_server(self.root, program=self.command(IMAGE.program, "PORT={port}")) as server:
            yield server

    def files(self) -> set[Path]:
        """All of the working folder, less what the image has compiled beforehand."""
        return {path for path in self.workdir.rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


def compose_service() -> dict[str, Any]:
    (service,) = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert isinstance(service, dict)
    return service


# --- The image ---


def test_the_container_serves_from_what_was_copied_and_keeps_everything_in_its_data_directory(
    container: Container,
) -> None:
    before = container.files()
    with container.started() as server:
        assert container.run(IMAGE.healthcheck, f"PORT={server.port}").returncode == 0
        edited = {"welcome_message": "From the container"}
        server.http.put("/brands/techpro/config", json=edited).raise_for_status()
        with server.chat() as chat:
            assert chat.ask("I need a powerful laptop for video editing under $2,000").suggested_ids
        assert server.stop() == 0
        assert container.run(IMAGE.healthcheck, f"PORT={server.port}").returncode != 0
    assert container.files() == before
    assert (container.data_dir / "chatbot.db").is_file()
    assert edited["welcome_message"] in container.brands_file.read_text(encoding="utf-8")


def test_whatever_the_copied_modules_import_of_ours_is_copied_too(container: Container) -> None:
    imported = {name for path in container.files() if path.suffix == ".py" for name in _imports(path)}
    ours = {path for name in imported for path in _sources(name)}
    assert Path("providers/base.py") in ours
    assert [path for path in sorted(ours) if not (container.workdir / path).is_file()] == []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _sources(module: str) -> list[Path]:
    """The files of a module of ours; none of other modules and of names in a module."""
    stem = Path(*module.split("."))
    return [path for path in (stem.with_suffix(".py"), stem / "__init__.py") if (ROOT / path).is_file()]


def test_everything_that_is_copied_is_handed_to_the_build_and_secrets_are_not() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.removeprefix("**/") for line in lines if line and not line.startswith("#")]
    patterns = [pattern for sources, _ in copies_of(instructions()) for pattern in sources]
    copied = [path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern)]
    assert Path("requirements.txt") in copied
    assert [path for path in copied if any(fnmatch(str(path), pattern) for pattern in ignored)] == []
    assert ".env" in ignored


# --- The first start ---


def test_a_brands_file_that_is_there_is_left_alone(container: Container) -> None:
    entrypoint = [*IMAGE.program[:2], "true"]
    assert container.run(entrypoint).returncode == 0
    assert container.brands_file.read_bytes() == (ROOT / "brands_config.json").read_bytes()
    container.brands_file.write_text("my own", encoding="utf-8")
    assert container.run(entrypoint).returncode == 0
    assert container.brands_file.read_text(encoding="utf-8") == "my own"
    assert list(container.data_dir.iterdir()) == [container.brands_file]


def test_a_data_directory_that_cannot_be_used_stops_the_start_with_a_sentence(container: Container) -> None:
    container.data_dir.rmdir()
    ended = container.run(IMAGE.program)
    assert ended.returncode == 1
    assert f"{container.data_dir} must be a directory" in ended.stderr
    assert "chown" in ended.stderr


# --- compose.yaml ---


def test_compose_mounts_the_directory_that_holds_everything_the_server_keeps() -> None:
    (volume,) = compose_service()["volumes"]
    source, target = volume.split(":")
    assert source.startswith("./")
    assert not Path(source).suffix  # a directory: an edit cannot rename over a mounted file
    for name in FILES:
        assert Path(IMAGE.variables[name]).is_relative_to(target)


def test_compose_and_the_image_agree_on_their_settings() -> None:
    environment = compose_service()["environment"]
    assert {name.lower() for name in environment} <= Settings.model_fields.keys()
    assert environment.pop("ADMIN_API_KEY").startswith("${ADMIN_API_KEY:?")  # it does not start without one
    assert environment == {name: IMAGE.variables[name] for name in environment}
    assert environment.keys() >= {"HOST", "PORT", *FILES}


def test_compose_publishes_the_servers_port_on_this_machine_only() -> None:
    (port,) = compose_service()["ports"]
    assert port.startswith("127.0.0.1:")
    assert port.endswith(f":{IMAGE.variables['PORT']}")


def test_compose_gives_the_server_the_time_that_it_takes_to_end() -> None:
    grace = compose_service()["stop_grace_period"]
    assert grace.endswith("s")
    assert float(grace.removesuffix("s")) > DRAIN_GRACE_S + REQUEST_GRACE_S
    assert ("STOPSIGNAL", signal.SIGTERM.name) in instructions()
