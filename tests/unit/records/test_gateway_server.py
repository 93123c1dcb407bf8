"""Over HTTP a gateway answers whoever asks in form, waits for nobody, and tells nothing when it fails."""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
import requests

from carechain import data_categories
from carechain.access_request import REFUSED, AccessRequest, Answer, ReleasedRecord, SignedRequest
from carechain.errors import CarechainError, NodeUnreachable
from carechain.gateway_server import MAX_REQUEST, GatewayServer
from carechain.log_entries import OWN_STREAM

PLACE = "0x" + 20 * "12"
REQUEST = AccessRequest(31337, PLACE, 1, PLACE, "TREAT", data_categories.class_bit("Condition"), 1_700_000_000)
SIGNED = SignedRequest(REQUEST, b"\x01" * 65)
RELEASED = ReleasedRecord(b"sealed", b"", *3 * (bytes(32),), 8192, 0, 0xFFFF, OWN_STREAM, 0, 0, 1, ())
ANSWER = Answer("consent", 7, (RELEASED,))
WAIT = 5
"""Seconds in which an answer of this machine's must have come."""


class Stub:
    """In place of a gateway: gives an answer, or raises what is to go wrong."""

    def __init__(self, answer):
        self._answer = answer
        self.asked = []
        self.threads = set()

    def answer(self, signed):
        self.asked.append(signed)
        self.threads.add(threading.get_ident())
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@contextmanager
def serving(answer=ANSWER, stub=None, **options):
    stub = stub or Stub(answer)
    with GatewayServer(stub, "127.0.0.1", 0, **options) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server, stub
        finally:
            server.shutdown()
            thread.join()


def post(server, body):
    return requests.post(server.url, data=body, timeout=WAIT)


def connected(server, sent=b""):
    connection = socket.create_connection(server.server_address, timeout=WAIT)
    connection.sendall(sent)
    return connection


def status_of(connection):
    return int(connection.makefile("rb").readline().split()[1])


def is_cut_off(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


# ---------------------------------------------------------------------- what is answered


def test_a_request_is_answered_as_the_gateway_does():
    with serving() as (server, stub):
        response = post(server, SIGNED.to_json())
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert Answer.from_json(response.content) == ANSWER
    assert stub.asked == [SIGNED]


def test_a_refusal_is_an_answer():
    with serving(REFUSED) as (server, _):
        assert post(server, SIGNED.to_json()).text == REFUSED.to_json()


@pytest.mark.parametrize("body", ["", "{}", "null", "1e999", "[" * 4_000, b"\xff", SIGNED.to_json()[:-1]])
def test_a_malformed_request_is_refused_and_the_gateway_is_not_asked(body):
    with serving() as (server, stub):
        response = post(server, body)
    assert (response.status_code, response.text) == (200, REFUSED.to_json())
    assert stub.asked == []


def test_requests_are_answered_by_one_thread():
    """The journal and the connection to the chain are not for several."""
    with serving() as (server, stub):
        askers = [threading.Thread(target=post, args=(server, SIGNED.to_json())) for _ in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    assert len(stub.asked) == 4
    assert len(stub.threads) == 1


# ---------------------------------------------------------------------- what is not


@pytest.mark.parametrize("length", [str(MAX_REQUEST + 1), "-1", "", "1 2", "0x10", "٣", "0" * 5_000 + "1", "9" * 5_000])
def test_a_length_that_is_none_or_too_large_is_a_bad_request(length, capsys):
    head = f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode()
    with serving() as (server, stub), closing(connected(server, head)) as connection:
        assert status_of(connection) == 400
    assert stub.asked == []
    assert capsys.readouterr().err == ""


def test_a_request_without_a_length_is_a_bad_request():
    with serving() as (server, stub), closing(connected(server, b"POST / HTTP/1.1\r\n\r\n")) as connection:
        assert status_of(connection) == 400
    assert stub.asked == []


def test_the_largest_request_is_read():
    with serving() as (server, _):
        assert post(server, b" " * MAX_REQUEST).status_code == 200


def test_nothing_is_got():
    with serving() as (server, _):
        assert requests.get(server.url, timeout=WAIT).status_code == 501


@pytest.mark.parametrize(
    "failure",
    [
        CarechainError("3 records", "have too few shards left"),
        CarechainError("The access request", "is what the gateway fails at"),
        NodeUnreachable("The node", "did not answer"),
        ValueError("penicillin"),
        ZeroDivisionError("penicillin"),
    ],
)
def test_a_failure_is_a_status_and_no_word(failure, capsys, caplog):
    with serving(failure) as (server, _):
        response = post(server, SIGNED.to_json())
        assert (response.status_code, response.content) == (503, b"")
        assert post(server, "{}").status_code == 200
    assert capsys.readouterr().err == ""
    assert caplog.messages == [f"gateway: cannot answer ({type(failure).__name__})"]
    assert caplog.records[0].exc_info is None


# ---------------------------------------------------------------------- whoever is slow


def test_a_slow_request_keeps_nobody_else_waiting():
    with serving() as (server, stub), closing(connected(server, b"POST / HTTP/1.1\r\nContent-Le")):
        assert post(server, SIGNED.to_json()).status_code == 200
    assert stub.asked == [SIGNED]


@pytest.mark.parametrize("start", [b"", b"POST / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 4096\r\n\r\n"])
def test_a_request_that_drips_in_is_cut_off(start):
    """Each byte comes in time; all of them don't."""
    with serving(patience=0.2) as (server, stub), closing(connected(server, start)) as connection:
        dripping = threading.Event()

        def drip():
            while not dripping.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert is_cut_off(connection)
        finally:
            dripping.set()
            thread.join()
    assert stub.asked == []


def test_whoever_leaves_before_the_answer_leaves_no_traceback(capsys, caplog):
    caplog.set_level(logging.DEBUG, "carechain")
    left = threading.Event()

    class Slow(Stub):
        def answer(self, signed):
            left.wait(WAIT)
            return super().answer(signed)

    body = SIGNED.to_json().encode()
    long = replace(ANSWER, records=(replace(RELEASED, sealed=bytes(1 << 24)),))
    with serving(stub=Slow(long)) as (server, stub):
        with closing(connected(server, b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # at once, without a word
        left.set()
        assert post(server, SIGNED.to_json()).status_code == 200
        end = time.monotonic() + WAIT
        while not caplog.messages and time.monotonic() < end:
            time.sleep(0.01)
    assert caplog.messages == ["gateway: a connection broke off"]
    assert capsys.readouterr().err == ""
    assert len(stub.asked) == 2
