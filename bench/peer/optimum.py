"""Optimum, which exports decoders to ONNX, in an environment of its own: it needs an older Transformers than the peers.

Standard library only. PyTorch, onnx and onnxruntime come from the peers' environment, which is behind it on the path.
"""
import os
import shutil
import subprocess
import sys
import venv as environments
from pathlib import Path

from peer import venv

VENV = venv.BENCH / ".venv-optimum"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = venv.BENCH / "requirements-optimum.txt"
INSTALLED = VENV / "installed-requirements.txt"
TASK = "text-generation-with-past"


def ensure():
    """Creates the environment unless it holds exactly these requirements."""
    peers = venv.ensure()
    wanted = REQUIREMENTS.read_text()
    if INSTALLED.exists() and INSTALLED.read_text() == wanted:
        return PYTHON
    print(f"installing Optimum into {VENV} (20 MB, once)", file=sys.stderr)
    if not PYTHON.exists():
        environments.EnvBuilder(with_pip=True).create(VENV)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own, theirs = (subprocess.check_output([python, "-c", ask], text=True).strip() for python in (PYTHON, peers))
    Path(own, "peers.pth").write_text(theirs + "\n")
    # What lies in the peers' environment counts as installed; here it would be of another version.
    options = ["-q", "--no-deps", "--ignore-installed"]
    subprocess.run([PYTHON, "-m", "pip", "install", *options, "-r", REQUIREMENTS], check=True, stdout=sys.stderr)
    INSTALLED.write_text(wanted)
    return PYTHON


def export(checkpoint, folder):
    """A checkpoint directory as folder/model.onnx with its small files beside it."""
    line = [ensure(), "-m", "optimum.exporters.onnx", "--model", checkpoint, "--task", TASK, folder]
    environment = dict(os.environ, HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    model = Path(folder) / "model.onnx"
    if done.returncode or not model.exists():
        sys.exit(f"Optimum did not export {checkpoint}:\n{done.stdout[-4000:]}")
    # Its Transformers does not know the tokenizer classes of newer ones, and leaves the files out.
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(checkpoint) / name, folder)
    return model
