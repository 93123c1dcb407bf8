"""Storage nodes: places that keep bytes under a key, and answer in time or count as failed.

A node is a folder, an S3 bucket or whatever else fsspec reaches. It is trusted with nothing: what it gives back is
checked by whoever asked. An operation that takes too long is given up, and goes on alone in a daemon thread: neither
the caller nor the end of the program waits for it. Until it has ended the node takes nothing else, so that a late
write never lands on top of a later one.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem

from carechain import strict_yaml
from carechain.errors import CarechainError
from carechain.private_file import make_private_folder

T = TypeVar("T")

MAX_NODES = 255
"""As many rows as the erasure code has at most."""

_BLOCK = 1 << 20
_EXAMPLE = "see examples/storage.yaml"
_APART = "keep every node's objects apart: what is lost with one must not be lost with another"
_FIELDS = {"needed", "timeout", "nodes"}
_NODE_FIELDS = {"name", "url", "options", "environment"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY = re.compile(r"[0-9a-z][0-9a-z._-]{0,127}")
_SECRET = re.compile(r"key|secret|token|password|credential", re.IGNORECASE)


class NodeFailed(CarechainError):  # noqa: N818 - what happened, not what went wrong here
    """A storage node did not do what it was asked for; nothing but its name is told of it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The storage node {name}", problem, "see that it is there, reachable and has room")
        self.name = name


class ObjectMissing(NodeFailed):
    """The node answers, and does not have what it was asked for."""


class StorageNode:
    """One place that keeps objects by key: lower-case letters, digits, dots, dashes and underscores, at most 128.

    Every operation raises NodeFailed when it fails, or takes longer than `timeout` seconds.
    """

    def __init__(self, name: str, url: str, options: Mapping[str, Any], timeout: float) -> None:
        """`options` go to fsspec as they are. Raises CarechainError for a URL that fsspec has no file system for."""
        self.name = name
        self._timeout = timeout
        self._overdue: list[_Call[Any]] = []
        self._lock = Lock()
        try:
            kind = fsspec.get_filesystem_class(urlsplit(url).scheme)
        except (ValueError, ImportError):
            raise CarechainError(
                f"The URL of the storage node {name}", "is of a kind that is not installed", "use file: or s3:"
            ) from None
        folder = issubclass(kind, LocalFileSystem)
        self._objects = _Folder(Path(kind._strip_protocol(url)).resolve()) if folder else _Remote(url, options)

    def __repr__(self) -> str:
        return f"StorageNode({self.name!r})"

    @property
    def place(self) -> Hashable:
        """Where the objects are: equal for two nodes that are one in truth."""
        return self._objects.place

    def put(self, key: str, content: bytes) -> None:
        """Keeps an object, in place of an earlier one: never a part of it, whenever this fails.

        In a folder it is on the disk when this returns; files are 0600, folders that are made are 0700. The earlier
        object's bytes are overwritten there, as by `delete`. Elsewhere an object is as whole as the service makes it:
        S3 shows none before it is complete.
        """
        self._in_time(lambda: self._objects.put(_checked(key), content))

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """The object's bytes from `start`, at most `length` of them: fewer where it ends before.

        Raises ObjectMissing when there is no such object.
        """
        return self._in_time(lambda: self._objects.get(_checked(key), start, length))

    def delete(self, key: str) -> None:
        """Removes an object and whatever an interrupted write of it has left. One that isn't there is removed already,
        unless the whole place is gone: then it may be there still.

        In a folder the bytes are overwritten on the disk as well. That is the best that can be done, and no promise:
        flash, snapshots and file systems that write elsewhere keep old blocks, a file with a second name is left as it
        is, and when the machine stops just then the blocks are free and not yet overwritten. What a service does with
        its old bytes is its own affair.
        """
        self._in_time(lambda: self._objects.delete(_checked(key)))

    def _in_time(self, work: Callable[[], T]) -> T:
        with self._lock:
            self._overdue = [call for call in self._overdue if call.is_alive()]
            if self._overdue:
                raise NodeFailed(self.name, "has not ended what it was asked for before")
        call = _Call(work)
        call.join(self._timeout)
        if call.is_alive():
            with self._lock:
                self._overdue.append(call)
            raise NodeFailed(self.name, f"did not answer within {self._timeout:g} s")
        if isinstance(call.error, FileNotFoundError):
            raise ObjectMissing(self.name, "does not have what it was asked for")
        if call.error is not None:
            raise NodeFailed(self.name, f"failed ({_cause(call.error)})")
        return call.result


