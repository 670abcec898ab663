#!/usr/bin/env python3
"""PEFT's side of the swap benchmark: a batch whose rows use different adapters, and choosing another adapter.

Prints one JSON object: per shape the median seconds of a mixed batch (`adapter_names=`), of one adapter for all rows
and of one run per row, and the median seconds of `set_adapter`. The three ways take turns in every round, so that
whatever else the machine does meets all of them.
"""
import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peer import venv

if __name__ == "__main__":
    venv.enter()

import torch
from peft import LoraConfig, get_peft_model

from peer import model, places


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--adapters", type=int, default=32)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--lengths", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def adapted(args):
    """The encoder with distinct, effective adapters a0, a1, ..."""
    torch.manual_seed(0)
    config = dict(task_type="FEATURE_EXTRACTION", r=args.rank, lora_alpha=2 * args.rank, target_modules=model.TARGETS)
    peft = get_peft_model(model.encoder(places.checkpoint()), LoraConfig(**config), adapter_name="a0")
    for i in range(1, args.adapters):
        peft.add_adapter(f"a{i}", LoraConfig(**config))
    model.disturb(peft, seed=1, size=0.05)
    return peft.eval()


def seconds(action):
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure(peft, args, length):
    ids = torch.randint(1000, 30000, (args.rows, length))
    batch = dict(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=torch.zeros_like(ids))
    rows = [{key: value[i:i + 1] for key, value in batch.items()} for i in range(args.rows)]
    names = [f"a{i % args.adapters}" for i in range(args.rows)]

    def mixed():
        return peft(**batch, adapter_names=names).last_hidden_state

    def one():
        return peft(**batch).last_hidden_state

    def one_by_one():
        return torch.cat([peft(**row, adapter_names=[name]).last_hidden_state for row, name in zip(rows, names)])

    peft.set_adapter("a0")
    difference = (mixed() - one_by_one()).abs().max().item()
    if difference > 1e-3:
        sys.exit(f"a mixed batch differs from its rows alone by {difference}")
    ways = {"mixed": mixed, "oneAdapter": one, "oneByOne": one_by_one}
    times = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(args.rounds):
        for name, way in ways.items():
            times[name].append(seconds(way))
    return {name: statistics.median(values) for name, values in times.items()}


def choose(peft, args):
    """Seconds of set_adapter to an adapter that is loaded already."""
    times = []
    for i in range(args.rounds * 4):
        name = f"a{(i * 7 + 1) % args.adapters}"
        times.append(seconds(lambda: peft.set_adapter(name)))
    return statistics.median(times)


def main():
    args = parse()
    torch.set_num_threads(args.threads)
    peft = adapted(args)
    with torch.inference_mode():
        shapes = {f"{args.rows}x{length}": measure(peft, args, length) for length in args.lengths}
    result = dict(peer=f"PEFT on torch {torch.__version__}", threads=args.threads, rows=args.rows,
                  adapters=args.adapters, rank=args.rank, seconds=shapes, setAdapterSeconds=choose(peft, args))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
