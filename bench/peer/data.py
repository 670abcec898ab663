"""The data both sides read: CLINC150 and rows of one exact length, as JSONL files with `text` and `label`.

Standard library only.
"""
import json
import random

from peer import places

OUT_OF_SCOPE = "oos"


def clinc(split):
    """CLINC150's rows [(text, label)] of `train`, `val` or `test`, without out-of-scope queries, in file order."""
    source = json.loads((places.shared() / "data" / "clinc150" / "data_full.json").read_text())
    return [(text, label) for text, label in source[split] if label != OUT_OF_SCOPE]


def labels_of(rows):
    """The label set, sorted: the order of the head's rows on both sides."""
    return sorted({label for _, label in rows})


def shuffled(rows, seed):
    """A copy in an order that depends on the seed alone."""
    rows = list(rows)
    random.Random(seed).shuffle(rows)
    return rows


def of_length(count, tokens, labels, seed):
    """Rows that tokenise to exactly `tokens` tokens with an uncased BERT vocabulary: whole words and two marks."""
    words = ("time year people way day man thing woman life child world school state family student group country "
             "problem hand part place case week company system program question work government number night point "
             "home water room mother area money story fact month lot right study book eye job word business issue side "
             "kind head house service friend father power hour game line end member law car city name team minute idea "
             "body back parent face level office door health person art war history party result change morning reason").split()
    rng = random.Random(seed)
    return [(" ".join(rng.choices(words, k=tokens - 2)), labels[i % len(labels)]) for i in range(count)]


def write_jsonl(path, rows):
    """Writes the rows and returns the path."""
    with open(path, "w", encoding="utf-8") as out:
        for text, label in rows:
            out.write(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n")
    return path


def read_jsonl(path):
    """Reads what write_jsonl wrote."""
    with open(path, encoding="utf-8") as lines:
        return [(row["text"], row["label"]) for row in map(json.loads, lines)]


def write_labels(path, labels):
    """Writes one label a line and returns the path."""
    path.write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    return path
