"""The peer's training process: one run of PEFT on PyTorch, with the files of a Graft run.

Writes OUT/adapter, OUT/metrics.jsonl (step, loss, learningRate, gradNorm, tokens, paddedTokens, seconds) and
OUT/run.json, so that both sides are read by the same code. Rows are tokenised before the first step, so a step's seconds
are batching, forward, backward and the update.
"""
import argparse
import contextlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peer import venv

venv.offline()

import torch
from peer import data, model


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval-data", type=Path)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--init-adapter", type=Path)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=int, default=16)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--schedule", choices=["constant", "linear"], default="constant")
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--clip", type=float, default=1.0, help="largest global norm of the gradients, 0: off")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--shuffle", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def build(args, labels):
    if args.init_adapter:
        return model.load(args.checkpoint, args.init_adapter, trainable=True, dropout=args.dropout)
    return model.fresh(args.checkpoint, len(labels), args.rank, args.alpha, args.dropout, args.seed)


def steps_of(batches, args):
    """Row numbers of every batch of the whole run, in order."""
    generator = torch.Generator().manual_seed(args.seed) if args.shuffle else None
    steps = []
    for _ in range(args.epochs):
        steps += batches.epoch(args.batch_size, generator)
    return steps[:args.max_steps]


def step(classifier, optimizer, inputs, labels, args):
    cast = torch.autocast("cpu", torch.bfloat16) if args.bf16 else contextlib.nullcontext()
    with cast:
        loss = torch.nn.functional.cross_entropy(classifier(inputs), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    limit = args.clip if args.clip > 0 else float("inf")
    norm = torch.nn.utils.clip_grad_norm_(classifier.trainable(), limit)
    optimizer.step()
    return loss.item(), norm.item()


def train(classifier, batches, args, out):
    steps = steps_of(batches, args)
    optimizer = torch.optim.AdamW(
        classifier.trainable(), lr=args.lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=args.weight_decay)
    classifier.train()
    totals = dict(steps=len(steps), tokens=0, paddedTokens=0, seconds=0.0)
    for number, rows in enumerate(steps):
        began = time.perf_counter()
        rate = model.learning_rate(args.schedule, args.lr, number, len(steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, labels, tokens, padded = batches.batch(rows)
        loss, norm = step(classifier, optimizer, inputs, labels, args)
        seconds = time.perf_counter() - began
        line = dict(step=number + 1, loss=loss, learningRate=rate, gradNorm=norm, tokens=tokens,
                    paddedTokens=padded, seconds=seconds)
        out.write(json.dumps(line) + "\n")
        for key in ("tokens", "paddedTokens", "seconds"):
            totals[key] += line[key]
    return totals


def peak_rss_bytes():
    """The kernel's own high-water mark of this process."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main():
    args = parse()
    torch.set_num_threads(args.threads)
    labels = args.labels.read_text(encoding="utf-8").splitlines()
    args.out.mkdir(parents=True)
    classifier = build(args, labels)
    tokens = model.tokenizer(args.checkpoint)
    batches = model.Batches(tokens, data.read_jsonl(args.data), labels, args.max_length)
    with open(args.out / "metrics.jsonl", "w", encoding="utf-8") as out:
        run = train(classifier, batches, args, out)
    model.save(classifier, args.out / "adapter")
    if args.eval_data:
        began = time.perf_counter()
        rows = model.Batches(tokens, data.read_jsonl(args.eval_data), labels, args.max_length)
        run["accuracy"] = model.accuracy(classifier, rows)
        run["evalSeconds"] = time.perf_counter() - began
    run.update(tokensPerSecond=run["tokens"] / run["seconds"], peakRssBytes=peak_rss_bytes(), torch=torch.__version__)
    (args.out / "run.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")


main()
