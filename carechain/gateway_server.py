"""A gateway over HTTP: a signed request is posted as JSON, and answered by JSON.

Connections are read side by side, each within one deadline, so that whoever is slow waits alone; the gateway answers
one request after another. Whatever can't be read as a request is refused like any other, but at once, as it is about
nobody. What fails is answered by status 503 and no word; the log gets the name of the error's class alone.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any

from carechain.access_request import REFUSED, RequestMalformedError, SignedRequest
from carechain.chain import log
from carechain.gateway import Gateway

MAX_REQUEST = 4_096
"""Bytes of the largest request that is read."""
PATIENCE = 10.0
"""Seconds within which the whole of a request must have come."""
_SENDING = 60
"""Seconds within which an answer must have been taken."""
_LENGTH = re.compile(r"[0-9]{1,4}")


class GatewayServer(ThreadingHTTPServer):
    """Listens from the start, and answers while `serve_forever` runs."""

    def __init__(self, gateway: Gateway, address: str, port: int, patience: float = PATIENCE) -> None:
        self.patience = patience
        self._gateway = gateway
        # One thread that answers: the journal and the connection to the chain are shared by all.
        self._answering = ThreadPoolExecutor(max_workers=1)
        super().__init__((address, port), _Handler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def reply(self, body: bytes) -> tuple[int, bytes]:
        """The status and the content for the body of a request."""
        try:
            signed = SignedRequest.from_json(body)
            answer = self._answering.submit(self._gateway.answer, signed).result()
            return 200, answer.to_json().encode()
        except RequestMalformedError:
            return 200, REFUSED.to_json().encode()
        except Exception as error:  # a traceback may hold anything
            log.warning("gateway: cannot answer (%s)", type(error).__name__)
            return 503, b""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke off: nothing is left to answer, and who it was is nobody's business."""
        log.debug("gateway: a connection broke off")

    def server_close(self) -> None:
        """Ends when the answer that is under way is made."""
        super().server_close()
        self._answering.shutdown(cancel_futures=True)


class _Handler(BaseHTTPRequestHandler):
    server: GatewayServer

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = BufferedReader(_Incoming(self.connection, self.server.patience))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if _LENGTH.fullmatch(length) is None or int(length) > MAX_REQUEST:
            self._reply(400, b"")
        else:
            self._reply(*self.server.reply(self.rfile.read(int(length))))

    def _reply(self, status: int, content: bytes) -> None:
        self.connection.settimeout(_SENDING)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        """Nothing: who asked, and when, stands in the journal alone."""


class _Incoming(RawIOBase):
    """What a connection sends. Raises TimeoutError when `seconds` have passed since the start."""

    def __init__(self, connection: socket, seconds: float) -> None:
        super().__init__()
        self._connection = connection
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)
