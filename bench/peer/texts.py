"""Prompts and completions for decoders: E2E's restaurant descriptions, and prompts of many kinds.

Standard library only.
"""
import csv
import json

from peer import places

E2E = dict(template="{mr}\\n", completion_column="ref")
"""Options, of `graft train` and of the peer alike, that read E2E's files."""

PROMPTS = [
    "The capital of France is",
    "Once upon a time there was",
    "name[The Eagle], eatType[coffee shop], food[Japanese], priceRange[less than £20], area[riverside]\n",
    "name[Blue Spice], eatType[pub], familyFriendly[yes], near[Crowne Plaza Hotel]\n",
    "def fibonacci(n):\n    \"\"\"Return the n-th Fibonacci number.\"\"\"\n",
    "Q: What is 17 + 25?\nA:",
    "In 1969, humans first",
    "La tour Eiffel se trouve à",
    "Das Wetter ist heute schön, deshalb",
    "水は",
    "Smile 😀 and the world",
    "A",
    "\n\n",
    "  leading blanks and a tab\tbefore the",
    "1, 2, 3, 5, 8, 13,",
    "SELECT name, age FROM people WHERE",
    "<|im_start|>user\nName three colours of the rainbow.<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nYou answer in one sentence.<|im_end|>\n<|im_start|>user\nWhy is the sky blue?<|im_end|>\n"
    "<|im_start|>assistant\n",
    "Dear Sir or Madam, I am writing to complain about the order that I received last week, because",
    "The history of the bicycle begins long before the pedal. " * 8 + "In short,",
]


def e2e_file(split):
    """E2E's CSV file of `train` (its development set) or `test`."""
    name = {"train": "devset.csv", "test": "testset_w_refs.csv"}[split]
    return places.shared() / "data" / "e2e_nlg" / name


def read(file, template, completion_column):
    """Rows [(prompt, completion)] of a CSV or JSONL file; the template is the one that Graft is given."""
    with open(file, encoding="utf-8", newline="") as text:
        rows = map(json.loads, text) if file.suffix == ".jsonl" else csv.DictReader(text)
        pattern = template.replace("\\n", "\n")
        return [(pattern.format_map(row), row[completion_column]) for row in rows]


def e2e(split):
    """E2E's rows [(prompt, completion)] in file order."""
    return read(e2e_file(split), **E2E)


def e2e_sample(path, split, count):
    """A CSV file of as many of E2E's rows, at even distances over the whole file; the whole file for 0."""
    with open(e2e_file(split), encoding="utf-8", newline="") as text:
        rows = list(csv.reader(text))
    header, rows = rows[0], rows[1:]
    if count and count < len(rows):
        rows = [rows[i * len(rows) // count] for i in range(count)]
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def write(path, rows):
    """Writes prompts and completions, or prompts alone, as JSONL with Graft's own names; returns the path."""
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            fields = dict(prompt=row) if isinstance(row, str) else dict(zip(("prompt", "completion"), row))
            out.write(json.dumps(fields, ensure_ascii=False) + "\n")
    return path
