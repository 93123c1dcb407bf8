"""Medicines, from the manufacturer to the patient.

    brownie run supply authorise <gtin> <organisation> [low=2] [high=8]
    brownie run supply commission <gtin> <lot> <units> <expiry YYYY-MM-DD> [production=YYYY-MM-DD]
    brownie run supply release <gtin> <lot> <certificate file>
    brownie run supply ingest <epcis.json | epcis.xml> …
    brownie run supply hash <epcis.json | epcis.xml>
    brownie run supply export <gtin> <lot> <file.json>
    brownie run supply passport <pack> [<file.json>]
    brownie run supply keep <passport.json> …
    brownie run supply verify <pack | passport.json>
    brownie run supply trace <pack> [<picture.svg>]
    brownie run supply recall <gtin> <lot> <class> <reason> [from=<pack>] [until=<pack>]
    brownie run supply recall_from <openfda.json> [<number>]
    brownie run supply recalled <gtin> <lot>
    brownie run supply acknowledge <gtin> <lot>

A pack is named by what its DataMatrix says, `(01)…(21)…(10)…(17)…`, by a GS1 Digital Link, or by an SGTIN; quote it.
The serial numbers of a lot are in a file of the lot book (option lots=<folder>); who has only the passports of packs
keeps them there. Which events were captured is in journal=<folder>, and what sensors recorded in readings=<folder>, as
for cold_chain. Who captures a document is as=<organisation> on a local chain, and elsewhere the organisation of
account=<keystore name>. GLNs stand for organisations by parties=<file>. Only the hash of a certificate goes on chain.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from web3 import Web3

from carechain.epcis.reading import hashes
from carechain.errors import CarechainError
from carechain.gs1 import keys
from carechain.private_file import write_private
from carechain.report import Report, reporting
from carechain.supply import words
from carechain.supply.lot_book import read_passports
from carechain.supply.passport import LotDetails, Passport
from carechain.supply.pedigree_drawing import draw
from carechain.supply.random_serials import random_serials
from carechain.supply.recall_record import RecallReason, read_recall
from carechain.supply.serial_tree import write_serial_tree
from scripts.arguments import EPOCH
from scripts.suite import REPORTS, call_of
from scripts.supply_party import OPTIONS, Party

SERIAL_LENGTH = 12


def authorise(*arguments: str) -> None:
    """A regulator authorises an organisation to place a product on the market."""
    with reporting("supply", "authorise", REPORTS) as report:
        usage = "authorise <gtin> <organisation> [low=<°C>] [high=<°C>]"
        (gtin, holder), named = _arguments(arguments, usage, 2, 2, "low", "high")
        party = Party.open(named)
        low, high = (_hundredths(named.get(name, default), name) for name, default in (("low", "2"), ("high", "8")))
        known = keys.gtin14(gtin, "The GTIN")
        call = party.ledger.functions.authoriseProduct(int(known), party.organisation_named(holder), low, high)
        report.sent(party.ledger.send([call], party.sender, "authorise a product"))
        report.keep(gtin=known, holder=party.organisation_named(holder), low=low, high=high)
        report.say(f"Organisation {holder} may register lots of {known}, stored at {low / 100:g} to {high / 100:g} °C.")


def commission(*arguments: str) -> None:
    """A manufacturer gives the packs of a lot serial numbers at random, and registers the lot."""
    with reporting("supply", "commission", REPORTS) as report:
        usage = "commission <gtin> <lot> <units> <expiry YYYY-MM-DD>"
        (gtin, lot, units, expiry), named = _arguments(arguments, usage, 4, 4, "production")
        party = Party.open(named)
        if not units.isdecimal() or len(units) > 9 or not 0 < int(units) <= words.UNITS_MAX:
            raise CarechainError(f"The number of units {units}", "is none", f"use 1 to {words.UNITS_MAX:,}")
        known = keys.gtin14(gtin, "The GTIN")
        details = LotDetails(known, lot, _day(expiry, "expiry"), _production(party, known, lot, named))
        commission_lot(party, details, int(units), report)


def commission_lot(party: Party, details: LotDetails, units: int, report: Report) -> int:
    """What `commission` does, for other scripts. The lot's identifier. Goes on where it was interrupted between the
    lot's file and the chain."""
    path = party.book.path_of(details)
    tree = party.book.tree(details.gtin, details.lot)
    if tree is None:
        serials = report.progress(list(random_serials(units, SERIAL_LENGTH)), "writing serial numbers")
        tree = write_serial_tree(path, details, serials)
    elif (tree.details, tree.units) != (details, units):
        raise CarechainError(str(path), "is of this lot with other facts", "correct them, or move the file away")
    registered = party.ledger.lot_of_root(details.gtin, tree.root)
    if registered is not None:
        report.note(f"the lot is registered already, as {party.lot_name(registered.lot)}")
        return registered.lot
    number = party.ledger.next_number(party.organisation)
    call = party.ledger.functions.registerLot(
        int(details.gtin),
        number,
        tree.lot_commitment,
        (details.production - EPOCH).days,
        (details.expiry - EPOCH).days,
        units,
        0,
        tree.root,
    )
    report.sent(party.ledger.send([call], party.sender, f"register a lot of {units:,} units"))
    lot = words.lot_of(party.organisation, number)
    report.keep(lot=party.lot_name(lot), units=units, serialRoot="0x" + tree.root.hex(), file=str(path))
    report.say(f"Lot {party.lot_name(lot)} has {units:,} units. Their serial numbers are in {path}, for you alone.")
    return lot


