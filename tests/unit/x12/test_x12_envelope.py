"""What surrounds transaction sets is whole and balanced, or nothing of the file is taken."""

import pytest

from tests.unit.x12.x12_documents import (
    PROFESSIONAL,
    changed,
    file_of,
    group,
    interchange,
    professional,
    read,
    refused,
    refused_as_a_whole,
    the_claim,
    told,
    transaction_set,
)

OTHER = changed(PROFESSIONAL, ("RC-1", "RC-2"))
THIRD = changed(PROFESSIONAL, ("RC-1", "RC-3"))


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_segments_may_stand_on_lines(end):
    assert the_claim(file_of(PROFESSIONAL, end=end)).control_number == "RC-1"


def test_the_last_segment_needs_its_terminator_and_no_line_end():
    assert the_claim(professional().rstrip(b"\n")).total == 12050
    assert "segment 29 ends in the middle" in refused_as_a_whole(professional().rstrip(b"\n~"))


@pytest.mark.parametrize("separators", ["|^:~", "*^>~", "*!<'", "\x1d\x1e\x1f\x1c", "*^:\n"])
def test_any_separators_are_read_from_isa(separators):
    claim = the_claim(file_of(PROFESSIONAL, separators=separators, end=""))
    assert claim.lines[0].procedure.modifiers == ("25",)


@pytest.mark.parametrize("separators", ["*^*~", "**:~", "*^:^", "*A:~", "*^ ~", "*^.~"])
def test_separators_that_cannot_be_told_apart_are_refused(separators):
    content = bytearray(professional())
    content[82], content[104], content[105] = separators[1:].encode()
    assert "segment 1 (ISA)" in refused_as_a_whole(bytes(content))


def test_a_byte_order_mark_and_blank_lines_around_are_tolerated():
    assert the_claim(b"\xef\xbb\xbf\r\n" + professional() + b"\r\n \x1a").control_number == "RC-1"


def test_several_groups_sets_and_interchanges_are_read_in_their_order():
    first = interchange(
        group(transaction_set(PROFESSIONAL), transaction_set(OTHER, "0002")),
        group(transaction_set(THIRD), number="2"),
    )
    second = interchange(
        group(transaction_set(changed(PROFESSIONAL, ("RC-1", "RC-4")))), number="000000002", separators="|~>!"
    )
    found = read(first + second)
    assert [claim.control_number for claim in found.claims] == ["RC-1", "RC-2", "RC-3", "RC-4"]
    assert found.claims[3].place == "claims.837: segment 99 (CLM)"


@pytest.mark.parametrize("keep", range(106, 1100, 41))
def test_a_truncated_interchange_is_refused(keep):
    content = file_of(PROFESSIONAL, OTHER)
    assert keep < len(content) - 3
    refused_as_a_whole(content[:keep])


def test_what_is_missing_at_the_end_is_said():
    segments = professional().splitlines(keepends=True)
    assert "segment 29 is missing" in refused_as_a_whole(b"".join(segments[:-1]))
    assert "segment 28 is missing" in refused_as_a_whole(b"".join(segments[:-2]))
    assert "its SE is missing" in refused_as_a_whole(b"".join(segments[:-3] + segments[-2:]))
    assert "segment 28 (IEA) stands where a transaction set begins" in refused_as_a_whole(
        b"".join(segments[:-2] + segments[-1:])
    )


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"GE*1*1", b"GE*2*1", "GE01 is not the number of the transaction sets"),
        (b"GE*1*1", b"GE*1*2", "GE02 is not the control number of GS06"),
        (b"GE*1*1", b"GE*X*1", "GE01 is not the number of the transaction sets"),
        (b"GE*1*1", b"GE*" + b"9" * 5000 + b"*1", "GE01 is not the number of the transaction sets"),
        (b"IEA*1*", b"IEA*2*", "IEA01 is not the number of the groups"),
        (b"IEA*1*000000001", b"IEA*1*000000002", "IEA02 is not the control number of ISA13"),
        (b"*P*:~", b"*I*:~", "ISA15 is neither P nor T"),
        (b"*00501*", b"*00402*", "ISA12 is another release"),
        (b"*00501*", b"*00401*", "ISA12 is another release than 005010. Send 005010"),
        (b"ISA*00*  ", b"ISA*00* ", "does not have its 16 elements"),
        (b"SBR*P", b"ISA*P", "stands in a transaction set that is not closed"),
        (b"HL*2", b"~HL*2", "is empty, or longer than any segment"),
        (b"REED", b"RE\nED", "holds a control character"),
        (b"HL*2", b" HL*2", "does not begin with the name of a segment"),
    ],
)
def test_a_broken_interchange_is_refused_with_its_place(old, new, why):
    content = professional()
    assert content.count(old) == 1
    assert why in refused_as_a_whole(content.replace(old, new))


