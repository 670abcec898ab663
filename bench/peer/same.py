"""Comparisons that several scripts of interop/ make: logits and greedy texts."""
import numpy

from peer import decoder


def difference(a, b):
    """The largest absolute difference of two arrays of one shape; not a number counts as a difference."""
    a, b = numpy.asarray(a, dtype=numpy.float64), numpy.asarray(b, dtype=numpy.float64)
    if a.shape != b.shape:
        raise SystemExit(f"shapes differ: {a.shape} and {b.shape}")
    found = numpy.abs(a - b).max()
    return float("inf") if numpy.isnan(found) else float(found)


def spread(logits):
    """How far logits are from all equal: what a bound on their difference is to be seen against."""
    return float(numpy.std(logits, axis=-1).max())


class Texts:
    """Greedy texts of the peer beside those of another side, and how close the peer's choices were where they part."""

    def __init__(self, name):
        self.name, self.same, self.all, self.tokens = name, 0, 0, 0

    def compare(self, prompt, tokens, expected, leads, found):
        """Expected and found are ids; found may be a text."""
        text = tokens.decode(expected, skip_special_tokens=True)
        equal = found == text if isinstance(found, str) else list(found) == list(expected)
        self.all += 1
        self.same += equal
        self.tokens += len(expected)
        if equal:
            return
        ids = tokens.encode(found).ids if isinstance(found, str) else list(found)
        at = next((i for i, (a, b) in enumerate(zip(expected, ids)) if a != b), min(len(expected), len(ids)))
        lead = leads[at] if at < len(leads) else float("nan")
        print(f"      {self.name}: {prompt[:40]!r} parts at token {at}, where the peer's winner leads by {lead:.2g}\n"
              f"        peer  {text[:120]!r}\n        found {(found if isinstance(found, str) else tokens.decode(ids))[:120]!r}")

    def check(self, checks, needed):
        checks.at_least(f"{self.name}: identical greedy texts of {self.all}", self.same, needed)
        checks.at_least(f"{self.name}: tokens generated per text", self.tokens / self.all, 1)


def graft_tokens(answer, ends):
    """What to compare of an answer of `graft generate`: its token ids, less the end, where it lists them; else its text."""
    tokens = answer.get("tokens")
    if not isinstance(tokens, list):
        return answer["text"]
    return tokens[:-1] if tokens and tokens[-1] in ends else tokens


def prompts_of(tokens, prompts, ends):
    """The prompts' ids; a prompt must not be empty."""
    ids = [tokens.encode(prompt).ids for prompt in prompts]
    return [row or [ends[0]] for row in ids]


def ends_of(model):
    end = model.config.eos_token_id
    return end if isinstance(end, list) else [end]


def all_logits(checks, name, model, graph, rows, bound):
    """Logits at every position of every row, the peer's against the graph's."""
    worst, scale = 0.0, 0.0
    for row in rows:
        expected = decoder.logits(model, row)
        worst = max(worst, difference(graph.logits(row), expected))
        scale = max(scale, spread(expected))
    checks.at_most(f"{name}: logits of {len(rows)} rows, largest difference", worst, bound)
    checks.at_least(f"{name}: spread of the logits", scale, 100 * bound)