class Storage:
    """The storage nodes of one vault, and how many of them are enough to read."""

    def __init__(self, needed: int, nodes: Sequence[StorageNode]) -> None:
        """Raises CarechainError for too few or too many nodes, for two of one name or at one place, and for a folder
        inside another node's."""
        if not 1 <= needed <= len(nodes) <= MAX_NODES:
            raise CarechainError(
                "The storage", f"needs {needed} of {len(nodes)} nodes", f"name as many as needed, at most {MAX_NODES}"
            )
        self.needed = needed
        self.nodes: dict[str, StorageNode] = {}
        places: dict[Hashable, str] = {}
        for n, node in enumerate(nodes):
            if self.nodes.setdefault(node.name, node) is not node:
                raise CarechainError(f"nodes[{n}].name", "is another node's too", "give every node a name of its own")
            if places.setdefault(node.place, node.name) != node.name:
                raise CarechainError(
                    f"nodes[{n}].url",
                    f"is the place of {places[node.place]} too",
                    _APART,
                )
            for place, name in places.items():
                if _is_inside(node.place, place):
                    raise CarechainError(f"nodes[{n}].url", f"is inside the folder of {name}", _APART)
                if _is_inside(place, node.place):
                    raise CarechainError(f"nodes[{n}].url", f"has the folder of {name} inside", _APART)

    @classmethod
    def load(cls, path: Path) -> Storage:
        """The storage that a YAML file describes, as examples/storage.yaml explains. Relative folders are relative to
        the file. Raises CarechainError naming the element that is wrong."""
        content = strict_yaml.load(path, _EXAMPLE)
        if not isinstance(content, dict) or set(content) != _FIELDS:
            raise CarechainError(str(path), f"must have exactly the fields {', '.join(sorted(_FIELDS))}", _EXAMPLE)
        needed, timeout, entries = content["needed"], content["timeout"], content["nodes"]
        if type(needed) is not int:
            raise CarechainError(f"{path}: needed", "is not a number of nodes", _EXAMPLE)
        if type(timeout) not in (int, float) or not 0 < timeout <= 3600:
            raise CarechainError(f"{path}: timeout", "is not a number of seconds, 3600 at most", _EXAMPLE)
        if not isinstance(entries, list):
            raise CarechainError(f"{path}: nodes", "is not a list", _EXAMPLE)
        nodes = [_node(f"{path}: nodes[{n}]", entry, path.parent, timeout) for n, entry in enumerate(entries)]
        try:
            return cls(needed, nodes)
        except CarechainError as error:
            raise CarechainError(f"{path}: {error.place}", error.problem, error.mend) from None

    def ask(self, names: Iterable[str], work: Callable[[StorageNode], T]) -> dict[str, T | NodeFailed]:
        """What became of `work` at each of the nodes, all asked at the same time."""
        calls = {name: _Call(partial(self._at, name, work)) for name in names}
        answers: dict[str, T | NodeFailed] = {}
        for name, call in calls.items():
            call.join()
            if isinstance(call.error, NodeFailed):
                answers[name] = call.error
            elif call.error is not None:
                raise call.error
            else:
                answers[name] = call.result
        return answers

    def _at(self, name: str, work: Callable[[StorageNode], T]) -> T:
        if name not in self.nodes:
            raise NodeFailed(name, "is not among the nodes of this storage")
        return work(self.nodes[name])


class _Call(Thread, Generic[T]):
    """Work in a thread that doesn't keep the program from ending. When it is done, `error` or else `result` is set."""

    result: T

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self._work()
        except Exception as error:  # libraries raise all sorts; whoever waits decides what it means
            self.error = error


