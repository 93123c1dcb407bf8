"""Runs whenever a Python of this project's virtual environment starts; tools/setup.py installs it there.

It lets `.venv/bin/brownie` find the project's own Anvil, Ganache and compiler without the environment being
activated. SOLCX_BINARY_PATH is set whatever it was before: another folder would hold another compiler, and with it
another bytecode. VVM_BINARY_PATH keeps Brownie from making a folder for Vyper in the user's home.
"""

import os
import sys

_programs = f"{sys.prefix}/bin"
_path = os.environ.get("PATH", os.defpath)
if _programs not in _path.split(os.pathsep):
    os.environ["PATH"] = _programs + os.pathsep + _path
os.environ["SOLCX_BINARY_PATH"] = f"{sys.prefix}/solcx"
os.environ.setdefault("VVM_BINARY_PATH", f"{sys.prefix}/vvm")


def brownie() -> None:
    """What `.venv/bin/brownie` calls: Brownie, with two of its faults mended when it is called for this project.

    It cannot import a script from a path that holds a dot, and overlooks changes of what a contract imports.
    """
    import warnings

    # A local chain that already holds the suite is what people work on here, not a mistake.
    warnings.filterwarnings("ignore", message="Development network has a block height")
    from brownie._cli.__main__ import main

    root = os.path.dirname(sys.prefix)  # noqa: PTH120 - pathlib would slow every start of this Python
    if os.path.samefile(os.getcwd(), root):  # noqa: PTH109, PTH121
        sys.path[0:0] = [root, f"{root}/tools"]
        from brownie.project import scripts
        from stale_artifacts import remove_stale
        from with_chain import ROOT, import_script

        scripts._import_from_path = import_script
        remove_stale(ROOT)
    main()
