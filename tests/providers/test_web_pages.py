"""WebPages against real servers on loopback; where the guard is on, the last step of a connection is led there."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import aiohttp.connector
import pytest
from aiohttp import web
from hypothesis import example, given, settings
from hypothesis import strategies as st

from errors import InvalidInput
from providers import web_pages
from providers.web_addresses import is_public
from providers.web_pages import MAX_SITEMAPS, USER_AGENT, FetchedPage, Patience, WebPages, is_sitemap

PUBLIC = "93.184.215.14"
PRIVATE = "leads into a private network"
HTML = {"Content-Type": "text/html; charset=utf-8"}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


# --- Harness ---


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


@asynccontextmanager
async def site(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int, None]:
    """A site on loopback that answers every path; gives its port."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def page(body: str | bytes = "<p>Hello</p>", status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        return web.Response(body=content, status=status, headers=HTML | given)

    return answer


def by_path(answers: dict[str, Answer]) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await answers.get(request.path, page(status=404))(request)

    return answer


def moved(to: str, status: int = 302) -> Answer:
    return page("", status, Location=to)


class Names:
    """A resolver that answers with what it is told, one list for each question, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def lead_to(monkeypatch: pytest.MonkeyPatch, port: int) -> list[tuple[str, int]]:
    """Let connections that this loop opens, wherever to, end at a port of loopback; gives what was asked for."""
    loop = asyncio.get_running_loop()
    connect, wanted = loop.sock_connect, []

    async def connected(sock: socket.socket, address: Any) -> None:
        wanted.append(address[:2])
        await connect(sock, ("127.0.0.1", port))

    monkeypatch.setattr(loop, "sock_connect", connected)
    return wanted


async def fetched(answer: Answer, path: str = "/", **options: Any) -> FetchedPage:
    async with site(answer) as port:
        return await WebPages(allow_private=True).fetch(f"http://127.0.0.1:{port}{path}", **options)


async def refused(pages: WebPages, url: str, **options: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        await pages.fetch(url, **options)
    return caught.value.message


async def refused_of(answer: Answer, path: str = "/", **options: Any) -> str:
    async with site(answer) as port:
        return await refused(WebPages(allow_private=True), f"http://127.0.0.1:{port}{path}", **options)


async def nobody(host: str, _: int) -> Sequence[str]:
    pytest.fail(f"{host} was looked up")


# --- Which addresses are public ---

EMBEDDING: list[Callable[[int], int]] = [
    lambda v4: v4,  # compatible
    lambda v4: (0xFFFF << 32) | v4,  # mapped
    lambda v4: (0xFFFF << 48) | v4,  # translated (RFC 2765)
    lambda v4: (0x0064_FF9B << 96) | v4,  # NAT64
    lambda v4: (0x0064_FF9B_0001 << 80) | v4,  # NAT64 of one's own
    lambda v4: (0x2002 << 112) | (v4 << 80) | 1,  # 6to4
    lambda v4: (0x2001 << 112) | (v4 << 64) | (v4 ^ 0xFFFFFFFF),  # Teredo
    lambda v4: (0x2606_4700 << 96) | (0x5EFE << 32) | v4,  # ISATAP
    lambda v4: (0x2606_4700 << 96) | (0x0200_5EFE << 32) | v4,
]


@given(st.ip_addresses())
@example(ip_address("224.0.0.1"))
@example(ip_address("ff0e::1"))
@example(ip_address("fec0::1"))
def test_only_addresses_that_are_global_are_public(address: IPv4Address | IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        other = (address.is_private, address.is_loopback, address.is_link_local, address.is_multicast)
        assert not any((*other, address.is_reserved, address.is_unspecified))
    if isinstance(address, IPv6Address) and is_public(address):
        assert not any((address.ipv4_mapped, address.sixtofour, address.teredo))


@given(st.ip_addresses(v=4), st.sampled_from(EMBEDDING))
def test_an_address_that_embeds_another_is_never_public(inner: IPv4Address, embed: Callable[[int], int]) -> None:
    assert not is_public(IPv6Address(embed(int(inner))))


@pytest.mark.parametrize("text", [PUBLIC, "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_addresses_of_the_open_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))


NOT_PUBLIC = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254"),  # noqa: S104 - refused
    *("168.63.129.16", "172.16.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1"),
    *(
        "fc00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_to_no_public_address_is_refused(address: str) -> None:
    message = asyncio.run(refused(WebPages(resolve=Names([address])), "http://shop.example/"))
    assert message == "This address leads into a private network and is not fetched."


@pytest.mark.parametrize("address", [one for one in NOT_PUBLIC if "%" not in one])
def test_an_address_that_is_not_public_is_refused_when_it_is_written_out(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert PRIVATE in asyncio.run(refused(WebPages(resolve=nobody), f"http://{host}/"))


@pytest.mark.parametrize("order", [(PUBLIC, "10.0.0.1"), ("10.0.0.1", PUBLIC), (PUBLIC, "::1")])
def test_one_private_address_among_public_ones_is_enough_to_refuse(order: Sequence[str]) -> None:
    assert PRIVATE in asyncio.run(refused(WebPages(resolve=Names(order)), "https://shop.example/"))


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "fe80::1"])  # noqa: S104 - refused
def test_metadata_stays_refused_where_private_networks_are_allowed(address: str) -> None:
    pages = WebPages(allow_private=True, resolve=Names([address]))
    assert PRIVATE in asyncio.run(refused(pages, "http://shop.example/"))


def test_localhost_is_refused_by_what_the_system_resolves_it_to() -> None:
    assert PRIVATE in asyncio.run(refused(WebPages(), "http://localhost:8000/"))


# --- Addresses as they are written ---


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "017700000001", "127.0.0.01"),
        *("1.2.3", "0x7f.0x0.0x0.0x1", "127.0.0.0x1", "8.8.8.8.8", "256.1.1.1", "[::1%25lo]", "[fe80::1%251]", "0x"),
        *("%31%32%37.0.0.1", "shop%00.example", "shop..example", ".", "a" * 64 + ".example", "a." * 130 + "example"),
    ],
)
def test_a_host_that_systems_read_in_different_ways_is_no_address(host: str) -> None:
    assert "no address of a page" in asyncio.run(refused(WebPages(resolve=nobody), f"http://{host}/"))


@pytest.mark.parametrize(
    "host",
    # 127.0.0.1 in full-width digits, in circled ones, with ideographic stops, with a trailing dot
    [
        "\uff11\uff12\uff17.0.0.1",
        "\u2460\u2461\u2466.0.0.1",
        "127\u30020\u30020\u30021",
        "127.0.0.1.",
        "[::FFFF:7f00:1]",
    ],
)
def test_a_private_address_in_disguise_is_refused(host: str) -> None:
    assert PRIVATE in asyncio.run(refused(WebPages(resolve=nobody), f"http://{host}/"))


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "shop.example/faq", "//shop.example/", "/faq", "ftp://shop.example/", "file:///etc/passwd"),
        *("gopher://shop.example/", "javascript:alert(1)", "data:text/html,x", "http://", "http:///x", "http://[::1"),
        *("http://shop.example:99999/", "http://shop.example:x/", "http://shop.example\\@10.0.0.1/", "http://a b/"),
        *(
            "http://shop.example/\r\nX: y",
            "http://sh\top.example/",
            "http://shop.example/\x00",
            "http://\ud800.example/",
        ),
        *("http://shop.example/\u200b", "http://xn--zz/", "https://shop.example/" + "a" * 2048),
    ],
)
def test_what_is_no_address_of_a_page_is_refused_before_it_is_looked_up(url: str) -> None:
    assert "no address of a page" in asyncio.run(refused(WebPages(resolve=nobody), url))


@pytest.mark.parametrize("userinfo", ["user", "user:password", ":password", "shop.example:80"])
def test_credentials_in_an_address_are_refused(userinfo: str) -> None:
    message = asyncio.run(refused(WebPages(resolve=nobody), f"http://{userinfo}@shop.example/"))
    assert "user name or a password" in message


@pytest.mark.parametrize("port", [0, 1, 21, 22, 25, 81, 444, 1023])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert "ports 80, 443" in asyncio.run(refused(WebPages(resolve=nobody), f"http://shop.example:{port}/"))


@given(st.text())
def test_any_text_is_refused_with_a_sentence_or_looked_up(text: str) -> None:
    async def gone(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "library words")

    for url in (text, f"http://{text}/", f"http://shop.example{text}"):
        message = asyncio.run(refused(WebPages(resolve=gone), url))
        assert message.endswith(".")
        assert "library words" not in message


# --- Connecting to what was checked ---


def test_the_address_that_was_checked_is_connected_to_and_the_name_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        heard.append(request)
        return await page("<p>Hello</p>")(request)

    async def test() -> None:
        async with site(answer) as port:
            wanted = lead_to(monkeypatch, port)
            names = Names([PUBLIC], ["127.0.0.1"])  # as one who rebinds the name would answer
            found = await WebPages(resolve=names).fetch("http://Shop.Example./delivery?to=se#fees")
            assert wanted == [(PUBLIC, 80)]
            assert names.asked == ["shop.example"]
            assert heard[0].headers["Host"] == "shop.example"
            assert heard[0].path_qs == "/delivery?to=se"
            assert found.url == "http://shop.example/delivery?to=se"
            assert found.content == b"<p>Hello</p>"

    run(test())


def test_a_public_address_that_is_written_out_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with site(page()) as port:
            wanted = lead_to(monkeypatch, port)
            await WebPages(resolve=nobody).fetch(f"http://{PUBLIC}:8080/")
            assert wanted == [(PUBLIC, 8080)]

    run(test())


def test_a_name_that_is_rebound_before_a_redirect_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with site(moved("/next")) as port:
            wanted = lead_to(monkeypatch, port)
            names = Names([PUBLIC], ["127.0.0.1"])
            assert PRIVATE in await refused(WebPages(resolve=names), "http://shop.example/")
            assert names.asked == ["shop.example"] * 2
            assert len(wanted) == 1

    run(test())


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1/", "http://10.0.0.1:8080/", "http://169.254.169.254/latest/meta-data/", "//[::1]/"),
        *("http://[::ffff:10.0.0.1]/", "http://[fd00:ec2::254]/"),
    ],
)
def test_a_redirect_into_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch, location: str) -> None:
    async def test() -> None:
        async with site(moved(location)) as port:
            wanted = lead_to(monkeypatch, port)
            message = await refused(WebPages(resolve=Names([PUBLIC])), "http://shop.example/")
            assert message == "This address leads into a private network and is not fetched."
            assert wanted == [(PUBLIC, 80)]

    run(test())


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http://2130706433/",
        "http://a:b@shop.example/",
        "http://shop.example:25/",
        "http://[",
        ":",
    ],
)
def test_a_redirect_is_checked_like_an_address(location: str) -> None:
    assert asyncio.run(refused_of(moved(location)))


def certified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's TLS for the name shop.example, by an authority that clients trust for the length of a test."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl command to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    making = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=shop.example -addext subjectAltName=DNS:shop.example"
    subprocess.run([openssl, *making.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    return server


def test_no_socket_is_opened_for_what_was_not_checked() -> None:
    pinned = web_pages._Pinned([PUBLIC])
    with pytest.raises(PermissionError):
        pinned.open_socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80)))


def test_tls_asks_for_the_name_at_the_checked_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str | None] = []
    tls = certified(tmp_path, monkeypatch)
    tls.sni_callback = lambda _, name, __: named.append(name)

    async def test() -> None:
        async with site(page("<p>Hello</p>"), tls) as port:
            wanted = lead_to(monkeypatch, port)
            found = await WebPages(resolve=Names([PUBLIC])).fetch("https://shop.example/")
            assert found.content == b"<p>Hello</p>"
            assert wanted == [(PUBLIC, 443)]
            assert named == ["shop.example"]

    run(test())


def test_a_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with site(page(), certified(tmp_path, monkeypatch)) as port:
            lead_to(monkeypatch, port)
            message = await refused(WebPages(resolve=Names([PUBLIC])), "https://other.example/")
            assert message.startswith("other.example cannot prove that it is other.example")
            assert PUBLIC not in message

    run(test())


def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with site(moved("http://shop.example/login"), certified(tmp_path, monkeypatch)) as port:
            wanted = lead_to(monkeypatch, port)
            message = await refused(WebPages(resolve=Names([PUBLIC])), "https://shop.example/")
            assert message.startswith("shop.example leads on from https to http")
            assert len(wanted) == 1

    run(test())


# --- Redirects ---


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    found = asyncio.run(fetched(by_path({"/old": moved("new?a=1", status), "/new": page("<p>New</p>")}), "/old"))
    assert found.url.endswith("/new?a=1")
    assert found.content == b"<p>New</p>"


def test_five_redirects_are_followed_and_six_are_not() -> None:
    answers = {f"/{number}": moved(f"/{number + 1}") for number in range(1, 7)} | {"/7": page("<p>End</p>")}
    assert asyncio.run(fetched(by_path(answers), "/2")).content == b"<p>End</p>"
    assert "page to page" in asyncio.run(refused_of(by_path(answers), "/1"))


# --- Sizes, types, encodings, times ---


def test_a_page_comes_with_its_type_and_charset() -> None:
    found = asyncio.run(fetched(page("Grüße".encode("cp1252"), Content_Type="Text/HTML; charset=Windows-1252")))
    assert (found.content_type, found.charset) == ("text/html", "cp1252")
    assert found.content.decode(found.charset or "") == "Grüße"


@pytest.mark.parametrize(
    "charset", ["", "nonsense", "zip", "idna", "punycode", "unicode-escape", "UTF7", "../x", "undefined"]
)
def test_a_charset_that_no_page_is_written_in_is_none(charset: str) -> None:
    assert asyncio.run(fetched(page(Content_Type=f"text/html; charset={charset}"))).charset is None


def test_requests_say_who_asks_and_carry_no_cookies_from_before() -> None:
    heard: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        heard.append(request)
        return await (page() if request.path == "/in" else page("", 302, Location="/in", Set_Cookie="a=b"))(request)

    asyncio.run(fetched(answer))
    assert [one.headers["User-Agent"] for one in heard] == [USER_AGENT] * 2
    assert not any("Cookie" in one.headers or "Referer" in one.headers for one in heard)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    assert asyncio.run(fetched(page())).content


@pytest.mark.parametrize(
    "content_type", ["image/png", "application/octet-stream", "application/json", "video/mp4", "x"]
)
def test_what_is_no_page_is_refused_by_its_type(content_type: str) -> None:
    assert "no page, text or PDF" in asyncio.run(refused_of(page(Content_Type=content_type)))


def test_the_caller_says_which_types_are_wanted() -> None:
    assert "no page" in asyncio.run(refused_of(page(), accept=("application/pdf",)))


def test_a_page_may_be_exactly_as_large_as_allowed() -> None:
    assert len(asyncio.run(fetched(page(b"a" * 100), max_bytes=100)).content) == 100
    assert "more than 100 bytes" in asyncio.run(refused_of(page(b"a" * 101), max_bytes=100))


def test_a_page_without_a_length_is_cut_off_where_it_becomes_too_large() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers=HTML)
        await response.prepare(request)
        while sent < 1_000_000_000:
            await response.write(b"a" * 65536)
            sent += 65536
        return response

    assert "more than 100,000 bytes" in asyncio.run(refused_of(answer, max_bytes=100_000))
    assert sent < 100_000_000


def test_a_page_that_comes_compressed_all_the_same_is_inflated() -> None:
    assert (
        asyncio.run(fetched(page(gzip.compress(b"<p>Hello</p>"), Content_Encoding="gzip"))).content == b"<p>Hello</p>"
    )


def test_a_bomb_is_not_inflated_further_than_allowed() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        message = asyncio.run(refused_of(page(bomb, Content_Encoding="gzip"), max_bytes=100_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "more than 100,000 bytes" in message
    assert peak < 10_000_000


@pytest.mark.parametrize(
    "content",
    [b"no gzip", b"", gzip.compress(b"ab")[:-9], gzip.compress(b"a") + b"more"],
    ids=["no gzip", "empty", "cut off", "more behind it"],  # a gzip's bytes hold the time
)
def test_damaged_compression_is_refused(content: bytes) -> None:
    assert "damaged" in asyncio.run(refused_of(page(content, Content_Encoding="gzip")))


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "compress"])
def test_compression_that_was_not_asked_for_is_refused(encoding: str) -> None:
    assert "not asked for" in asyncio.run(refused_of(page(b"x", Content_Encoding=encoding)))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        *((404, "no such page"), (410, "no such page"), (401, "strangers"), (403, "strangers"), (429, "busy")),
        *((503, "busy"), (204, "status 204"), (304, "status 304"), (302, "status 302"), (418, "status 418")),
    ],
)
def test_a_status_that_is_no_page_is_told(status: int, words: str) -> None:
    assert words in asyncio.run(refused_of(page("", status)))


def test_a_site_that_does_not_answer_is_given_up() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    async def test() -> None:
        async with site(answer) as port:
            for patience in (Patience(total_s=0.2), Patience(read_s=0.2)):
                pages = WebPages(allow_private=True, resolve=Names(["127.0.0.1"]), patience=patience)
                message = await refused(pages, f"http://shop.example:{port}/")
                within = "within 0.2 seconds" if patience.total_s < 1 else "in time"
                assert message == f"shop.example did not answer {within}; try again or upload the page as a file."

    run(test())


def test_a_site_that_trickles_is_given_up() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=HTML)
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"a")
            await asyncio.sleep(0.02)
        return response

    async def test() -> None:
        async with site(answer) as port:
            pages = WebPages(allow_private=True, patience=Patience(total_s=0.3, read_s=5))
            assert "did not answer within 0.3 seconds" in await refused(pages, f"http://127.0.0.1:{port}/")

    run(test())


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nab"]
)
def test_an_answer_that_breaks_off_is_told_in_our_words(answer: bytes) -> None:
    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def test() -> None:
        server = await asyncio.start_server(broken, "127.0.0.1", 0)
        async with server:
            pages = WebPages(allow_private=True)
            message = await refused(pages, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            assert message == "127.0.0.1 broke off its answer; try again or upload the page as a file."

    run(test())


@given(
    st.binary(max_size=60),
    st.sampled_from([b"Location", b"Content-Type", b"Content-Encoding", b"Content-Length", b"X"]),
)
@example(b"\r\nSet-Cookie: \xff=\xff", b"X")
def test_any_answer_is_a_page_or_a_sentence(value: bytes, header: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        status = b"302" if header == b"Location" else b"200"
        writer.write(b"HTTP/1.1 " + status + b" OK\r\n" + header + b": " + value + b"\r\n\r\n" + value)
        writer.close()

    async def test() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            pages = WebPages(allow_private=True, resolve=Names(["10.0.0.1", "8.8.8.8", "169.254.1.1"]))
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            with suppress(InvalidInput):
                await pages.fetch(url)

    run(test())


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1)))
def test_any_path_is_fetched_or_refused_with_a_sentence(texts: list[str]) -> None:
    async def test() -> None:
        async with site(page()) as port:
            for text in texts:
                for url in (f"http://127.0.0.1:{port}/{text}", f"http://xn--{text}.example:{port}/?{text}"):
                    with suppress(InvalidInput):
                        await WebPages(allow_private=True, resolve=Names(["127.0.0.1"])).fetch(url)

    run(test())


def test_a_port_that_nobody_listens_at_is_told_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pages = WebPages(allow_private=True, resolve=Names(["127.0.0.1"]))
    message = asyncio.run(refused(pages, f"http://shop.example:{port}/"))
    assert message == "shop.example takes no connection; check the address, or upload the page as a file."


@pytest.mark.parametrize(("errno", "words"), [(socket.EAI_NONAME, "not the name of a site"), (socket.EAI_AGAIN, "now")])
def test_a_name_that_cannot_be_looked_up_is_told(errno: int, words: str) -> None:
    async def gone(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(errno, "library words")

    message = asyncio.run(refused(WebPages(resolve=gone), "https://shop.example/"))
    assert words in message
    assert "library" not in message


def test_a_name_without_an_address_is_told() -> None:
    message = asyncio.run(refused(WebPages(resolve=Names([])), "https://shop.example/"))
    assert message == "shop.example is not the name of a site; check the address."


# --- Sitemaps ---

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(*urls: str) -> str:
    named = "".join(f"<url><loc> {url} </loc><priority>0.5</priority></url>\n" for url in urls)
    return f'\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACE}>{named}</urlset>'


def index(*urls: str) -> str:
    named = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{named}</sitemapindex>"


def xml(body: str | bytes, content_type: str = "application/xml") -> Answer:
    return page(body, Content_Type=content_type)


def at(content: str | bytes, url: str = "https://shop.example/sitemap.xml") -> FetchedPage:
    return FetchedPage(url, "text/xml", None, content.encode() if isinstance(content, str) else content)


def urls_of(content: str | bytes, limit: int = 10) -> list[str]:
    return asyncio.run(WebPages(resolve=nobody).sitemap_urls(at(content), limit=limit))


def unread(content: str | bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        urls_of(content)
    return caught.value.message


def test_a_sitemap_is_known_by_its_root() -> None:
    assert is_sitemap(at(sitemap("https://shop.example/")))
    assert is_sitemap(at(index("https://shop.example/a.xml")))
    assert is_sitemap(at(f"<!-- <html> --><s:urlset {NAMESPACE.replace('xmlns', 'xmlns:s')}/>"))
    assert is_sitemap(at(sitemap("https://shop.example/")[1:].replace("UTF-8", "UTF-16").encode("utf-16")))


@pytest.mark.parametrize(
    "content",
    [
        *("", "<", "%PDF-1.7", "<html><urlset/></html>", "<!DOCTYPE html><html><body>&nbsp;<urlset>", "# urlset"),
        *("<?xml version='1.0' encoding='nonsense'?><urlset/>", "<urlsets/>", "<rss/>"),
    ],
)
def test_other_pages_are_no_sitemaps(content: str) -> None:
    assert not is_sitemap(at(content))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sitemap_or_not(content: bytes) -> None:
    assert is_sitemap(at(content)) in {True, False}


def test_the_addresses_of_a_sitemap_come_in_order_once_each_up_to_the_limit() -> None:
    content = sitemap(*(f"https://shop.example/{name}" for name in ("b", "a", "b", "c?x=1&amp;y=2", "d#part", "d")))
    expected = [f"https://shop.example/{name}" for name in ("b", "a", "c?x=1&y=2", "d")]
    assert urls_of(content) == expected
    assert urls_of(content, limit=2) == expected[:2]


def test_addresses_of_other_hosts_and_other_ports_are_left_out() -> None:
    taken = ["https://shop.example/1", "https://www.shop.example/2", "http://shop.example/3"]
    left_out = ["https://other.example/", "https://shop.example.evil.example/", "https://shop.example@evil.example/"]
    left_out += [
        "https://shop.example:6379/",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "ftp://shop.example/",
        "http://[",
    ]
    left_out += ["https://shop.example/" + "a" * 3000]
    assert urls_of(sitemap(*left_out, *taken)) == taken


def test_addresses_of_images_are_not_pages() -> None:
    image = "<image:image><image:loc>https://shop.example/a.jpg</image:loc></image:image>"
    content = sitemap("https://shop.example/a").replace("<urlset ", '<urlset xmlns:image="http://image.example/" ')
    assert urls_of(content.replace("</url>", f"{image}</url>")) == ["https://shop.example/a"]


def test_a_sitemap_without_a_page_of_its_host_says_so() -> None:
    assert (
        unread(sitemap("https://other.example/"))
        == "This sitemap names no page of shop.example; give the address of a page."
    )


BOMB = '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>https://shop.example/&b;</loc></url></urlset>'
EXTERNAL = '<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>'
REMOTE = '<!DOCTYPE urlset SYSTEM "http://evil.example/a.dtd"><urlset/>'


@pytest.mark.parametrize("content", [BOMB, EXTERNAL, REMOTE])
def test_entities_and_document_types_are_refused(content: str) -> None:
    assert is_sitemap(at(content))
    assert "document type" in unread(content)


@pytest.mark.parametrize(
    "content",
    [
        *("", "<urlset>", "<urlset><url></urlset>", "<urlset/><urlset/>", "<urlset>\x00</urlset>", b"\xff\xfe<\0"),
        *("<?xml version='1.0' encoding='nonsense'?><urlset/>", sitemap("https://shop.example/&nbsp;")),
        "<a>" * 1_000_000,
    ],
)
def test_a_sitemap_that_is_damaged_is_refused(content: str | bytes) -> None:
    assert "damaged or too large" in unread(content)


def test_a_sitemap_that_is_nested_like_none_is_refused() -> None:
    assert "damaged or too large" in unread(f"<urlset>{'<a>' * 100}{'</a>' * 100}</urlset>")


def test_a_sitemap_of_more_than_its_protocol_allows_is_refused() -> None:
    assert "damaged or too large" in unread(f"<urlset>{'<url><loc/></url>' * 60_000}</urlset>")


@pytest.mark.parametrize("content", ["<urlset {}/>", "<urlset a='{}'/>", "<urlset><!--{}--></urlset>", "<{}/>"])
def test_a_tag_that_does_not_end_is_given_up(content: str) -> None:
    endless = "".join(f" a{number}=''" for number in range(100_000))
    assert "damaged or too large" in unread(content.format(endless if content == "<urlset {}/>" else "a" * 1_000_000))


def test_a_large_sitemap_is_read_to_its_end() -> None:
    urls = [f"https://shop.example/a-product-with-a-name-of-some-length/{number}" for number in range(50_000)]
    assert urls_of(sitemap(*urls), limit=50_000) == urls


def test_an_index_leads_to_the_pages_of_its_sitemaps() -> None:
    async def test() -> None:
        answers: dict[str, Answer] = {}
        async with site(by_path(answers)) as port:
            home = f"http://127.0.0.1:{port}"
            answers["/sitemap.xml"] = xml(index(f"{home}/a.xml", "http://evil.example/c.xml", f"{home}/b.xml.gz"))
            answers["/a.xml"] = xml(sitemap(f"{home}/1", f"{home}/2"), "text/xml")
            packed = gzip.compress(sitemap(f"{home}/2", f"{home}/3", "http://evil.example/").encode())
            answers["/b.xml.gz"] = xml(packed, "application/octet-stream")
            pages = WebPages(allow_private=True)
            found = await pages.fetch(f"{home}/sitemap.xml")
            assert is_sitemap(found)
            assert await pages.sitemap_urls(found, limit=10) == [f"{home}/1", f"{home}/2", f"{home}/3"]
            assert await pages.sitemap_urls(found, limit=1) == [f"{home}/1"]

    run(test())


def test_a_sitemap_of_an_index_that_names_no_page_does_not_end_the_search() -> None:
    async def test() -> None:
        answers: dict[str, Answer] = {}
        async with site(by_path(answers)) as port:
            home = f"http://127.0.0.1:{port}"
            answers |= {"/a.xml": xml(sitemap("http://evil.example/")), "/b.xml": xml(sitemap(f"{home}/1"))}
            asked = at(index(f"{home}/a.xml", f"{home}/b.xml"), f"{home}/sitemap.xml")
            assert await WebPages(allow_private=True).sitemap_urls(asked, limit=1) == [f"{home}/1"]

    run(test())


@pytest.mark.parametrize("content_type", ["application/gzip", "application/x-gzip", "application/octet-stream"])
def test_a_packed_sitemap_is_fetched_as_xml(content_type: str) -> None:
    packed = gzip.compress(sitemap("https://shop.example/").encode())
    found = asyncio.run(fetched(xml(packed, content_type), "/sitemap.xml.gz"))
    assert is_sitemap(found)
    assert found.content_type == "application/xml"


def test_a_packed_sitemap_that_is_a_bomb_is_refused() -> None:
    packed = gzip.compress(b"<urlset>" + b" " * 20_000_000)
    assert "more than" in asyncio.run(refused_of(xml(packed, "application/gzip"), "/sitemap.xml.gz"))


async def unread_index(answers: dict[str, Callable[[str], str]]) -> str:
    """What is told of /sitemap.xml; each answer is made from the address of the site."""
    served: dict[str, Answer] = {}
    async with site(by_path(served)) as port:
        home = f"http://127.0.0.1:{port}"
        served.update({path: xml(made(home)) for path, made in answers.items()})
        pages = WebPages(allow_private=True)
        found = await pages.fetch(f"{home}/sitemap.xml")
        with pytest.raises(InvalidInput) as caught:
            await pages.sitemap_urls(found, limit=10_000)
        return caught.value.message


def test_an_index_of_indexes_is_not_followed() -> None:
    message = asyncio.run(unread_index({"/sitemap.xml": lambda home: index(f"{home}/sitemap.xml")}))
    assert "name others again" in message


def test_an_index_of_what_is_no_sitemap_is_refused() -> None:
    answers: dict[str, Callable[[str], str]] = {"/a.xml": lambda _: "<rss/>"}
    answers["/sitemap.xml"] = lambda home: index(f"{home}/a.xml")
    assert "This is no sitemap" in asyncio.run(unread_index(answers))


def test_an_index_of_too_many_sitemaps_is_refused() -> None:
    answers: dict[str, Callable[[str], str]] = {
        f"/{number}.xml": lambda home: sitemap(f"{home}/page") for number in range(MAX_SITEMAPS)
    }
    answers["/sitemap.xml"] = lambda home: index(*(f"{home}/{number}.xml" for number in range(MAX_SITEMAPS + 1)))
    assert f"more than {MAX_SITEMAPS} others" in asyncio.run(unread_index(answers))


def test_a_sitemap_of_an_index_that_is_missing_is_told() -> None:
    message = asyncio.run(unread_index({"/sitemap.xml": lambda home: index(f"{home}/gone.xml")}))
    assert message.endswith("/gone.xml, which this sitemap names: 127.0.0.1 has no such page; check the address.")
