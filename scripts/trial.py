"""Clinical trials that nobody can quietly rewrite.

    brownie run trial register <registry-record.json> [number=] [protocol=<file>] [plan=<file>] [form=<file>]
                               [cap=] [completion=] [started=] [purpose=CLINTRCH] [secret=yes]
                               [documents=later]
    brownie run trial amend <trial> <amendment.yaml>
    brownie run trial approve_amendment <trial> [<amendment's hash> <decision file>]
    brownie run trial put_in_force <trial>
    brownie run trial drop_amendment <trial> <reason file>

    brownie run trial approve <trial> ethics|regulator <decision file> [site=<organisation>]
    brownie run trial withdraw_approval <trial> ethics|regulator <reason file> [site=<organisation>]
    brownie run trial hold|pause|resume|end <trial> <reason file>
    brownie run trial lift <trial> <reason file> [of=<regulator>]
    brownie run trial appoint <trial> <safety board's organisation>
    brownie run trial open_site <trial> <organisation> <participants>
    brownie run trial close_site <trial> <organisation> <reason file>

    brownie run trial secret <file>
    brownie run trial consent <trial> <site's organisation> <patient> <signed form>
    brownie run trial enrol <trial> <patient.json> <subject> <address> secret=<file> [identifier=<system>] [on=]
    brownie run trial renew|withdraw <trial> <subject>
    brownie run trial leave <trial> <site's organisation> <patient>
    brownie run trial allocate <trial> <allocations.csv>
    brownie run trial randomise <trial> <subject> [place=<number>]
    brownie run trial unblind <trial> <subject> <reason file> [list=<allocations.json>]

    brownie run trial open_stream|lock_stream <trial> <organisation>
    brownie run trial anchor <trial> <dataset> [from=] [until=] [corrects=<entry> reason=<file>] [proof=<file>]
    brownie run trial check <dataset> <proof file> [root=<trusted root>]
    brownie run trial prove <trial> <dataset> <record number> <proof.json> [proof=<proof file>]
    brownie run trial verify <record.json> <proof.json | proof file> <trusted root> [record=<number>]
    brownie run trial consistency <trial> <organisation | own> <old size> <proof.json>
    brownie run trial verify_log <proof.json> <old root> <new root>
    brownie run trial sign <trial> <organisation | own> <entry> author|reviewer|approver <file with the name>

    brownie run trial event <trial> life-threatening|serious <aware since YYYY-MM-DD> <description file>
    brownie run trial file_event <trial> <event> <report file>
    brownie run trial complete <trial> <YYYY-MM-DD>
    brownie run trial lock <trial> <dataset file>
    brownie run trial reveal <trial> [list=<allocations.json>]
    brownie run trial report <trial> <registry-record.json>
    brownie run trial progress <trial> [<page.html>]
    brownie run trial audit <trial> <page.html>

A trial is named by its sponsor's organisation and its own number there, such as 14.1. Who acts is as=<organisation> on
a local chain, and elsewhere the organisation of account=<keystore name>. Of documents, reasons and names only a salted
hash goes on the chain; what proves them is kept in a folder for who acts alone, kept=<folder>. Whatever was interrupted
goes on where it stopped when it is run again.
"""

from __future__ import annotations

from scripts import trial_data, trial_design, trial_people, trial_results

# Brownie reads the source of what it runs here, so each function stands here, and its work where it belongs.

# ------------------------------------------------------------------ a sponsor's design, and those who decide about it


def register(*arguments: str) -> None:
    """Says what a registry's record has, and whether it was made late; and for a sponsor, registers the trial."""
    trial_design.register(*arguments)


def amend(*arguments: str) -> None:
    """Proposes an amendment. What its file does not name stays as it is."""
    trial_design.amend(*arguments)


def approve_amendment(*arguments: str) -> None:
    """An ethics board approves the amendment that waits, and that it names by its hash. Without a decision it only
    tells what waits."""
    trial_design.approve_amendment(*arguments)


def put_in_force(*arguments: str) -> None:
    """Puts an approved amendment in force, once its day has come. Anybody may."""
    trial_design.put_in_force(*arguments)


def drop_amendment(*arguments: str) -> None:
    """The sponsor, or the ethics board that approved the trial, drops the amendment that waits."""
    trial_design.drop_amendment(*arguments)


def approve(*arguments: str) -> None:
    """An ethics board or a regulator approves a trial, or one of its sites."""
    trial_design.approve(*arguments)


def withdraw_approval(*arguments: str) -> None:
    """Takes an approval back, with effect at once."""
    trial_design.withdraw_approval(*arguments)


def hold(*arguments: str) -> None:
    """A regulator stops enrolment and randomisation at once."""
    trial_design.hold(*arguments)


def lift(*arguments: str) -> None:
    """A regulator lifts its hold, or that of one that is in standing no longer."""
    trial_design.lift(*arguments)


def pause(*arguments: str) -> None:
    """The safety board stops enrolment and randomisation."""
    trial_design.pause(*arguments)


def resume(*arguments: str) -> None:
    """The safety board lets the trial go on."""
    trial_design.resume(*arguments)


