"""Graft's command line as these scripts use it. Standard library only.

GRAFT names the command (default: ./graft at the repository root).
"""
import json
import os
import shlex
import subprocess
import sys

from peer import places

TARGETS = "query,value"


def command():
    return shlex.split(os.environ.get("GRAFT", str(places.ROOT / "graft")))


def call(*arguments):
    """Runs Graft and returns its standard output; a failure ends the script with what Graft said."""
    line = [*command(), *map(str, arguments)]
    try:
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as refused:
        sys.exit(f"cannot start {line[0]}: {refused.strerror}; build Graft, or name its command in GRAFT")
    if done.returncode:
        sys.exit(f"{shlex.join(line)}\nended with exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def lines(*arguments):
    """The JSON objects that a command prints, one a line."""
    return [json.loads(line) for line in call(*arguments).splitlines() if line.strip()]


def build():
    """Lets the launcher build Graft when it must, so that no measured run pays for it."""
    call("--version")


def export(folder, task="text-classification", pooling="mean"):
    """Exports the default model into folder/bundle-TASK-POOLING and returns that bundle."""
    model, tokenizer = places.onnx_model()
    bundle = folder / f"bundle-{task}-{pooling}"
    call("export", model, "-o", bundle, "--task", task, "--tokenizer", tokenizer, "--targets", TARGETS,
         "--pooling", pooling)
    return bundle


def embeddings(bundle, data, adapter=None):
    """One pooled embedding per row of the data file."""
    chosen = ["--adapter", adapter] if adapter else []
    return [line["embedding"] for line in lines("embed", bundle, *chosen, "--data", data)]


def logits(bundle, adapter, data, labels):
    """One list of logits per row of the data file, in the order of the labels."""
    rows = [line["logits"] for line in lines("predict", bundle, "--adapter", adapter, "--data", data, "--logits")]
    return [[row[label] for label in labels] if isinstance(row, dict) else row for row in rows]
