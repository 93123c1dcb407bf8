"""Reports: the same facts for a person and in a file, and an exit code that tells of refusals."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from carechain.chain import Sent
from carechain.errors import CarechainError, sentence
from carechain.report import Report, reporting

SENT = Sent("grant", "0x" + "ab" * 32, 12, 49_364, 164)


@pytest.fixture
def printed():
    return io.StringIO()


@pytest.fixture
def report(tmp_path, printed):
    return Report("consent", "apply", tmp_path, Console(file=printed, width=110, highlight=False))


def facts_in(folder):
    return json.loads((folder / "consent-apply.json").read_text("utf-8"))


def test_a_report_holds_what_was_done_refused_and_spent(report, tmp_path, printed):
    report.note("Narrower: nothing sensitive")
    report.keep(file="consent.json")
    report.add("granted", 1)
    report.add("granted", 2)
    report.sent(SENT)
    report.sent(None)
    report.sent(SENT)
    report.refused("consent.json: Consent.status", "is not active", "apply it later")
    report.close()
    transaction = {"what": "grant", "transaction": SENT.hash, "block": 12, "gas": 49_364}
    assert facts_in(tmp_path) == {
        "workflow": "consent apply",
        "notes": ["Narrower: nothing sensitive"],
        "file": "consent.json",
        "granted": [1, 2],
        "transactions": [transaction, transaction],
        "gas": 98_728,
        "refused": [{"element": "consent.json: Consent.status", "reason": "is not active", "mend": "apply it later"}],
    }
    assert "Refused: consent.json: Consent.status is not active. Apply it later." in printed.getvalue()
    assert "49,364" in printed.getvalue()


def test_text_of_others_is_printed_as_it_is(report, printed):
    """Names of files and of organisations may look like the printer's own marks."""
    report.title("Consent document consent[old].json")
    report.say("[bold]said[/bold]")
    report.note("[/red] noted")
    report.table("[t]", ("no", "name"), [(1, "[/bold] Hospital [red]")])
    report.refused("[x]", "is [y]")
    report.close()
    for text in ("consent[old].json", "[bold]said[/bold]", "[/red] noted", "[/bold] Hospital [red]", "[x] is [y]"):
        assert text in printed.getvalue()


def test_a_report_that_fails_midway_leaves_the_earlier_one_whole(report, tmp_path):
    report.keep(first=True)
    report.close()
    report.keep(broken=object())
    with pytest.raises(TypeError):
        report.close()
    assert facts_in(tmp_path)["first"] is True
    assert [path.name for path in tmp_path.iterdir()] == ["consent-apply.json"]


def test_the_folder_is_made(tmp_path):
    Report("consent", "apply", tmp_path / "new" / "reports", Console(quiet=True)).close()
    assert facts_in(tmp_path / "new" / "reports")["transactions"] == []


def test_short_and_long_work_yield_every_item(report):
    assert list(report.progress(range(3), "trying")) == [0, 1, 2]
    assert list(report.progress(range(50), "trying")) == list(range(50))


def test_a_workflow_that_refuses_nothing_ends_well(tmp_path, capsys):
    with reporting("consent", "apply", tmp_path) as report:
        report.say("done")
    assert facts_in(tmp_path)["refused"] == []
    assert "done" in capsys.readouterr().out


def test_a_refusal_ends_the_program_with_1(tmp_path):
    with pytest.raises(SystemExit) as caught, reporting("consent", "apply", tmp_path) as report:
        report.refused("x", "is wrong")
    assert caught.value.code == 1


def test_an_error_becomes_a_sentence_and_a_fact(tmp_path, capsys):
    def fails():
        with reporting("consent", "apply", tmp_path) as report:
            report.sent(SENT)
            raise CarechainError("consent.json", "is empty", "give a consent")

    with pytest.raises(SystemExit) as caught:
        fails()
    assert caught.value.code == 1
    facts = facts_in(tmp_path)
    assert facts["refused"] == [{"element": "consent.json", "reason": "is empty", "mend": "give a consent"}]
    assert facts["gas"] == SENT.gas
    output = capsys.readouterr()
    assert "Refused: consent.json is empty. Give a consent." in output.out
    assert "Traceback" not in output.out + output.err


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("a.json", "is empty"), "a.json is empty."),
        (("a.json", "is empty.", "give more."), "a.json is empty. Give more."),
        (("a.json", "is empty", "URLs help"), "a.json is empty. URLs help."),
    ],
)
def test_a_sentence_has_its_full_stops(parts, text):
    assert sentence(*parts) == text
    assert str(CarechainError(*parts)) == text
