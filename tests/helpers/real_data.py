"""Documents that others wrote, in ../shared/data beside the project. They are read in place, where they are there."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


def beside(path: Path, what: str) -> pytest.MarkDecorator:
    """Skips a test, and says why, where what it reads is not there."""
    return pytest.mark.skipif(
        not path.exists(), reason=f"../shared/data is not beside the project, so {what} cannot be read"
    )
