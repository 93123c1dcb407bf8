"""What a hospital runs in front of its records.

    brownie run gateway publish_key <organisation>
    brownie run gateway serve [<port>] [address=<address to listen on>]
    brownie run gateway anchor

`serve` answers requests that `records read … gateway=http://…` posts, until it is interrupted; put a reverse proxy
with TLS before it. `anchor` puts refusals that wait in the journal on the chain; run it once a day. `publish_key`
makes an organisation's encryption key known, which it needs before patients can share records with it. Options are
those of the records workflow.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer

from carechain.access_request import REFUSED, SignedRequest
from carechain.chain import log
from carechain.errors import CarechainError
from carechain.gateway import Gateway
from carechain.report import Report, reporting
from carechain.vault import encryption
from scripts.custody import OPTIONS, Custody
from scripts.suite import REPORTS, options

PORT = 8077
MAX_REQUEST = 4_096
"""Bytes of the largest request that is read."""
_PATIENCE = 10
"""Seconds for which a requester may keep the connection waiting."""


def publish_key(*arguments: str) -> None:
    """Publishes the key to which patients wrap the keys of records for an organisation."""
    with reporting("gateway", "publish_key", REPORTS) as report:
        (name,), named = _arguments(arguments, "publish_key <organisation>", 1, 1)
        custody = Custody.open(named)
        publish_key_of(custody, custody.session.organisation(name), report)


def publish_key_of(custody: Custody, organisation: int, report: Report) -> None:
    """What `publish_key` does, for other scripts; nothing where it is published already."""
    key = encryption.public_key_of(bytes(custody.organisation_key(organisation).key))
    if custody.log.encryption_key(organisation) != key:
        report.sent(custody.log.publish_key(key, custody.operator(organisation)))
    report.keep(organisation=organisation, key="0x" + key.hex())
    report.say(f"Organisation {organisation} has published its encryption key.")


def anchor(*arguments: str) -> None:
    """Anchors what the disclosure journal has that is not on the chain yet."""
    with reporting("gateway", "anchor", REPORTS) as report:
        _, named = _arguments(arguments, "anchor", 0, 0)
        sent = Custody.open(named).gateway.anchor()
        for transaction in sent:
            report.sent(transaction)
        if not sent:
            report.say("Everything is on the chain already.")


def serve(*arguments: str) -> None:
    """Answers requests over HTTP until it is interrupted."""
    with reporting("gateway", "serve", REPORTS) as report:
        plain, named = _arguments(arguments, "serve [<port>]", 0, 1, "address")
        port = plain[0] if plain else str(PORT)
        if not port.isdecimal() or int(port) > 0xFFFF:
            raise CarechainError(f"The port {port}", "is not one", "use 1 to 65535")
        custody = Custody.open(named)
        server = gateway_server(custody.gateway, named.get("address", "127.0.0.1"), int(port))
        with server:
            report.say(f"The gateway of organisation {custody.number} answers at {url_of(server)} until Ctrl-C.")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                report.say("Stopped.")
        _tell_sent(custody.gateway, report)


def gateway_server(gateway: Gateway, address: str, port: int) -> HTTPServer:
    """An HTTP server that takes one request after another: POST, a signed request as JSON, answered by JSON."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > MAX_REQUEST:
                self._answer(400, b"")
                return
            try:
                answer = gateway.answer(SignedRequest.from_json(self.rfile.read(int(length))))
            except CarechainError as error:
                malformed = error.place == "The access request"
                log.debug("gateway: %s", "malformed request" if malformed else "cannot answer now")
                self._answer(200 if malformed else 503, REFUSED.to_json().encode() if malformed else b"")
                return
            self._answer(200, answer.to_json().encode())

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            """Nothing: who asked, and when, stands in the journal alone."""

    return HTTPServer((address, port), Handler)


def url_of(server: HTTPServer) -> str:
    host, port = server.server_address[:2]
    return f"http://{host!s}:{port}"


def _tell_sent(gateway: Gateway, report: Report) -> None:
    for sent in gateway.sent:
        report.sent(sent)


def _arguments(
    arguments: tuple[str, ...], usage: str, fewest: int, most: int, *extra: str
) -> tuple[list[str], dict[str, str]]:
    plain, named = options(arguments, (*OPTIONS, *extra))
    if not fewest <= len(plain) <= most:
        raise CarechainError("The call", f"has {len(plain)} arguments", f"write: brownie run gateway {usage}")
    return plain, named
