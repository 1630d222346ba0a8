"""What only the real webhook has to withstand: bad addresses, hostile answers, certificates, and its own secrets."""

import logging
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside.notify import Notice, TryLater
from sentinel.outside.webhook import WebhookSender

NOTICE = Notice("k", "s", "t")
SECRET = "T0P-SECRET"


@contextmanager
def other_side(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port on the loopback whose one caller is dealt with by `talk`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            try:
                line, _ = server.accept()
                with line:
                    line.settimeout(5)
                    talk(line)
            except OSError:
                return  # the sender hung up, which is what most of these tests want of it

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.fixture
def names(monkeypatch) -> dict[str, str]:
    """What name servers say, as far as these tests want them to lie."""
    known: dict[str, str] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *rest, **named):
        if host in known:
            return [entry for ip in known[host].split() for entry in real(ip, port, *rest, **named)]
        if host.endswith((".example", ".invalid")):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real(host, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@pytest.mark.parametrize("url, reason", [
    (f"http://chat.example/{SECRET}", "not encrypted"),
    (f"ftp://chat.example/{SECRET}", "not one of the web"),
    (f"file:///{SECRET}", "not one of the web"),
    (f"{SECRET}", "not one of the web"),
    (f"https:///{SECRET}", "not one of the web"),
    (f"https://chat.example:0/{SECRET}", "not one of the web"),
    (f"https://chat.example:99999/{SECRET}", "cannot be read"),
    (f"https://[chat.example/{SECRET}", "cannot be read"),
    (f"https://chat.example/{SECRET}\r\nX-Evil: 1", "characters that no address may"),
    (f"https://chat.example/{SECRET} two", "characters that no address may"),
    ("", "characters that no address may"),
])  # fmt: skip
def test_an_address_that_cannot_be_right_is_refused_before_anything_is_sent(url, reason):
    with pytest.raises(Refused, match=reason) as refused:
        WebhookSender(url)
    assert refused.value.refusal.todo
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("ip", ["10.0.0.8", "192.168.1.1", "172.16.3.3", "169.254.169.254", "100.64.0.1", "127.0.0.1",
                                "::", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.8", "64:ff9b::a00:8", "0.0.0.1",
                                "2002:a00:8::1", "224.0.0.1", "240.0.0.1", "93.184.216.34 10.0.0.8"])  # fmt: skip
def test_a_public_name_that_leads_inside_is_refused(names, ip):
    names["chat.example"] = ip
    with pytest.raises(Refused, match="inside a private network") as refused:
        WebhookSender(f"https://chat.example/{SECRET}").send(NOTICE)
    assert refused.value.refusal.where == "https://chat.example/…"


@pytest.mark.parametrize("host", ["10.0.0.8", "2130706433", "0x7f.1", "[fe80::1]"])
def test_an_address_in_numbers_that_leads_inside_is_refused_however_it_is_spelt(host):
    with pytest.raises(Refused, match="inside a private network"):
        WebhookSender(f"https://{host}/x").send(NOTICE)


def test_an_owner_may_allow_private_addresses_and_never_those_that_mean_everybody(names):
    names["chat.example"] = "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TryLater, match="ConnectionRefusedError"):
        WebhookSender(f"https://chat.example:{port}/x", private=True).send(NOTICE)
    names["chat.example"] = "224.0.0.1"
    with pytest.raises(Refused, match="inside a private network"):
        WebhookSender("https://chat.example/x", private=True).send(NOTICE)


def test_unencrypted_localhost_that_a_lying_name_server_sends_elsewhere_is_refused(names):
    names["localhost"] = "93.184.216.34"
    with pytest.raises(Refused, match="not encrypted"):
        WebhookSender("http://localhost/x", private=True).send(NOTICE)


def test_the_address_is_looked_up_once_and_that_one_is_connected_to(names, listener, monkeypatch):
    looked: list[str] = []
    names["localhost"] = "127.0.0.1"
    lying = socket.getaddrinfo

    def getaddrinfo(host, *rest, **named):
        looked.append(host)
        return lying(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    WebhookSender(f"http://localhost:{listener.port}/x").send(NOTICE)
    assert looked == ["localhost", "127.0.0.1"], "the second is no look-up: it is already a number"
    assert listener.requests[0][1]["host"] == f"localhost:{listener.port}"


def test_where_a_host_has_several_addresses_the_next_is_tried(names, listener):
    names["localhost"] = "::1 127.0.0.1"
    WebhookSender(f"http://localhost:{listener.port}/x").send(NOTICE)
    assert len(listener.requests) == 1


def test_a_name_that_nobody_knows_is_tried_later(names):
    with pytest.raises(TryLater, match=r"^https://nobody\.invalid/…: its host was not found"):
        WebhookSender(f"https://nobody.invalid/{SECRET}").send(NOTICE)


def test_what_is_posted_is_json_with_its_key_and_the_path_query_and_password_of_the_address(listener):
    url = listener.url.replace("//", "//bot:p%40ss@")
    WebhookSender(url).send(Notice("run-7.frozen", "s", "t", {"a": "b"}))
    [(path, headers, body)] = listener.requests
    assert path == "/hooks/T0P-SECRET?token=T0P-SECRET"
    assert headers["idempotency-key"] == "run-7.frozen"
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Basic Ym90OnBAc3M="
    assert body == {"key": "run-7.frozen", "subject": "s", "text": "t", "fields": {"a": "b"}}


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_four_hundred_is_a_refusal(listener, status):
    listener.answers.append((status, {}))
    with pytest.raises(Refused, match=f"HTTP {status}"):
        WebhookSender(listener.url).send(NOTICE)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(listener, status):
    listener.answers.append((status, {"Location": f"http://127.0.0.1:{listener.port}/elsewhere"}))
    with pytest.raises(Refused, match="redirects are not followed"):
        WebhookSender(listener.url).send(NOTICE)
    assert len(listener.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_trouble_that_passes_is_tried_later(listener, status):
    listener.answers.append((status, {}))
    with pytest.raises(TryLater, match=f"HTTP {status}") as later:
        WebhookSender(listener.url).send(NOTICE)
    assert later.value.retry_after is None


@pytest.mark.parametrize("said, seconds", [
    ("120", 120.0), ("0", 0.0), ("99999999999999999999", 86_400.0), ("soon", None), ("-5", None), ("1e9", None),
    (format_datetime(datetime.now(UTC) - timedelta(hours=1)), 0.0),
    (format_datetime(datetime.now(UTC) + timedelta(days=30)), 86_400.0),
], ids=["minutes", "at once", "for ever", "a word", "the past", "no number", "gone by", "far off"])  # fmt: skip
def test_the_wait_that_the_other_side_asks_for_is_read_and_bounded(listener, said, seconds):
    listener.answers.append((429, {"Retry-After": said}))
    with pytest.raises(TryLater) as later:
        WebhookSender(listener.url).send(NOTICE)
    assert later.value.retry_after == seconds


def drip(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"X-Slow: 1\r\n")
        time.sleep(0.01)


def flood(line: socket.socket) -> None:
    line.recv(65536)
    while True:
        line.sendall(b"x" * 65536)


def endless_body(line: socket.socket) -> None:
    line.recv(65536)
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b"x" * 65536)


@pytest.mark.parametrize("talk", [lambda line: time.sleep(0.6), drip], ids=["silent", "dripping"])
def test_an_answer_that_does_not_come_in_time_is_cut_off(talk):
    began = time.monotonic()
    with (
        other_side(talk) as port,
        pytest.raises(TryLater, match=r"no answer within 0\.3 s"),
    ):
        WebhookSender(f"http://127.0.0.1:{port}/x", timeout=0.3).send(NOTICE)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("talk", [flood, lambda line: line.close()], ids=["nonsense", "hung up"])
def test_an_answer_that_is_none_is_tried_later(talk):
    with other_side(talk) as port, pytest.raises(TryLater):
        WebhookSender(f"http://127.0.0.1:{port}/x").send(NOTICE)


def test_an_endless_body_is_not_read():
    with other_side(endless_body) as port:
        assert WebhookSender(f"http://127.0.0.1:{port}/x").send(NOTICE).detail == "HTTP 200"


def test_no_part_of_the_address_but_its_host_is_in_any_message(listener, names, caplog):
    caplog.set_level(logging.DEBUG)
    url = listener.url.replace("//", f"//{SECRET}:{SECRET}@")
    sender = WebhookSender(url)
    said = [repr(sender), str(sender), sender.where]
    for status in (302, 404, 429, 500):
        listener.answers.append((status, {"Location": url, "Retry-After": SECRET}))
    listener.server.socket.settimeout(1)
    for _ in range(4):
        try:
            sender.send(NOTICE)
        except (Refused, TryLater) as error:
            said.append("".join(traceback.format_exception(error)))
    for bad in (f"https://nobody.invalid/{SECRET}", f"https://10.0.0.1/{SECRET}", f"http://127.0.0.1:1/{SECRET}"):
        try:
            WebhookSender(bad).send(NOTICE)
        except (Refused, TryLater) as error:
            said.append("".join(traceback.format_exception(error)))
    assert len(said) == 10
    assert not [text for text in (*said, caplog.text) if SECRET in text]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A certificate for the name `chat.example`, signed by itself, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=chat.example", "-addext", "subjectAltName=DNS:chat.example",
            "-keyout", folder / "key", "-out", folder / "cert"]  # fmt: skip
    subprocess.run(argv, check=True, capture_output=True)
    both = folder / "both"
    both.write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return os.fspath(both)


@contextmanager
def encrypted(certificate: str) -> Iterator[tuple[int, list[bytes]]]:
    """A port that speaks TLS, and what it was sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def talk(line: socket.socket) -> None:
        with context.wrap_socket(line, server_side=True) as inner:
            request = inner.recv(65536)
            while not request.endswith(b"}"):
                request += inner.recv(65536)
            heard.append(request)
            inner.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with other_side(talk) as port:
        yield port, heard


def test_over_tls_the_certificate_has_to_be_the_hosts(certificate, names):
    names["chat.example"] = names["other.example"] = "127.0.0.1"
    trusting = ssl.create_default_context(cafile=certificate)
    with encrypted(certificate) as (port, heard):
        receipt = WebhookSender(f"https://chat.example:{port}/x", private=True, context=trusting).send(NOTICE)
    assert receipt.detail == "HTTP 200"
    assert f"Host: chat.example:{port}\r\n".encode() in heard[0]
    with encrypted(certificate) as (port, heard), pytest.raises(Refused, match="certificate"):
        WebhookSender(f"https://other.example:{port}/x", private=True, context=trusting).send(NOTICE)
    with encrypted(certificate) as (port, heard), pytest.raises(Refused, match="certificate"):
        WebhookSender(f"https://chat.example:{port}/x", private=True).send(NOTICE)
    assert heard == []


def test_a_handshake_that_never_ends_is_cut_off():
    with other_side(lambda line: time.sleep(0.6)) as port, pytest.raises(TryLater, match=r"no answer within 0\.3 s"):
        WebhookSender(f"https://127.0.0.1:{port}/x", timeout=0.3).send(NOTICE)
