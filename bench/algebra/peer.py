#!/usr/bin/env python3
"""PEFT's side of the combination benchmark: `add_weighted_adapter` of two adapters of rank 64.

One module of 4096 x 4096, each method once after a warm-up on a small one. Prints one JSON object: seconds by method.
"""
import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peer import venv

if __name__ == "__main__":
    venv.enter()

import torch
from peft import LoraConfig, get_peft_model

DENSITY = 0.5


class Attention(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q_proj = torch.nn.Linear(width, width, bias=False)

    def forward(self, x):
        return self.q_proj(x)


def adapted(width, rank):
    torch.manual_seed(1)
    config = dict(r=rank, lora_alpha=2 * rank, target_modules=["q_proj"])
    peft = get_peft_model(Attention(width), LoraConfig(**config), adapter_name="a")
    peft.add_adapter("b", LoraConfig(**config))
    with torch.no_grad():
        for name, weight in peft.named_parameters():
            if "lora_" in name:
                weight.uniform_(-0.03, 0.03)
    return peft


def combine(peft, method, rank):
    density = {} if method in ("linear", "cat", "svd") else dict(density=DENSITY)
    size = {"svd_rank": rank} if method.endswith("svd") else {}
    peft.add_weighted_adapter(["a", "b"], [0.5, 1.5], "both", combination_type=method, **size, **density)
    peft.delete_adapter("both")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("methods", nargs="+")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    small, large = adapted(256, args.rank), adapted(args.width, args.rank)
    found = {}
    for method in args.methods:
        combine(small, method, args.rank)
        began = time.perf_counter()
        combine(large, method, args.rank)
        found[method] = time.perf_counter() - began
    print(json.dumps(found))


if __name__ == "__main__":
    main()
