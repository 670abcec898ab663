"""Training runs of both sides as processes: start one, measure it from outside, read what it wrote.

Standard library only: a child's memory mark starts at its parent's size, so the parent must be small.
"""
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from peer import graft, venv

PEER = Path(__file__).with_name("train_peft.py")
DECODER_PEER = Path(__file__).with_name("train_decoder_peft.py")


@dataclass(frozen=True)
class Run:
    """A finished training run: its folder, its steps, and what the operating system says of the process."""

    folder: Path
    steps: list
    wall: float
    peak_rss: int

    def rate(self, key, warmup):
        """Tokens per second over the steps after the warm-up; the key is `tokens` (real) or `paddedTokens`."""
        counted = self.steps[warmup:]
        return sum(step[key] for step in counted) / sum(step["seconds"] for step in counted)

    def outside_steps(self):
        """Seconds of the process that no step accounts for: start-up, reading the data, writing the adapter."""
        return self.wall - sum(step["seconds"] for step in self.steps)

    def shapes(self):
        """Real and padded tokens of each step: what tells whether two runs saw the same batches."""
        return [(step["tokens"], step["paddedTokens"]) for step in self.steps]

    def summary(self):
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))


def peft(checkpoint, folder, script=PEER, **options):
    """Runs PEFT on PyTorch."""
    return _run([venv.PYTHON, script, checkpoint, *_options(options)], folder)


def train(bundle, folder, targets=graft.TARGETS, **options):
    """Runs `graft train`."""
    return _run([*graft.command(), "train", bundle, *_options(dict(targets=targets, **options))], folder)


def read(folder):
    """A finished run of an earlier process, whose time and memory as a whole are not known."""
    return Run(folder, _steps(folder / "metrics.jsonl"), float("nan"), 0)


def _options(options):
    """Keyword arguments as command-line options: True is --name, False --no-name, None nothing."""
    line = []
    for name, value in options.items():
        option = name.replace("_", "-")
        if value is True or value is False:
            line.append(f"--{option}" if value else f"--no-{option}")
        elif value is not None:
            line += [f"--{option}", str(value)]
    return line


def _run(command, folder):
    command = [str(part) for part in [*command, "-o", folder]]
    log = folder.with_suffix(".log")
    with open(log, "wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = log.read_text(errors="replace")[-3000:]
        sys.exit(f"{' '.join(command)}\nended with exit code {process.returncode}\n{tail}")
    run = Run(folder, _steps(folder / "metrics.jsonl"), wall, usage.ru_maxrss * 1024)
    if run.outside_steps() < 0:
        sys.exit(f"{folder / 'metrics.jsonl'}: the steps take {wall - run.outside_steps():.2f} s in all, "
                 f"but the process lasted {wall:.2f} s; 'seconds' must be the seconds of one step")
    return run


def _steps(file):
    with open(file, encoding="utf-8") as lines:
        return [line for line in map(json.loads, lines) if "loss" in line]


def same_batches(a, b):
    """Stops the script unless both runs had the same batches."""
    for number, (left, right) in enumerate(zip(a.shapes(), b.shapes()), 1):
        if left != right:
            sys.exit(f"step {number} of {a.folder} has {left} (real, padded) tokens, of {b.folder} {right}; "
                     "the two sides must train on the same batches")
    if len(a.steps) != len(b.steps):
        sys.exit(f"{a.folder} has {len(a.steps)} steps, {b.folder} {len(b.steps)}")


def medians(runs, warmup):
    """What a row of the table says of several runs of one side."""
    return dict(
        paddedTokensPerSecond=statistics.median(run.rate("paddedTokens", warmup) for run in runs),
        realTokensPerSecond=statistics.median(run.rate("tokens", warmup) for run in runs),
        peakRssBytes=statistics.median(run.peak_rss for run in runs),
        outsideStepsSeconds=statistics.median(run.outside_steps() for run in runs),
        wallSeconds=statistics.median(run.wall for run in runs),
        paddedTokensPerSecondOfEachRun=[run.rate("paddedTokens", warmup) for run in runs])
