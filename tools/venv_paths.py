"""Runs whenever a Python of this project's virtual environment starts; tools/setup.py installs it there.

It lets `.venv/bin/brownie` find the project's own Anvil, Ganache and compiler without the environment being
activated. SOLCX_BINARY_PATH is set whatever it was before: another folder would hold another compiler, and
with it another bytecode. VVM_BINARY_PATH keeps Brownie from making a folder for Vyper in the user's home.
"""

import os
import sys

_programs = f"{sys.prefix}/bin"
_path = os.environ.get("PATH", os.defpath)
if _programs not in _path.split(os.pathsep):
    os.environ["PATH"] = _programs + os.pathsep + _path
os.environ["SOLCX_BINARY_PATH"] = f"{sys.prefix}/solcx"
os.environ.setdefault("VVM_BINARY_PATH", f"{sys.prefix}/vvm")
