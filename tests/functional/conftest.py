"""What the functional tests share: a fake model, and servers for tests that leave them as they were."""

from collections.abc import Iterator

import pytest

from tests.functional.server import FakeModel, Server, running_fake, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as `./run.sh` starts it on a fresh machine: no key, the embedded model, the sample brands."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def model_process() -> Iterator[FakeModel]:
    """The fake OpenAI server's process."""
    with running_fake() as running:
        yield running


@pytest.fixture
def model(model_process: FakeModel) -> Iterator[FakeModel]:
    """The fake OpenAI server, as if it had just been started."""
    model_process.forget()
    model_process.behave()
    yield model_process
    model_process.behave()


@pytest.fixture(scope="session")
def openai_server(tmp_path_factory: pytest.TempPathFactory, model_process: FakeModel) -> Iterator[Server]:
    """A server whose replies come from the fake model."""
    folder = tmp_path_factory.mktemp("openai-server")
    with running_server(folder, OPENAI_BASE_URL=model_process.base_url, OPENAI_API_KEY="sk-test") as running:
        yield running
