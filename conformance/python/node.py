"""Where the scripts for Node and the libraries that they use are."""

import os
import shutil
from pathlib import Path

import pytest

MODULES = os.environ.get("DOORWARD_NODE_MODULES", "")
SCRIPTS = Path(__file__).parent.parent / "node"


def missing():
    """Why scripts cannot run here, or nothing."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not MODULES:
        return "the libraries for Node are not installed; `cargo xtask test` does it"
    return ""


needs_node = pytest.mark.skipif(bool(missing()), reason=missing())