def _production(party: Party, gtin: str, lot: str, named: dict[str, str]) -> date:
    """The day that is named, that of the lot's file, or today: what was interrupted goes on the next day, too."""
    if "production" in named:
        return _day(named["production"], "production")
    tree = party.book.tree(gtin, lot)
    return datetime.fromtimestamp(party.chain.now(), UTC).date() if tree is None else tree.details.production


def release(*arguments: str) -> None:
    """An inspector releases a lot; quality=rejected refuses or takes back its release. A regulator uses quality=barred,
    which a regulator alone lifts, by rejected."""
    with reporting("supply", "release", REPORTS) as report:
        usage = "release <gtin> <lot> <certificate file>"
        (gtin, lot, certificate), named = _arguments(arguments, usage, 3, 3, "quality")
        party = Party.open(named)
        quality = named.get("quality", "released").upper()
        if quality not in ("RELEASED", "REJECTED", "BARRED"):
            raise CarechainError(f"The quality {quality.lower()}", "is not known", "use released, rejected or barred")
        digest = bytes(Web3.keccak(Path(certificate).read_bytes()))
        known = party.lot(gtin, lot)
        call = party.ledger.functions.inspectLot(known.lot, words.Quality[quality], digest)
        report.sent(party.ledger.send([call], party.sender, f"{quality.lower()} lot"))
        report.keep(lot=party.lot_name(known.lot), quality=quality.lower(), certificate="0x" + digest.hex())
        report.say(f"Lot {party.lot_name(known.lot)} is {quality.lower()}.")


# ------------------------------------------------------------------ EPCIS


def ingest(*arguments: str) -> None:
    """Reads EPCIS documents, and applies each of them as a whole or not at all."""
    with reporting("supply", "ingest", REPORTS) as report:
        files, named = _arguments(arguments, "ingest <epcis.json | epcis.xml> …", 1, None)
        party = Party.open(named)
        for file in files:
            try:
                party.ingest(Path(file), report)
            except CarechainError as error:
                report.refused(error.place, error.problem, error.mend)


def hash(*arguments: str) -> None:  # noqa: A001 - it is the word people type after `brownie run supply`
    """Prints the canonical hash of each event of a document, one a line, and nothing else; asks no chain."""
    try:
        (file,), _ = call_of(arguments, "supply hash <epcis.json | epcis.xml>", 1, 1, ())
        print("\n".join(hashes(Path(file))))
    except CarechainError as error:
        raise SystemExit(f"Refused: {error}") from None
    except OSError as error:
        raise SystemExit(f"Refused: {file} cannot be read ({error.strerror}). Check the path.") from None


def export(*arguments: str) -> None:
    """Writes what the ledger knows of a lot as an EPCIS 2.0 document."""
    with reporting("supply", "export", REPORTS) as report:
        (gtin, lot, file), named = _arguments(arguments, "export <gtin> <lot> <file.json>", 3, 3)
        party = Party.open(named)
        content, count = party.exported(gtin, lot)
        write_private(Path(file), content.decode("utf-8"), replace=True)
        report.keep(file=file, events=count)
        report.say(f"{count} events of the lot are in {file}.")


# ------------------------------------------------------------------ packs


def passport(*arguments: str) -> None:
    """The passport of a pack: what proves it to whoever has the pack in hand."""
    with reporting("supply", "passport", REPORTS) as report:
        plain, named = _arguments(arguments, "passport <pack> [<file.json>]", 1, 2)
        found = Party.open(named).passport(plain[0])
        if len(plain) == 2:
            write_private(Path(plain[1]), found.to_json() + "\n", replace=True)
            report.say(f"The passport is in {plain[1]}.")
        else:
            report.say(found.to_json())


def keep(*arguments: str) -> None:
    """Puts passports that were given into the lot book, all of them or none. Those that are there already stay."""
    with reporting("supply", "keep", REPORTS) as report:
        files, named = _arguments(arguments, "keep <passport.json> …", 1, None)
        party = Party.open(named)
        new: dict[tuple[str, str], Passport] = {}
        for file in files:
            for found in read_passports(Path(file)):
                known = new.get((found.gtin, found.serial)) or party.book.passport(found.gtin, found.serial)
                if known is None and party.ledger.lot_of_passport(found) is None:
                    raise CarechainError(file, "has a passport of no lot that is registered", "ask who gave it to you")
                if known not in (None, found):
                    raise CarechainError(file, "has another passport of a pack than the lot book", "ask who gave it")
                if known is None:
                    new[found.gtin, found.serial] = found
        if new:
            leaves = b"".join(each.leaf() for each in new.values())
            path = party.book.keep([*new.values()], sha256(leaves).hexdigest()[:16])
            report.say(f"{len(new):,} passports are in {path}, for you alone.")
        else:
            report.note("the lot book has all of them already")
        report.keep(kept=len(new))


