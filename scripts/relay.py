"""A relayer's work: `brownie run relay submit <signed.json> … [account=<keystore name>]`.

The files come from patients, who signed them with `consent sign` and hold no ether.
"""

from __future__ import annotations

from pathlib import Path

from carechain.errors import CarechainError
from carechain.relayer import Relayer, read_bundle
from carechain.report import reporting
from scripts.suite import REPORTS, connect, options, sender

RELAY_ACCOUNT = 11
"""The account of a local node that pays for what patients sign."""


def submit(*arguments: str) -> None:
    """Submits many patients' bundles in as few transactions as may be; each bundle whole, or nothing of it."""
    with reporting("relay", "submit", REPORTS) as report:
        files, named = options(arguments, ("account",))
        if not files:
            raise CarechainError("The call", "names no file", "write: brownie run relay submit <signed.json> …")
        chain = connect()
        bundles = {}
        for file in report.progress(files, "reading"):
            try:
                bundles[file] = read_bundle(chain, Path(file))
            except CarechainError as error:  # the other patients' bundles are another matter
                report.refused(error.place, error.problem, error.mend)
        relayer = Relayer(chain, sender(chain, named.get("account"), RELAY_ACCOUNT))
        names = list(bundles)
        done = []
        for outcome in relayer.submit_each(list(bundles.values()), "signed bundles"):
            report.sent(outcome.sent)
            if outcome.refusal is None:
                done += [names[position] for position in outcome.bundles]
            else:
                (position,) = outcome.bundles
                report.refused(names[position], outcome.refusal.problem, outcome.refusal.mend)
        report.keep(read=files, submitted=done)
        report.say(f"{len(done)} of {len(files)} bundles are on the chain.")