def end(*arguments: str) -> None:
    """The sponsor, the safety board or a regulator ends enrolment for good."""
    trial_design.end(*arguments)


def appoint(*arguments: str) -> None:
    """Appoints the safety board: the sponsor the first, a regulator any later one."""
    trial_design.appoint(*arguments)


def open_site(*arguments: str) -> None:
    """Opens a site that both have approved, or changes how many participants an open one may have."""
    trial_design.open_site(*arguments)


def close_site(*arguments: str) -> None:
    """Closes a site to enrolment. For the sponsor and the site."""
    trial_design.close_site(*arguments)


# ------------------------------------------------------------------ the people who take part


def secret(*arguments: str) -> None:
    """Makes the secret under which a trial's sites make pseudonyms. Give it to them, and to nobody else."""
    trial_people.secret(*arguments)


def consent(*arguments: str) -> None:
    """A patient consents to take part at a site, under the version of the consent form that is to be signed now."""
    trial_people.consent(*arguments)


def leave(*arguments: str) -> None:
    """A patient revokes every consent to take part at a site. Whoever then notes it ends the participation."""
    trial_people.leave(*arguments)


def enrol(*arguments: str) -> None:
    """A site enrols a participant, by the FHIR Patient that it has, under the pseudonym that every site would give."""
    trial_people.enrol(*arguments)


def renew(*arguments: str) -> None:
    """A site notes that a participant has signed the present version of the consent form."""
    trial_people.renew(*arguments)


def withdraw(*arguments: str) -> None:
    """Notes that a participant has left. For the site, and for anybody once the consent is revoked."""
    trial_people.withdraw(*arguments)


def allocate(*arguments: str) -> None:
    """Commits to the allocation list of a CSV file, and keeps it. For the sponsor, before the first enrolment."""
    trial_people.allocate(*arguments)


def randomise(*arguments: str) -> None:
    """Gives a participant the next place of the allocation list. For the site or the sponsor."""
    trial_people.randomise(*arguments)


def unblind(*arguments: str) -> None:
    """In an emergency: logs the reason, then tells a participant's treatment, if the allocation list is at hand."""
    trial_people.unblind(*arguments)


def reveal(*arguments: str) -> None:
    """Reveals the allocation list, block by block, once the dataset is locked. For the sponsor."""
    trial_people.reveal(*arguments)


# ------------------------------------------------------------------ data, proofs and signatures


def open_stream(*arguments: str) -> None:
    """Lets an organisation record data of a trial. For the sponsor."""
    trial_data.open_stream(*arguments)


def lock_stream(*arguments: str) -> None:
    """Ends an organisation's data. For the organisation and the sponsor."""
    trial_data.lock_stream(*arguments)


def lock(*arguments: str) -> None:
    """Locks the dataset that is to be analysed, and with it protocol, analysis plan and outcomes. For the sponsor."""
    trial_data.lock(*arguments)


def anchor(*arguments: str) -> None:
    """Commits to every record of a dataset (Dataset-JSON, Dataset-NDJSON, ODM XML), and keeps what proves each."""
    trial_data.anchor(*arguments)


def prove(*arguments: str) -> None:
    """Writes the proof of one record of an anchored dataset, and the record beside it."""
    trial_data.prove(*arguments)


def verify(*arguments: str) -> None:
    """Checks one record against its proof and a root that is trusted: offline, whoever gave the two. The proof is that
    of the record, or the proof file of its dataset with what stands beside it."""
    trial_data.verify(*arguments)


def consistency(*arguments: str) -> None:
    """Writes the proof that an organisation's log goes on from what it was, and rewrote nothing."""
    trial_data.consistency(*arguments)


def verify_log(*arguments: str) -> None:
    """Checks that a log goes on from an earlier one: offline, against the roots that one has oneself."""
    trial_data.verify_log(*arguments)


def check(*arguments: str) -> None:
    """Compares a dataset with what was committed to, and says which records and fields differ. With a root that is
    trusted, it also proves that this was anchored."""
    trial_data.check(*arguments)


def sign(*arguments: str) -> None:
    """Signs an entry of one of the trial's logs, with the meaning of the signature (21 CFR 11.50)."""
    trial_data.sign(*arguments)


# ------------------------------------------------------------------ what comes of it


def event(*arguments: str) -> None:
    """Reports a serious adverse event, whose clock runs from when one learned of it."""
    trial_results.event(*arguments)


def file_event(*arguments: str) -> None:
    """Tells that an event was filed with the regulators. For the sponsor."""
    trial_results.file_event(*arguments)


def complete(*arguments: str) -> None:
    """Tells the day of primary completion, from which results are due in 12 months. For the sponsor."""
    trial_results.complete(*arguments)


def report(*arguments: str) -> None:
    """Posts the results of a registry's record, outcome by outcome, and says what is missing, changed or added."""
    trial_results.report(*arguments)


def progress(*arguments: str) -> None:
    """The public view of a trial under way, in which no count tells of fewer than 11 people."""
    trial_results.progress(*arguments)


def audit(*arguments: str) -> None:
    """A report on the whole trial, as a page and as JSON: who did what when, and what an auditor must not miss."""
    trial_results.audit(*arguments)
