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

import re

from carechain.errors import CarechainError
from carechain.gateway import Gateway
from carechain.gateway_server import GatewayServer
from carechain.report import Report, reporting
from carechain.vault import encryption
from scripts.custody import OPTIONS, Custody
from scripts.suite import REPORTS, call_of

PORT = 8077
_PORT = re.compile("[0-9]{1,5}")


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
        if _PORT.fullmatch(port) is None or int(port) > 0xFFFF:
            raise CarechainError(f"The port {port}", "is not one", "use 1 to 65535")
        custody = Custody.open(named)
        gateway = Gateway(custody.chain, custody.vault, told=report.sent)
        server = GatewayServer(gateway, named.get("address", "127.0.0.1"), int(port))
        with server:
            report.say(f"The gateway of organisation {custody.number} answers at {server.url} until Ctrl-C.")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                report.say("Stopped.")


def _arguments(
    arguments: tuple[str, ...], usage: str, fewest: int, most: int, *extra: str
) -> tuple[list[str], dict[str, str]]:
    return call_of(arguments, f"gateway {usage}", fewest, most, (*OPTIONS, *extra))
