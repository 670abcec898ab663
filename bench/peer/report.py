"""What a script says at its end: the checks with their thresholds, a table, a JSON file, an exit code.

Standard library only.
"""
import contextlib
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

from peer import places


BUSY = 0.5
"""The load average above which a measurement is likely disturbed."""


class Checks:
    """Named figures and the bounds they must keep."""

    def __init__(self):
        self.rows = []

    def at_least(self, name, value, bound):
        self._add(name, value, ">=", bound, value >= bound)

    def at_most(self, name, value, bound):
        self._add(name, value, "<=", bound, value <= bound)

    def _add(self, name, value, relation, bound, passed):
        self.rows.append(dict(check=name, found=value, relation=relation, bound=bound, passed=bool(passed)))
        print(f"{'ok  ' if passed else 'FAIL'}  {name}: {value:.6g} (expected {relation} {bound:g})")

    def finish(self):
        """Ends the script: 0 when every check passed, 1 otherwise."""
        failed = [row["check"] for row in self.rows if not row["passed"]]
        if not self.rows:
            sys.exit("nothing was checked")
        if failed:
            sys.exit(f"{len(failed)} of {len(self.rows)} checks failed: {', '.join(failed)}")
        print(f"all {len(self.rows)} checks passed")


def table(header, rows):
    """A markdown table; the first column is text, the others numbers."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, rule, *rows])


def machine():
    """Where the figures come from, with the load that other processes put on it just now."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return dict(cpu=model, cores=os.cpu_count(), system=platform.platform(), loadAverage=os.getloadavg(),
                time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


def warn_if_busy(machine):
    """Says so when other processes take the cores: ratios of disturbed runs mean little."""
    load = machine["loadAverage"][0]
    if load > BUSY:
        print(f"warning: the load average is {load:.1f} before the first run; expect noise and measure again on a "
              "quiet machine", file=sys.stderr)
    return machine


def save(folder, name, result, text=None):
    """Writes folder/NAME.json and, with a text, folder/NAME.md."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if text is not None:
        (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    print(f"saved in {folder / name}.*")


def results_folder():
    return places.work() / "results"


@contextlib.contextmanager
def scratch(name, keep=False):
    """A folder for bundles and runs, removed after success; a failing script leaves it to look at."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=places.work()))
    try:
        yield folder
    except BaseException:
        print(f"left for inspection: {folder}", file=sys.stderr)
        raise
    if keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
