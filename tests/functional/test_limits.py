"""Time-outs, caps and failures of a socket, on a real server whose constants are made small for the purpose."""

from pathlib import Path

from tests.functional.server import ROOT, running_server


def program(*changes: str) -> tuple[str, str]:
    """What Python runs: the server, with some constants replaced."""
    lines = [
        "import sys",
        f"sys.path.insert(0, {str(ROOT)!r})",
        *changes,
        "import main",
        "raise SystemExit(main.main())",
    ]
    return "-c", "\n".join(lines)


def test_a_socket_without_frames_is_closed_as_idle(tmp_path: Path) -> None:
    small = program("import routes.chat_socket", "routes.chat_socket.IDLE_TIMEOUT_S = 0.3")
    with running_server(tmp_path, program=small) as server, server.chat() as chat:
        assert chat.read_to_close() == ([], 1001)


def test_a_socket_over_the_cap_is_told_and_closed_and_its_place_is_free_again(tmp_path: Path) -> None:
    small = program("import routes.connections", "routes.connections.SOCKETS_PER_BRAND = 1")
    with running_server(tmp_path, program=small) as server:
        with server.chat(), server.open_chat() as refused:
            error = refused.expect("error")
            assert error["code"] == "over_capacity"
            assert error["retry_after"]
            assert refused.read_to_close() == ([], 1013)
        with server.chat() as chat:
            assert chat.ask("hello").complete["finish_reason"] == "stop"


def test_rate_limit_off_lifts_the_caps(tmp_path: Path) -> None:
    small = program("import routes.connections", "routes.connections.SOCKETS_PER_BRAND = 1")
    with running_server(tmp_path, program=small, RATE_LIMIT="off") as server, server.chat(), server.chat() as second:
        assert second.ask("hello").complete["finish_reason"] == "stop"


def test_a_failure_of_ours_is_told_without_its_words_and_closes_with_1011(tmp_path: Path) -> None:
    broken = program(
        "import conversation_service",
        "def fail(*_): raise ValueError('disk on fire at /dev/sda')",
        "conversation_service.rows.add_message = fail",
    )
    with running_server(tmp_path, program=broken) as server, server.chat() as chat:
        server.may_fail = True
        chat.send("chat", message="hello")
        error = chat.expect("error")
        assert error["code"] == "internal_error"
        assert "sda" not in error["message"]
        assert chat.read_to_close() == ([], 1011)