def test_a_segment_longer_than_any_is_refused_and_not_dropped():
    assert "longer than any segment" in refused_as_a_whole(professional(("1 QUAY", "Q" * 20_000)))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"MSH|^~\\&|A", "this is no X12 interchange"),
        (b'{"resourceType": "Claim"}', "this is no X12 interchange"),
        (b"ISA*00*", "ends in the middle"),
        (b"\xff\xfeI\x00S\x00A\x00", "is not UTF-8"),
        (professional().replace(b"REED", b"R\xc9ED"), "is not UTF-8"),
        (professional() + b"HELLO~", "is not ISA, and stands after the end"),
        (interchange(), "holds no transaction set"),
    ],
)
def test_what_is_no_x12_is_refused(content, why):
    assert why in refused_as_a_whole(content)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"SE*25*0002", b"SE*24*0002", "SE01 is not the number of the segments"),
        (b"SE*25*0002", b"SE*25*0003", "SE02 is not the control number of ST02"),
        (b"ST*837*0002*005010X222A1", b"ST*837*0002*005010X222", "ST03 is another version than GS08"),
        (b"ST*837*0002", b"ST*835*0002", "ST01 is not 837"),
    ],
)
def test_a_bad_transaction_set_does_not_lose_the_claims_of_others(old, new, why):
    content = file_of(PROFESSIONAL, OTHER, THIRD)
    assert content.count(old) == 1
    found = read(content.replace(old, new))
    assert [claim.control_number for claim in found.claims] == ["RC-1", "RC-3"]
    assert found.read == 3
    assert why in told(found.refusals[0])


def test_repeated_control_numbers_refuse_the_later():
    again = interchange(group(transaction_set(PROFESSIONAL), transaction_set(OTHER)))
    found = read(again)
    assert [claim.control_number for claim in found.claims] == ["RC-1"]
    assert "ST02 was there before" in told(found.refusals[0])
    groups = read(interchange(group(transaction_set(PROFESSIONAL)), group(transaction_set(OTHER))))
    assert len(groups.claims) == 1
    assert "GS06 was there before" in told(groups.refusals[0])
    whole = read(file_of(PROFESSIONAL) + file_of(OTHER))
    assert len(whole.claims) == 1
    assert "ISA13 was there before" in told(whole.refusals[0])


def test_a_test_is_noted():
    assert read(file_of(PROFESSIONAL, test="T")).notes == ("the file says that it is a test (ISA15)",)
    assert read(file_of(PROFESSIONAL)).notes == ()


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("004010X098A1", "is of release 004010 (GS08). Send 005010"),
        ("005010X224A2", "is of dental claims (837D)"),
        ("005010X299", "GS08 is not a version that is read here"),
    ],
)
def test_other_versions_are_refused(version, why):
    assert why in refused(file_of(PROFESSIONAL, version=version))


@pytest.mark.parametrize("version", ["005010X222", "005010X222A1", "005010X222A2"])
def test_every_version_of_professional_claims_is_read(version):
    assert the_claim(file_of(PROFESSIONAL, version=version)).kind == "professional"
