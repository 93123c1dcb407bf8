"""The page of an audit: whole, well formed, needing nothing from outside, and plain to who cannot see it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from lxml import html as lxml_html

from carechain.drawn_text import clean
from carechain.trials.audit import OutcomeLine
from carechain.trials.audit_page import page_of
from tests.unit.trial_audit.invented import (
    CONTRACT,
    HOSTILE,
    audit,
    crowded_audit,
    empty_audit,
    hostile_audit,
    rich_audit,
)

AUDITS = {
    "empty": empty_audit,
    "plain": audit,
    "rich": rich_audit,
    "crowded": crowded_audit,
    "hostile": hostile_audit,
}
VOID = {"meta", "br"}
HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def pages():
    return {name: page_of(make()) for name, make in AUDITS.items()}


@pytest.fixture(params=AUDITS)
def page(request, pages):
    return pages[request.param]


def tree(page):
    """As XML, which forgives nothing."""
    return ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>").encode("utf-8"))


def inside(element):
    return " ".join("".join(element.itertext()).split())


def rows(page, name):
    """Texts of the cells of a section's tables."""
    found = tree(page).find(f".//{HTML}section[@aria-labelledby='{name}']")
    return [[inside(cell) for cell in row] for row in found.iterfind(f".//{HTML}tbody/{HTML}tr")]


class _Nesting(HTMLParser):
    """Every element is ended where HTML wants it to be."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.names = [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_it_is_well_formed_as_html_and_as_xml(page):
    assert page.startswith('<!DOCTYPE html>\n<html lang="en"')
    root = tree(page)
    reader = _Nesting()
    reader.feed(page)
    reader.close()
    assert not reader.open
    assert reader.names == [element.tag.rpartition("}")[2] for element in root.iter()]
    parsed = lxml_html.document_fromstring(page.encode("utf-8"))
    assert parsed.findtext(".//h1") is not None or parsed.find(".//h1/bdi") is not None


def test_it_has_no_script_and_asks_for_nothing_from_outside(page):
    root = tree(page)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "use",
        "image",
        "a:script",
    }
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "action", "style")
            if name == "href":
                assert value.startswith("#")
    style = "".join(element.text for element in root.iter(f"{HTML}style"))
    assert "url(" not in style
    assert "@import" not in style
    policy = next(element for element in root.iter(f"{HTML}meta") if element.get("http-equiv"))
    assert policy.get("content").startswith("default-src 'none'")


def test_names_of_elements_are_used_once_and_what_is_referred_to_is_there(page):
    root = tree(page)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    for element in root.iter():
        for name in (element.get("aria-labelledby") or "").split():
            assert name in names
        if element.get("href"):
            assert element.get("href")[1:] in names


def test_it_tells_its_parts_to_who_cannot_see_them(page):
    root = tree(page)
    levels = [int(e.tag[-1]) for e in root.iter() if re.fullmatch(re.escape(HTML) + "h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in root.iter(f"{HTML}table"):
        assert inside(table.find(f"{HTML}caption"))
        for head in table.iter(f"{HTML}th"):
            assert head.get("scope") in ("col", "row")
        columns = len(table.find(f"{HTML}thead/{HTML}tr"))
        assert all(len(row) == columns for row in table.iterfind(f"{HTML}tbody/{HTML}tr"))
        assert all(inside(cell) for row in table.iterfind(f"{HTML}tbody/{HTML}tr") for cell in row)


def test_what_people_wrote_stays_text(pages):
    text = clean(HOSTILE)
    assert "\u202e" not in pages["hostile"]
    assert "<script" not in pages["hostile"]
    root = tree(pages["hostile"])
    written = [inside(element) for element in root.iter(f"{HTML}bdi")]
    assert written.count(text) >= 12
    assert text in inside(root.find(f".//{HTML}h1"))
    assert root.findtext(f"{HTML}head/{HTML}title") == clean(f"Audit of trial {HOSTILE} {HOSTILE}")


def test_identity_stands_at_the_top(pages):
    header = inside(tree(pages["rich"]).find(f".//{HTML}header"))
    for text in (
        "Carevalin against placebo in heart failure",
        "18.7",
        "Institute of Invented Medicine",
        "1337",
        CONTRACT,
        rich_audit().log_root,
        "41 entries",
        "2028-03-11 00:00:00 UTC",
        "after its first participant was enrolled",
    ):
        assert text in header


def test_findings_come_first_or_it_says_that_there_are_none(pages):
    for name, first in (("rich", rich_audit().findings[0]), ("plain", "✓ Nothing to remark.")):
        section = tree(pages[name]).find(f".//{HTML}main")[0]
        assert section.get("aria-labelledby") == "findings"
        assert first in inside(section)


def test_outcomes_say_by_word_and_symbol_what_became_of_them(pages):
    assert [row[1] for row in rows(pages["rich"], "outcomes")] == [
        "✓ reported as registered",
        "≠ reported, but changed",
        "○ no result",
        "+ added: never registered",
    ]


def test_before_the_lock_a_result_that_is_not_there_is_not_missing():
    line = OutcomeLine(0, "primary", "", "", "missing", ())
    assert rows(page_of(audit(outcomes=(line,))), "outcomes")[0][1] == "○ no result yet"
    assert rows(page_of(audit(outcomes=(line,), state=("locked",))), "outcomes")[0][1] == "○ no result"


def test_deadlines_say_whether_they_were_kept(pages):
    assert [row[1] for row in rows(pages["rich"], "deadlines")] == [
        "! done, but late",
        "! overdue",
        "✓ done in time",
        "! overdue",
    ]


def test_amendments_say_what_they_changed_and_who_had_seen_what(pages):
    found = rows(pages["rich"], "versions")
    assert [row[:2] for row in found] == [
        ["0", "● registered"],
        ["—", "✕ dropped"],
        ["1", "● in force"],
        ["2", "● in force"],
    ]
    assert found[2][5] == "outcomes, analysis plan"
    assert found[2][6].startswith("drawn up by those who had seen data; after the first enrolment")
    assert found[3][6].endswith("participants have to sign again")


@pytest.mark.parametrize("name", ["rich", "crowded"])
def test_every_entry_stands_with_its_transaction(pages, name):
    told = AUDITS[name]()
    steps = rows(pages[name], "steps")
    assert [(row[0], row[4]) for row in steps] == [(str(step.index), step.transaction) for step in told.steps]
    assert [row[2] for row in steps] == [step.sentence for step in told.steps]
    data = rows(pages[name], "data")
    batches = [batch for stream in told.streams for batch in stream.batches]
    assert [(row[0], row[7]) for row in data] == [(str(batch.index), batch.transaction) for batch in batches]


def test_corrections_and_late_entries_are_marked(pages):
    found = [row[5] for row in rows(pages["rich"], "data")]
    assert found.count("◆ corrects entry 3") == 2
    assert found.count("■ 45 days after its period") == 2


def test_an_act_of_anybody_names_nobody(pages):
    assert rows(pages["rich"], "steps")[14][3].startswith("anybody")


def test_it_says_how_to_check_it(pages):
    text = inside(tree(pages["rich"]).find(f".//{HTML}section[@aria-labelledby='check']"))
    for words in ("RFC 9162", "SHA-256(0x00 ‖ entry)", "logOf(trial, 0)", rich_audit().log_root, CONTRACT):
        assert words in text