def verify(*arguments: str) -> None:
    """Is this pack genuine, and may it be used? Exit code 1 unless it may."""
    with reporting("supply", "verify", REPORTS) as report:
        (pack,), named = _arguments(arguments, "verify <pack | passport.json>", 1, 1)
        Party.open(named).verify(pack, report)


def trace(*arguments: str) -> None:
    """The way of a pack, from the manufacturer to where it is; with a second argument also as a picture."""
    with reporting("supply", "trace", REPORTS) as report:
        plain, named = _arguments(arguments, "trace <pack> [<picture.svg>]", 1, 2)
        party = Party.open(named)
        pedigree = party.pedigree(plain[0])
        report.keep(status=pedigree.status, steps=[vars(step) for step in pedigree.steps])
        report.title(f"{pedigree.unit}: {pedigree.status}")
        report.table(
            "",
            ("time (UTC)", "what", "holder", "partner", "note"),
            [
                (f"{datetime.fromtimestamp(s.at, UTC):%Y-%m-%d %H:%M:%S}", s.what, s.holder, s.partner or "", s.note)
                for s in pedigree.steps
            ],
        )
        for hold in pedigree.holds:
            until = "now" if hold.until is None else _minute(hold.until)
            report.say(f"Not to be supplied from {_minute(hold.since)} until {until}: {hold.reason}.")
        if len(plain) == 2:
            write_private(Path(plain[1]), draw(pedigree), replace=True)
            report.say(f"The picture is in {plain[1]}.")


# ------------------------------------------------------------------ recall


def recall(*arguments: str) -> None:
    """Recalls a lot or, with from= and until=, the packs from one to another. Reasons: see `RecallReason`."""
    with reporting("supply", "recall", REPORTS) as report:
        usage = "recall <gtin> <lot> <class 1-3> <reason> [from=<pack>] [until=<pack>]"
        (gtin, lot, number, reason), named = _arguments(arguments, usage, 4, 4, "from", "until")
        party = Party.open(named)
        if number not in ("1", "2", "3"):
            raise CarechainError(f"The class {number}", "is not one of a recall", "use 1 (gravest), 2 or 3")
        if reason.upper() not in RecallReason.__members__:
            known = ", ".join(each.name.lower() for each in RecallReason)
            raise CarechainError(f"The reason {reason}", "is not known", f"use one of: {known}")
        notice = words.notice_of(int(number), RecallReason[reason.upper()])
        party.recall(party.lot(gtin, lot), notice, named.get("from"), named.get("until"), report)


def recall_from(*arguments: str) -> None:
    """Recalls what an openFDA enforcement record names, as far as it is registered here."""
    with reporting("supply", "recall_from", REPORTS) as report:
        plain, named = _arguments(arguments, "recall_from <record.json> [<number>]", 1, 2)
        party = Party.open(named)
        record = read_recall(Path(plain[0]), plain[1] if len(plain) == 2 else "0")
        party.recall_from(record, report)


globals()["recall-from"] = recall_from  # people type the command with a dash, too


def recalled(*arguments: str) -> None:
    """Who holds recalled packs of a lot now, and how far the recall has come."""
    with reporting("supply", "recalled", REPORTS) as report:
        (gtin, lot), named = _arguments(arguments, "recalled <gtin> <lot>", 2, 2)
        party = Party.open(named)
        party.tell_recall(party.lot(gtin, lot), report)


def acknowledge(*arguments: str) -> None:
    """A holder says that it knows of the recall, for all that it holds of the lot."""
    with reporting("supply", "acknowledge", REPORTS) as report:
        (gtin, lot), named = _arguments(arguments, "acknowledge <gtin> <lot>", 2, 2)
        party = Party.open(named)
        party.acknowledge(party.lot(gtin, lot), report)


def _arguments(
    arguments: tuple[str, ...], usage: str, fewest: int, most: int | None, *extra: str
) -> tuple[list[str], dict[str, str]]:
    return call_of(arguments, f"supply {usage}", fewest, most, (*OPTIONS, *extra))


def _minute(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CarechainError(f"The {name} {text}", "is not a date", "write it as 2030-12-31") from None


def _hundredths(text: str, name: str) -> int:
    try:
        value = round(float(text) * 100)
    except (ValueError, OverflowError):
        raise CarechainError(f"The temperature {name}={text}", "is not a number", "give degrees Celsius") from None
    if not -(1 << 15) <= value < 1 << 15:
        raise CarechainError(f"The temperature {name}={text}", "is out of range", "give -327 to 327 degrees Celsius")
    return value
