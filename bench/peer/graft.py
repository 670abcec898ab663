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
DECODER_TARGETS = "q_proj,v_proj"


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


def export_decoder(checkpoint, bundle, targets=DECODER_TARGETS, *options):
    """Exports a decoder's checkpoint directory and returns the bundle."""
    call("export", checkpoint, "-o", bundle, "--task", "text-generation", "--targets", targets, *options)
    return bundle


def generate(bundle, data, adapter=None, tokens=64):
    """What greedy decoding answers to each row of the data file: JSON objects with `text` and `tokens`."""
    chosen = ["--adapter", adapter] if adapter else []
    return lines("generate", bundle, *chosen, "--data", data, "--max-new-tokens", tokens, "--temperature", 0, "--json")


def evaluate(bundle, data, adapter=None, template=None, completion_column=None):
    """Count, tokens, nll, perplexity and tokenAccuracy over the labelled tokens of the data file."""
    chosen = ["--adapter", adapter] if adapter else []
    columns = ["--template", template] if template else []
    columns += ["--completion-column", completion_column] if completion_column else []
    return json.loads(call("eval", bundle, *chosen, "--data", data, *columns, "--json"))


def merge(bundle, adapter, out, dtype=None):
    """Merges an adapter into a model of its own and returns what the command reports."""
    chosen = ["--dtype", dtype] if dtype else []
    return json.loads(call("merge", bundle, "--adapter", adapter, "-o", out, *chosen, "--json"))
