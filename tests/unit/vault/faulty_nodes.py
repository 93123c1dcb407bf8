"""Storage nodes in memory that fail in all the ways that real ones do, each when a test says so."""

from __future__ import annotations

import errno
import os
from threading import Event

import fsspec
from fsspec.spec import AbstractFileSystem

from carechain.vault.storage import Storage, StorageNode

SECRET_OPTION = "an option that nobody is to read"


class Faulty(AbstractFileSystem):
    """A file system, as far as a storage node uses one. `faults` are callables that each operation passes first."""

    protocol = "faulty"
    cachable = False
    contents: dict = {}  # noqa: RUF012 - shared on purpose: every node's own, by its root
    faults: dict = {}  # noqa: RUF012

    @classmethod
    def _strip_protocol(cls, path):
        return path.removeprefix("faulty://")

    def _at(self, path, operation):
        root, _, key = self._strip_protocol(path).partition("/")
        fault = self.faults.get(root)
        if fault:
            fault(operation)
        return self.contents.setdefault(root, {}), key

    def pipe_file(self, path, value):
        objects, key = self._at(path, "put")
        objects[key] = bytes(value)

    def cat_file(self, path, start=None, end=None):
        objects, key = self._at(path, "get")
        if key not in objects:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        return objects[key][start:end]

    def rm_file(self, path):
        objects, key = self._at(path, "delete")
        objects.pop(key, None)


fsspec.register_implementation("faulty", Faulty, clobber=True)


class FaultyNodes:
    """Nodes by number, and what is wrong with each of them."""

    def __init__(self, needed, total, timeout=0.2):
        Faulty.contents.clear()
        Faulty.faults.clear()
        self.names = [f"node-{n}" for n in range(total)]
        self.nodes = [StorageNode(name, f"faulty://{name}", {"note": SECRET_OPTION}, timeout) for name in self.names]
        self.storage = Storage(needed, self.nodes)
        self._released = Event()

    def objects(self, name):
        """What a node holds, by key."""
        return Faulty.contents.setdefault(name, {})

    def all_objects(self):
        return [content for name in self.names for content in self.objects(name).values()]

    def works(self, name):
        Faulty.faults.pop(name, None)

    def is_gone(self, name, operations=("put", "get", "delete")):
        self._fails(name, operations, ConnectionRefusedError(errno.ECONNREFUSED, f"{name} at /private/place"))

    def is_full(self, name):
        self._fails(name, ("put",), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/private/place"))

    def hangs(self, name, operations=("put", "get", "delete")):
        """Until `release`, and then does what it was asked for."""
        released = self._released

        def fault(operation):
            if operation in operations:
                released.wait()

        Faulty.faults[name] = fault

    def release(self):
        """Everything that hangs goes on, to its end."""
        self._released.set()
        for node in self.nodes:
            for call in node._overdue:
                call.join()
        Faulty.faults.clear()

    def counts(self, name, counted):
        """Adds the operations on a node to a list, and lets them pass."""
        Faulty.faults[name] = counted.append

    def _fails(self, name, operations, error):
        def fault(operation):
            if operation in operations:
                raise error

        Faulty.faults[name] = fault
