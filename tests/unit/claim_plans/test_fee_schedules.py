"""A fee schedule says what is allowed for a procedure, proves it, and tells nobody else what it is."""

import csv
import hashlib
import hmac
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from carechain.claims.document import Code, ServiceLine
from carechain.claims.fee_schedule import (
    FeeSchedule,
    commitment_to,
    key_path,
    proofs_of,
    read_key,
    write_new_key,
)
from carechain.claims.plan_file import load_plan
from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash, verify_inclusion
from tests.helpers.plan_files import KEY

FEES = "code,amount,system,modifiers\n99213,38.50,,\n99213,46.20,,95 GT\n36415,4.10,,\nB-1,0.01,urn:a,\n"
NATIONAL = Path(__file__).parents[3] / "examples" / "plans" / "national.yaml"


def schedule(folder, text=FEES, currency="EUR", key=KEY):
    path = folder / "fees.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return FeeSchedule.load(path, key, currency)


def test_every_fee_is_proven_by_the_root(tmp_path):
    fees = schedule(tmp_path)
    codes = [Code("hcpcs", "36415"), Code("hcpcs", "99213"), Code("hcpcs", "99213", ("95", "GT")), Code("urn:a", "B-1")]
    for index, (code, amount) in enumerate(zip(codes, (410, 3_850, 4_620, 1), strict=True)):
        fee = fees.fee(code)
        assert (fee.index, fee.amount, fee.commitment) == (index, amount, commitment_to(code, KEY))
        leaf = leaf_hash(fee.commitment + amount.to_bytes(5))
        assert verify_inclusion(leaf, index, fees.size, fee.proof, fees.root)
    assert fees.size == 4


def test_a_commitment_is_of_salt_system_code_and_modifiers():
    content = b"hcpcs\0" + b"99213\0" + b"95"
    salt = hmac.new(KEY, content, hashlib.sha256).digest()
    assert commitment_to(Code("hcpcs", "99213", ("95",)), KEY) == hashlib.sha256(salt + content).digest()


def test_another_key_gives_other_commitments_and_another_root(tmp_path):
    one, other = schedule(tmp_path), schedule(tmp_path, key=bytes(32))
    code = Code("hcpcs", "36415")
    assert one.fee(code).commitment != other.fee(code).commitment
    assert one.root != other.root


def test_the_order_of_the_file_does_not_matter(tmp_path):
    head, *lines = FEES.splitlines(keepends=True)
    assert schedule(tmp_path).root == schedule(tmp_path, head + "".join(reversed(lines))).root


def test_what_is_not_listed_with_these_modifiers_has_no_fee(tmp_path):
    fees = schedule(tmp_path)
    assert fees.fee(Code("hcpcs", "99999")) is None
    assert fees.fee(Code("hcpcs", "36415", ("95",))) is None
    assert fees.fee(Code("cdt", "36415")) is None


def test_capitals_do_not_matter(tmp_path):
    fees = schedule(tmp_path, "code,amount,modifiers\ng0463,1,gt\n")
    assert fees.fee(Code("hcpcs", "G0463", ("GT",))) == fees.fee(Code("hcpcs", "g0463", ("gt",)))


def test_code_and_amount_are_enough(tmp_path):
    assert schedule(tmp_path, "amount,code\n12,36415\n").fee(Code("hcpcs", "36415")).amount == 1_200


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", "fees.csv: line 1", "has other columns"),
        ("code\n1\n", "fees.csv: line 1", "has other columns"),
        ("code,amount,text\n1,1,x\n", "fees.csv: line 1", "has other columns"),
        ("code,amount,code\n1,1,1\n", "fees.csv: line 1", "has other columns"),
        ("code,amount\n", "fees.csv", "lists no procedures"),
        ("code,amount\n1,1\n2\n", "fees.csv: line 3", "has not one field"),
        ("code,amount\n1,1,1\n", "fees.csv: line 2", "has not one field"),
        ("code,amount\n1,1\n1,2\n", "fees.csv: line 3", "has a procedure that stands before"),
        ("code,amount\n,1\n", "fees.csv: line 2: code", "is not made of"),
        ("code,amount\nÄ,1\n", "fees.csv: line 2: code", "is not made of"),
        ("code,amount\n1,0\n", "fees.csv: line 2: amount", "is not between zero"),
        ("code,amount\n1,-1\n", "fees.csv: line 2: amount", "is not an amount"),
        ("code,amount\n1,1.005\n", "fees.csv: line 2: amount", "is finer"),
        ('code,amount\n1,"1,00"\n', "fees.csv: line 2: amount", "is not an amount"),
        ("code,amount\n1,171798691.84\n", "fees.csv: line 2: amount", "is not between zero"),
        (b"code,amount\n\xff,1\n", "fees.csv", "is not CSV in UTF-8"),
        ('code,amount\n"1,1\n', "fees.csv", "is not CSV in UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_by_its_line(tmp_path, text, place, problem):
    with pytest.raises(CarechainError) as refused:
        schedule(tmp_path, text)
    assert refused.value.place == place
    assert problem in refused.value.problem


def test_a_new_key_is_read_again_and_is_its_owners_alone(tmp_path):
    path = key_path(tmp_path / "fees.csv")
    key = write_new_key(path)
    assert path.name == "fees.key"
    assert read_key(path) == key
    assert path.stat().st_mode & 0o77 == 0
    with pytest.raises(FileExistsError):
        write_new_key(path)


@pytest.mark.parametrize("text", ["", "00", "zz" * 32, "00" * 33])
def test_what_is_no_key_is_refused(tmp_path, text):
    path = tmp_path / "fees.key"
    path.write_text(text)
    with pytest.raises(CarechainError, match="is no key"):
        read_key(path)


def test_a_key_of_another_length_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="is not 32 bytes long"):
        schedule(tmp_path, key=b"short")


def test_the_example_prices_lines_of_scheduled_categories_alone():
    plan = load_plan(NATIONAL)
    fee = plan.fee_of(service("hcpcs", "99213"))
    assert fee.amount == 3_850
    assert plan.fee_of(service("hcpcs", "99215")) is None
    assert plan.fee_of(service("hcpcs", "10004")) is None
    assert plan.fee_of(ServiceLine(1, None, Code("revenue", "0120"), 1, Decimal(1), "DA", DAY, DAY)) is None
    assert plan.publication(1).schedule_root == plan.schedule.root
    assert proofs_of([fee, fee]) == fee.proof * 2


def test_every_fee_of_the_example_is_of_a_category_that_is_priced_so():
    plan = load_plan(NATIONAL)
    with (NATIONAL.parent / "national-fees.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            line = service(row["system"] or "hcpcs", row["code"], tuple(row["modifiers"].split()))
            assert plan.fee_of(line) is not None


DAY = date(2026, 1, 2)


def service(system, code, modifiers=()):
    return ServiceLine(1, Code(system, code, modifiers), None, 100, Decimal(1), "UN", DAY, DAY)
