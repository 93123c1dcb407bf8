"""Private files: for their owner alone, whole, and never in place of another unasked."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from carechain.private_file import write_private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _generous_umask():
    """The strictness must be ours, not the user's settings'."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_file_and_folders_are_for_their_owner_alone(tmp_path):
    path = tmp_path / "a" / "b" / "file.json"
    write_private(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert [mode(p) for p in (path, path.parent, path.parent.parent)] == [0o600, 0o700, 0o700]


def test_nothing_else_is_left_beside_it(tmp_path):
    write_private(tmp_path / "file.json", "once")
    write_private(tmp_path / "file.json", "twice", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file.json"]


def test_a_file_is_replaced_only_when_that_is_asked_for(tmp_path):
    path = tmp_path / "file.json"
    path.write_text("something else", "utf-8")
    with pytest.raises(FileExistsError):
        write_private(path, "new")
    assert path.read_text("utf-8") == "something else"
    write_private(path, "new", replace=True)
    assert (path.read_text("utf-8"), mode(path)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_private(path, "earlier")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, "later", replace=True)
    assert path.read_text("utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_a_file_elsewhere_is_replaced_and_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched", "utf-8")
    link = tmp_path / "file.json"
    link.symlink_to(elsewhere)
    with pytest.raises(FileExistsError):
        write_private(link, "new")
    write_private(link, "new", replace=True)
    assert (elsewhere.read_text("utf-8"), link.is_symlink()) == ("untouched", False)


def test_a_file_in_the_place_of_a_folder_is_no_file_that_exists_already(tmp_path):
    (tmp_path / "folder").write_text("", "utf-8")
    with pytest.raises(NotADirectoryError):
        write_private(tmp_path / "folder" / "deeper" / "file.json", "new")


def test_a_file_in_the_folder_one_stands_in_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_private(Path("file.json"), "new")
    assert (tmp_path / "file.json").read_text("utf-8") == "new"
