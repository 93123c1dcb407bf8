"""Messages are read as hospitals send them: any framing, line end and dialect; what is broken is refused."""

import base64
import json
from random import Random

import pytest
from hl7apy.parser import parse_segment

from carechain.errors import CarechainError
from carechain.health_record import RecordsRefusedError
from carechain.hl7v2.er7 import Segment, split
from carechain.record_files import read_records
from tests.unit.hl7v2.hl7_messages import (
    OBR,
    OBX,
    PID,
    POLICY,
    SECRET,
    admission,
    header,
    message,
    read,
    refused,
    resources,
    result,
)

DELIMITERS = r"|^~\&"


def segment(text, delimiters=DELIMITERS, encoding="utf-8"):
    return Segment(text[:3], 1, tuple(text.split(delimiters[0])), delimiters, encoding)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_may_end_with_cr_lf_or_both(end):
    assert len(read(result().replace("\r", end))[0].records) == len(read(result())[0].records)


def test_the_last_segment_needs_no_end():
    assert len(resources(result().rstrip("\r"), "Observation")) == 1


def test_one_file_holds_many_messages_in_their_order():
    found = read(result() + "\r\r" + result(OBX.replace("8.30", "8.50"), control="MSG-2"))
    assert [b'"value":8.30' in found[0].records[1].content, b'"value":8.50' in found[1].records[1].content] == [
        True
    ] * 2


def test_mllp_frames_are_opened():
    framed = b"".join(b"\x0b" + text.encode() + b"\x1c\r" for text in (result(), admission(), result()))
    assert len(read(framed)) == 3


def test_a_frame_that_is_not_closed_is_refused_with_its_message():
    assert "message 2 ends in the middle" in refused(b"\x0b" + result().encode() + b"\x1c\r\x0b" + result().encode())


def batch(*messages, count=None):
    return r"FHS|^~\&|A" + "\r" + r"BHS|^~\&|A" + "\r" + "".join(messages) + f"BTS|{count or len(messages)}\rFTS|1\r"


def test_batches_are_opened_and_counted():
    assert len(read(batch(result(), admission()))) == 2
    assert "BTS-1 is not the number of messages" in refused(batch(result(), count=2))
    assert "has not as many FTS as FHS" in refused(batch(result()).replace("FTS|1\r", ""))
    assert "has not as many BTS as BHS" in refused(batch(result()).replace("BTS|1\r", ""))


def test_the_message_itself_is_kept_as_it_was_sent():
    for text in (result(), result().replace("\r", "\r\n"), batch(result())):
        sent = result().replace("\r", "\r\n") if "\r\n" in text else result()
        attachment = resources(text, "DocumentReference")[0]["content"][0]["attachment"]
        assert base64.b64decode(attachment["data"]) == sent.strip().encode()


def test_other_delimiters_are_read_from_msh():
    turned = result().translate(str.maketrans("|^~\\&", "#$*!%"))
    assert resources(turned, "Observation")[0]["valueQuantity"]["unit"] == "mmol/L"


def test_the_truncation_mark_of_later_versions_is_read():
    assert len(read(result(version="2.7").replace(r"^~\&", r"^~\&#"))) == 1


@pytest.mark.parametrize("start", ["MSH", "MSH|", "MSH|^~|x", "MSH|^^^^|x", "MSHA^~\\&A", "MSH|ab~\\|x", "MSH \n"])
def test_unknown_delimiters_are_refused(start):
    assert "message 1, segment 1 has no delimiters" in refused(start + "\r" + PID + "\r")


@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"line\.br\line", "line\nline"),
        (r"\H\bold\N\ plain", "bold plain"),
        (r"\X4142\c", "ABc"),
        (r"\XC3A9\t", "ét"),
        (r"\Zlocal\ stays", r"\Zlocal\ stays"),
        (r"\XFF\ stays", r"\XFF\ stays"),
        ("C:\\path", "C:\\path"),
        ("ends with \\", "ends with \\"),
        ("", ""),
    ],
)
def test_escapes_become_what_they_stand_for(escaped, plain):
    assert segment("NTE|1||x").unescaped(escaped) == plain


def test_an_escaped_delimiter_divides_nothing():
    text = resources(result(OBX, r"NTE|1||a \T\ b \S\ c"), "Observation")[0]["note"][0]["text"]
    assert text == "a & b ^ c"


def test_fields_are_those_that_hl7apy_finds():
    text = r"PID|1||p1^^^RIVER&1.2.3&ISO^MR~p2||Name&van^Given^^Jr||19800102|F|||Street 1^^Town^^1234^NL~Other"
    ours, theirs = segment(text), parse_segment(text, version="2.5")
    for field in theirs.children:
        position = int(field.name.split("_")[1])
        same = [child.to_er7() for child in theirs.children if child.name == field.name]
        assert ours.repetitions(position) == same
    assert ours.text(3, 4, 2) == theirs.pid_3[0].cx_4.hd_2.to_er7() == "1.2.3"
    assert ours.text(3, repetition=1) == theirs.pid_3[1].cx_1.to_er7() == "p2"


def test_the_null_of_hl7_is_no_value():
    assert segment('PID|""|x^""').text(1) == segment('PID|""|x^""').text(2, 2) == ""


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("UNICODE UTF-8", "utf-8"), ("utf-8", "utf-8"), ("8859/1", "latin-1"), ("UNICODE UTF-8~", "utf-8")],
)
def test_texts_are_decoded_as_msh_18_says(charset, encoding):
    text = result(OBX, "NTE|1||née", charset=charset)
    assert resources(text.encode(encoding), "Observation")[0]["note"][0]["text"] == "née"


