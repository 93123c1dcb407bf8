"""`brownie run wallet split …` and `combine …`: the wallet file in shares, and from shares again."""

from __future__ import annotations

import stat

import pytest

import scripts.wallet
from carechain.private_file import write_private
from carechain.seed_shares import split
from carechain.wallet import Wallet

WALLET = Wallet(bytes(range(32)))


def one_line(text):
    return " ".join(text.split())


@pytest.fixture(autouse=True)
def _password(monkeypatch):
    monkeypatch.setenv("CARECHAIN_WALLET_PASSWORD", "correct horse")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("wallet") / "wallet.json"
    WALLET.save(path, "correct horse")
    return path


@pytest.fixture
def shares(tmp_path):
    """The files of five shares, three of which are needed."""
    paths = [tmp_path / "shares" / f"share-{n}-of-5.txt" for n in range(1, 6)]
    for path, share in zip(paths, split(bytes(range(32)), 3, 5), strict=True):
        write_private(path, f"{share}\n")
    return paths


def test_any_three_of_five_files_make_the_wallet_again(run, file, tmp_path):
    folder, copy = tmp_path / "shares", tmp_path / "copy.json"
    assert run(scripts.wallet.split, file, 3, 5, folder).code == 0
    shares = [folder / f"share-{n}-of-5.txt" for n in range(1, 6)]
    done = run(scripts.wallet.combine, copy, shares[4], shares[0], shares[2])
    assert done.code == 0
    assert done.facts["wallet"] == str(copy)
    assert Wallet.open(copy, "correct horse").words == WALLET.words


def test_the_files_are_for_their_owner_alone_and_the_report_only_names_them(run, file, tmp_path):
    done = run(scripts.wallet.split, file, 2, 3, tmp_path / "shares")
    paths = sorted((tmp_path / "shares").iterdir())
    assert done.facts["shares"] == [str(path) for path in paths]
    assert len(paths) == 3
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        first_words = " ".join(path.read_text("utf-8").split()[:4])
        assert first_words not in one_line(done.output)
        assert first_words not in str(done.facts)


def test_files_that_are_there_are_never_replaced(run, file, shares):
    before = [path.read_text("utf-8") for path in shares]
    shares[0].unlink()
    done = run(scripts.wallet.split, file, 3, 5, shares[0].parent)
    assert done.code == 1
    assert "share-2-of-5.txt exists already" in one_line(done.output)
    assert [path.read_text("utf-8") for path in shares[1:]] == before[1:]
    assert not shares[0].exists()


def test_too_few_files_make_no_wallet(run, shares, tmp_path):
    done = run(scripts.wallet.combine, tmp_path / "copy.json", shares[0], shares[1])
    assert done.code == 1
    assert "The shares are 2 of the 3 needed" in one_line(done.output)
    assert not (tmp_path / "copy.json").exists()


def test_a_wallet_that_is_there_is_not_replaced_by_one_from_shares(run, file, shares):
    before = file.read_text("utf-8")
    done = run(scripts.wallet.combine, file, *shares[:3])
    assert done.code == 1
    assert "exists already" in one_line(done.output)
    assert file.read_text("utf-8") == before


@pytest.mark.parametrize(
    ("function", "arguments", "problem"),
    [
        (scripts.wallet.split, ("w.json", 3, 5), "Write: brownie run wallet split <file> <threshold> <count> <folder>"),
        (scripts.wallet.split, ("w.json", "three", 5, "x"), "The number of shares three is not a number"),
        (scripts.wallet.split, ("/no/such/wallet", 3, 5, "x"), "/no/such/wallet cannot be read"),
        (scripts.wallet.combine, ("w.json",), "Write: brownie run wallet combine <file> <share file> …"),
        (scripts.wallet.combine, ("w.json", "/no/such/share"), "/no/such/share cannot be read"),
    ],
)
def test_a_wrong_call_is_a_sentence(run, function, arguments, problem):
    done = run(function, *arguments)
    assert done.code == 1
    assert problem in one_line(done.output)
