"""The virtual environment of the peers: made once from requirements.txt, entered by re-executing the script in it.

Standard library only, because it runs before anything is installed.
"""
import os
import subprocess
import sys
import venv
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
VENV = BENCH / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = BENCH / "requirements.txt"
INSTALLED = VENV / "installed-requirements.txt"


def ensure():
    """Creates the environment, or brings it up to date, unless it holds exactly these requirements."""
    wanted = REQUIREMENTS.read_text()
    if INSTALLED.exists() and INSTALLED.read_text() == wanted:
        return PYTHON
    print(f"installing the peers into {VENV} (a few GB, once)", file=sys.stderr)
    if not PYTHON.exists():
        venv.EnvBuilder(with_pip=True).create(VENV)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", REQUIREMENTS], check=True, stdout=sys.stderr)
    INSTALLED.write_text(wanted)
    return PYTHON


def enter():
    """Continues the calling script inside the environment."""
    python = ensure()
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), *sys.argv])
    offline()


def offline():
    """No library may go to a model hub; every model is a directory on this machine."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
