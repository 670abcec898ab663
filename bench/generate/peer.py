#!/usr/bin/env python3
"""PEFT's side of the generation benchmark: SmolLM2 with LoRA adapters, greedy, a prompt of 73 tokens and 64 new ones.

Prints one JSON object: median seconds of the prefill, of decoding one sequence with one adapter, 8 sequences with one
adapter, 8 with 8 adapters in one batch (`adapter_names=`), and 8 one after the other with their adapters. The ways take
turns in every round. With --adapters DIR the adapters are written there first, for the other side to load.
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
from peft import LoraConfig

from peer import decoder, graft, places, texts

ROWS = 8
PROMPT_TOKENS = 73
NEW_TOKENS = 64
RANK = 8


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--new-tokens", type=int, default=NEW_TOKENS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--adapters", type=Path, help="where the 8 adapters are written")
    parser.add_argument("--only-adapters", action="store_true", help="write them and the prompt, measure nothing")
    return parser.parse_args()


def adapted():
    """The decoder with distinct, effective adapters a0, a1, ..."""
    model = decoder.base(places.checkpoint(places.DECODER))
    targets = graft.DECODER_TARGETS.split(",")
    peft = decoder.lora(model, targets, RANK, 2 * RANK)
    for i in range(ROWS):
        peft.add_adapter(f"a{i}", LoraConfig(task_type="CAUSAL_LM", r=RANK, lora_alpha=2 * RANK, target_modules=targets))
    return decoder.disturb(peft, seed=1, size=0.02).eval()


def prompt_ids(tokenizer):
    """Exactly 73 tokens of a text that the model goes on with."""
    text = " ".join(prompt + completion for prompt, completion in texts.e2e("train")[:8])
    return tokenizer.encode(text).ids[:PROMPT_TOKENS]


def seconds(action):
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def ways_of(peft, ids, new_tokens):
    row = torch.tensor([ids])
    batch = row.repeat(ROWS, 1)
    names = [f"a{i}" for i in range(ROWS)]
    options = dict(do_sample=False, max_new_tokens=new_tokens, min_new_tokens=new_tokens, pad_token_id=2)

    def generate(rows, **more):
        out = peft.generate(input_ids=rows, attention_mask=torch.ones_like(rows), **options, **more)
        if out.shape[1] != len(ids) + new_tokens:
            sys.exit(f"expected {new_tokens} new tokens, found {out.shape[1] - len(ids)}")
        return out

    def one_by_one():
        for name in names:
            peft.set_adapter(name)
            generate(row)
        peft.set_adapter("a0")

    return {
        "prefill": lambda: peft(input_ids=row, attention_mask=torch.ones_like(row), use_cache=True, logits_to_keep=1),
        "one": lambda: generate(row),
        "eightOneAdapter": lambda: generate(batch),
        "eightMixed": lambda: generate(batch, adapter_names=names),
        "eightOneByOne": one_by_one,
    }


def main():
    args = parse()
    torch.set_num_threads(args.threads)
    tokenizer = decoder.tokenizer(places.checkpoint(places.DECODER))
    ids = prompt_ids(tokenizer)
    peft = adapted()
    if args.adapters:
        peft.save_pretrained(args.adapters, selected_adapters=[f"a{i}" for i in range(ROWS)])
        (args.adapters / "prompt.txt").write_text(" ".join(map(str, ids)))
    if args.only_adapters:
        return
    peft.set_adapter("a0")
    with torch.inference_mode():
        ways = ways_of(peft, ids, args.new_tokens)
        times = {name: [] for name in ways}
        if args.rounds:
            for way in ways.values():
                way()
        for _ in range(args.rounds):
            for name, way in ways.items():
                repeats = 10 if name == "prefill" else 1
                times[name] += [seconds(way) for _ in range(repeats)]
    found = {name: statistics.median(values) for name, values in times.items()}
    print(json.dumps(dict(peer=f"PEFT on torch {torch.__version__}", threads=args.threads, promptTokens=len(ids),
                          newTokens=args.new_tokens, rows=ROWS, seconds=found), indent=2))


if __name__ == "__main__":
    main()