@pytest.mark.parametrize("charset", ["UNICODE UTF-16", "8859/2", "ISO IR87", "UNICODE UTF-8~ISO IR87", "x"])
def test_other_character_sets_are_refused(charset):
    assert "segment 1: MSH-18 names a character set" in refused(result(charset=charset))


@pytest.mark.parametrize(
    ("charset", "encoding"), [("", "utf-8"), ("ASCII", "latin-1"), ("UNICODE UTF-8", "latin-1"), ("8859/1", "cp1252")]
)
def test_a_byte_of_another_character_set_is_refused_with_its_offset(charset, encoding):
    content = result(OBX, "NTE|1||price in \N{EURO SIGN} or \xe9".replace("\N{EURO SIGN}", "\x80"), charset=charset)
    content = content.encode("latin-1") if encoding != "utf-8" else content.encode()
    offset = next(index for index, byte in enumerate(content) if byte > 127)
    assert f"segment 5, byte {offset} of the file" in refused(content)


def test_a_byte_order_mark_is_tolerated():
    assert len(read(b"\xef\xbb\xbf" + result().encode())) == 1


@pytest.mark.parametrize(
    "version", ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.2", "2.4^NLD"]
)
def test_versions_from_2_3_to_2_8_are_read(version):
    assert resources(result(version=version), "Observation")[0]["valueQuantity"]["unit"] == "mmol/L"


@pytest.mark.parametrize("version", ["", "2.1", "2.2", "2.9", "3", "2"])
def test_other_versions_are_refused(version):
    assert "segment 1: MSH-12" in refused(result(version=version))


@pytest.mark.parametrize("event", ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A13", "A28", "A31"])
def test_admissions_of_these_events_are_read(event):
    assert read(admission(event=event))[0].patient == "Patient/p1"


def test_merges_are_refused_with_words():
    assert "merges or moves patients" in refused(admission(event="A40"))


@pytest.mark.parametrize("kind", ["", "ADT", "ADT^A09", "ADT^A99", "ORM^O01", "MDM^T02", "ORU^R30", "ACK", "SIU^S12"])
def test_other_types_are_refused(kind):
    assert "segment 1: MSH-9 is not a type of message that is read" in refused(message(PID, OBR, kind=kind))


def test_a_message_starts_with_msh():
    assert "message 1, segment 1 is not MSH" in refused(PID + "\r" + OBR)


def test_without_pid_or_its_identifier_a_message_is_refused():
    assert "message 1 has no PID segment" in refused(message(OBR, OBX))
    assert "segment 2: PID-3 has no identifier" in refused(message(f"PID|1||||{SECRET}", OBR))


def test_a_result_without_an_order_is_refused_as_truncated():
    assert "message 1 has no OBR segment" in refused(message(PID))
    assert "is one part of a message" in refused(result(OBX, "DSC|x"))


def test_a_line_that_is_no_segment_is_refused_with_its_number():
    assert "message 1, segment 5 is not a segment" in refused(result(OBX, "a line of text"))


def test_a_line_feed_within_a_segment_that_ends_with_cr_is_text():
    assert resources(result(OBX, "NTE|1||one\ntwo"), "Observation")[0]["note"] == [{"text": "one\ntwo"}]


def test_all_faults_of_a_file_are_found_at_once():
    bad = (message(OBR), result(version="9"), result(), result("OBX|1|NM|||5"))
    with pytest.raises(RecordsRefusedError) as error:
        read("".join(bad))
    assert [refusal.place for refusal in error.value.refusals] == [
        "messages.hl7: message 1",
        "messages.hl7: message 2, segment 1: MSH-12",
        "messages.hl7: message 4, segment 4: OBX-3",
    ]


@pytest.mark.parametrize("content", [b"", b"\r\n", b"\x0b\x1c\r"])
def test_an_empty_file_is_refused(content):
    assert "is empty" in refused(content)


def test_a_batch_without_messages_is_refused():
    assert "holds no messages" in refused(r"BHS|^~\&|A" + "\rBTS|0\r")


def test_a_file_is_read_by_its_path_and_its_size_is_limited(tmp_path):
    file = tmp_path / "one.hl7"
    file.write_bytes(result().encode())
    assert read_records(file, POLICY)[0].source == "one.hl7"
    with pytest.raises(CarechainError, match="larger than 10 bytes"):
        read_records(file, POLICY, max_bytes=10)


def test_messages_of_a_file_are_split_without_reading_them():
    places = [found.place for found in split((result() + result()).encode(), "f")]
    assert places == ["f: message 1", "f: message 2"]


def test_a_printed_bundle_shows_nothing_private():
    found = read(admission())
    assert SECRET not in repr(found)
    assert "p1" not in repr(found)
    assert json.loads(found[0].records[0].content)["name"][0]["family"] == SECRET
    assert header().startswith("MSH")


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_message_is_read_or_refused_with_words(seed):
    chance, refusals = Random(seed), []
    for _ in range(60):
        damaged = bytearray(chance.choice([result(), admission("DG1|1||I10^x^I10", "AL1|1|DA|1")]).encode())
        for _ in range(chance.choice([1, 2, 8])):
            at = chance.randrange(len(damaged))
            if chance.random() < 0.5:
                damaged[at] = chance.choice(b'|^~\\&\r\n"A0\x0b\x1c \xc3')
            else:
                del damaged[at : at + chance.randrange(1, 20)]
        try:
            assert all(found.patient.startswith("Patient/") for found in read(bytes(damaged)))
        except CarechainError as refusal:
            refusals.append(str(refusal))
    assert refusals
    assert all("messages.hl7" in refusal for refusal in refusals)