class _Folder:
    """Objects as files."""

    def __init__(self, folder: Path) -> None:
        self.place = folder
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        """By way of a file beside it that bears the key, so that `delete` finds it if this is cut short."""
        make_private_folder(self._folder)
        beside = self._folder / f".{key}.{secrets.token_hex(8)}.new"
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with _overwriting(self._folder / key):
                beside.replace(self._folder / key)
                self._sync()
        finally:
            _remove(beside)

    def get(self, key: str, start: int, length: int | None) -> bytes:
        """A link is not followed: who owns the folder could have it point at a file of ours, which a later write
        would hand over."""
        with os.fdopen(os.open(self._folder / key, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            file.seek(start)
            return file.read(length)

    def delete(self, key: str) -> None:
        if not self._folder.is_dir():
            raise NotADirectoryError
        for path in (self._folder / key, *self._folder.glob(f".{key}.*.new")):
            _remove(path)
        self._sync()

    def _sync(self) -> None:
        """Or what was renamed or removed could come back as it was when the power fails."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _Remote:
    """Objects in whatever else fsspec reaches."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self.place = url.rstrip("/"), options.get("endpoint_url")
        self._url = url
        self._options = {**options, "skip_instance_cache": True, "use_listings_cache": False}
        self._connection: tuple[Any, str] | None = None

    def put(self, key: str, content: bytes) -> None:
        files, root = self._connect()
        files.pipe_file(f"{root}/{key}", content)

    def get(self, key: str, start: int, length: int | None) -> bytes:
        files, root = self._connect()
        path = f"{root}/{key}"
        try:
            return bytes(files.cat_file(path, start=start, end=None if length is None else start + length))[:length]
        except OSError as error:
            # S3 refuses a range that begins where the object ends, or beyond: any range of an empty one.
            if error.errno == errno.EINVAL and files.size(path) <= start:
                return b""
            raise

    def delete(self, key: str) -> None:
        files, root = self._connect()
        files.rm_file(f"{root}/{key}")

    def _connect(self) -> tuple[Any, str]:
        """The file system and the folder in it. Made by the first operation, in its time: some connect at once."""
        if self._connection is None:
            files, root = fsspec.core.url_to_fs(self._url, **self._options)
            self._connection = files, root.rstrip("/")
        return self._connection


def _is_inside(place: Hashable, other: Hashable) -> bool:
    return isinstance(place, Path) and isinstance(other, Path) and other in place.parents


@contextmanager
def _overwriting(path: Path) -> Iterator[None]:
    """Writes zeros over the file that `path` was the name of, when what is done in between has taken its only name.

    Only then: another name may be a file of ours, to which who owns the folder has linked. It is not done before
    either, or a power failure at that moment would take the old object and leave no new one, at every node of the
    machine at once.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # it isn't there, or is a link, a folder, not for us: nothing that can be overwritten
        yield
        return
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        yield
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink:
            return
        left = found.st_size
        while left:
            left -= file.write(bytes(min(_BLOCK, left)))
        os.fsync(descriptor)


def _remove(path: Path) -> None:
    with _overwriting(path):
        path.unlink(missing_ok=True)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("the key of an object is malformed")
    return key


def _cause(error: Exception) -> str:
    """The system's own words for an error's number, or the kind of error. Never its message: that may tell more."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return type(error).__name__


def _node(place: str, entry: Any, folder: Path, timeout: float) -> StorageNode:
    if not isinstance(entry, dict) or not {"name", "url"} <= set(entry) <= _NODE_FIELDS:
        raise CarechainError(place, "must have the fields name and url, and may have options and environment", _EXAMPLE)
    name, url, options = entry["name"], entry["url"], _options(place, entry)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise CarechainError(
            f"{place}.name", "is no name", "use at most 64 letters, digits, dots and dashes, no blanks"
        )
    try:
        return StorageNode(name, _url(f"{place}.url", url, folder), options, timeout)
    except CarechainError as error:
        raise CarechainError(f"{place}.url", error.problem, error.mend) from None


def _url(place: str, url: Any, folder: Path) -> str:
    try:
        parts = urlsplit(url) if isinstance(url, str) and "::" not in url else None
    except ValueError:
        parts = None
    if parts is None or not parts.scheme:
        raise CarechainError(place, "is not a URL", "write file:folder, file:///folder or s3://bucket/folder")
    if "@" in parts.netloc:
        raise CarechainError(place, "holds a name or password", "name environment variables: see examples/storage.yaml")
    if parts.scheme not in ("file", "local"):
        return str(url)
    if parts.netloc:
        raise CarechainError(place, "names a host", "write file:folder or file:///folder")
    return f"file://{(folder / url.partition(':')[2].removeprefix('//')).resolve()}"


def _options(place: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the file, and those whose values are in the environment."""
    options, environment = entry.get("options", {}), entry.get("environment", {})
    if not isinstance(options, dict) or not all(isinstance(name, str) for name in options):
        raise CarechainError(f"{place}.options", "are not names with values", _EXAMPLE)
    secret = _first_secret(options)
    if secret:
        raise CarechainError(
            f"{place}.options.{secret}", "is a secret", "name an environment variable for it: see examples/storage.yaml"
        )
    if not isinstance(environment, dict) or not all(
        isinstance(text, str) for pair in environment.items() for text in pair
    ):
        raise CarechainError(f"{place}.environment", "are not options with names of variables", _EXAMPLE)
    found = dict(options)
    for option, variable in environment.items():
        if option in options:
            raise CarechainError(f"{place}.environment.{option}", "is among the options too", "state it once")
        if not os.environ.get(variable):
            raise CarechainError(
                f"{place}.environment.{option}", f"is in no variable {variable}", f"set {variable} in the environment"
            )
        found[option] = os.environ[variable]
    return found


def _first_secret(options: Any) -> str | None:
    """The name of an option, at any depth, that is for keys or passwords."""
    if isinstance(options, list):
        return next((found for item in options if (found := _first_secret(item))), None)
    if not isinstance(options, dict):
        return None
    for name, value in options.items():
        if _SECRET.search(str(name)):
            return str(name)
        if deeper := _first_secret(value):
            return f"{name}.{deeper}"
    return None
