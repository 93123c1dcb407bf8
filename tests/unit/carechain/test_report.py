"""Reports: the same facts for a person and in a file, and an exit code that tells of refusals."""

from __future__ import annotations

import io
import json
import logging
import os
import stat

import pytest
from requests.exceptions import ConnectionError as NodeDown
from rich.console import Console

from carechain.chain import Sent, log
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
    report.table("[t]", ("[n]o", "name"), [(1, "[/bold] Hospital [red]")])
    report.say(":warning: 12:30")
    report.refused("[x]", "is [y]")
    report.close()
    for text in (
        "consent[old].json",
        "[bold]said[/bold]",
        "[/red] noted",
        "[t]",
        "[n]o",
        "[/bold] Hospital [red]",
        ":warning: 12:30",
        "[x] is [y]",
    ):
        assert text in printed.getvalue()


def test_what_is_waited_for_is_named_as_it_is(tmp_path, printed):
    console = Console(file=printed, width=110, force_terminal=True)
    assert len(list(Report("consent", "apply", tmp_path, console).progress(range(30), "[/red] [old]"))) == 30
    assert "[/red] [old]" in printed.getvalue()


def test_a_name_can_neither_move_the_cursor_nor_turn_the_writing_round(report, printed):
    report.say("\x1b[2J\rdone\u202enosj")
    report.table("t", ("name",), [("\x9b2J",)])
    assert "\\x1b[2J\\rdone\\u202enosj" in printed.getvalue()
    assert "\\x9b2J" in printed.getvalue()


def test_a_file_name_that_is_no_utf_8_is_printed_and_kept(tmp_path, capfd):
    name = os.fsdecode(b"consent-\xff.json")
    with reporting("consent", "apply", tmp_path) as report:
        report.title(f"{name} is empty")
        report.keep(file=name)
    assert "consent-\\udcff.json is empty" in capfd.readouterr().out
    assert facts_in(tmp_path)["file"] == name


def test_a_report_is_for_its_user_alone(report, tmp_path):
    (tmp_path / "consent-apply.json").write_text("{}", "utf-8")
    report.close()
    assert stat.S_IMODE((tmp_path / "consent-apply.json").stat().st_mode) == 0o600


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
    ("error", "said"),
    [
        (
            PermissionError(13, "Permission denied", "wallet.json"),
            "wallet.json cannot be read or written (Permission d",
        ),
        (OSError(28, "No space left on device"), "A file cannot be read or written (No space left on device)."),
        (NodeDown("refused"), "The node did not answer. Start the chain, or check its address."),
    ],
    ids=["unreadable", "full", "node"],
)
def test_files_and_nodes_that_fail_are_sentences(tmp_path, capsys, error, said):
    with pytest.raises(SystemExit) as caught, reporting("consent", "apply", tmp_path):
        raise error
    assert caught.value.code == 1
    assert len(facts_in(tmp_path)["refused"]) == 1
    output = capsys.readouterr()
    assert said in " ".join(output.out.split())
    assert "Traceback" not in output.out + output.err


def test_facts_that_cannot_be_written_are_a_sentence(tmp_path, capsys):
    (tmp_path / "reports").write_text("a file in the folder's place", "utf-8")
    with pytest.raises(SystemExit) as caught, reporting("consent", "apply", tmp_path / "reports") as report:
        report.sent(SENT)
    assert caught.value.code == 1
    output = " ".join(capsys.readouterr().out.split())
    assert "consent-apply.json cannot be written (Not a directory). See that you" in output
    assert "49,364" in output


@pytest.mark.parametrize("surprise", [ZeroDivisionError("ours"), KeyboardInterrupt()], ids=["mistake", "interrupted"])
def test_what_nobody_expected_is_raised_when_the_facts_are_written(tmp_path, capsys, surprise):
    def fails():
        with reporting("consent", "apply", tmp_path) as report:
            report.sent(SENT)
            raise surprise

    with pytest.raises(type(surprise)):
        fails()
    facts = facts_in(tmp_path)
    assert (facts["gas"], facts["stoppedBy"]) == (SENT.gas, type(surprise).__name__)
    assert "49,364" in capsys.readouterr().out


def test_what_nobody_expected_is_raised_even_where_the_facts_cannot_be_written(tmp_path, capsys):
    (tmp_path / "reports").write_text("a file in the folder's place", "utf-8")
    with pytest.raises(ZeroDivisionError), reporting("consent", "apply", tmp_path / "reports"):
        raise ZeroDivisionError
    assert "cannot be written" in " ".join(capsys.readouterr().out.split())


def test_the_log_goes_to_stderr_only_where_it_is_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CARECHAIN_LOG", raising=False)
    with reporting("consent", "apply", tmp_path):
        log.debug("nobody asked")
    monkeypatch.setenv("CARECHAIN_LOG", "debug")
    with reporting("consent", "apply", tmp_path):
        log.debug("sent 0x12")
    monkeypatch.delenv("CARECHAIN_LOG")
    with reporting("consent", "apply", tmp_path):
        log.debug("nobody asks any more")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("carechain: sent 0x12")
    assert log is logging.getLogger("carechain")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("a.json", "is empty"), "a.json is empty."),
        (("a.json", "is empty.", "give more."), "a.json is empty. Give more."),
        (("a.json", "is empty", "URLs help"), "a.json is empty. URLs help."),
        (("../a.json", "is not b..c", "see ../docs."), "../a.json is not b..c. See ../docs."),
    ],
)
def test_a_sentence_has_its_full_stops(parts, text):
    assert sentence(*parts) == text
    assert str(CarechainError(*parts)) == text
