"""The peer's training process for decoders: one run of PEFT on PyTorch, with the files of a Graft run.

Writes OUT/adapter, OUT/metrics.jsonl (step, loss, learningRate, gradNorm, tokens, paddedTokens, seconds) and
OUT/run.json, so that both sides are read by the same code. The loss is the mean over the labelled tokens of the batch:
the completion and the end token. Rows are tokenised before the first step.
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
from peer import decoder, texts
from peer.model import learning_rate


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--eval-data", type=Path)
    parser.add_argument("--template", default="{prompt}")
    parser.add_argument("--completion-column", default="completion")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--adapter-type", choices=["lora", "prefix"], default="lora")
    parser.add_argument("--init-adapter", type=Path)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=int, default=16)
    parser.add_argument("--targets", default="q_proj,v_proj", help="names of modules, joined by commas")
    parser.add_argument("--virtual-tokens", type=int, default=20)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--schedule", choices=["constant", "linear"], default="constant")
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--clip", type=float, default=1.0, help="largest global norm of the gradients, 0: off")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--shuffle", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def build(args):
    model = decoder.base(args.checkpoint)
    if args.init_adapter:
        return decoder.load(model, args.init_adapter, trainable=True)
    if args.adapter_type == "prefix":
        return decoder.prefix(model, args.virtual_tokens, args.seed)
    return decoder.lora(model, args.targets.split(","), args.rank, args.alpha, args.seed)


def sequences(args, peft, file):
    rows = texts.read(file, args.template, args.completion_column)
    return decoder.Sequences(decoder.tokenizer(args.checkpoint), rows, decoder.end_token(peft), args.max_length)


def steps_of(rows, args):
    """Row numbers of every batch of the whole run, in order; steps beyond the epochs begin another pass."""
    generator = torch.Generator().manual_seed(args.seed) if args.shuffle else None
    steps, epochs = [], 0
    while epochs < args.epochs or len(steps) < (args.max_steps or 0):
        steps += rows.epoch(args.batch_size, generator)
        epochs += 1
    return steps[:args.max_steps]


def step(peft, optimizer, inputs, labels, args):
    cast = torch.autocast("cpu", torch.bfloat16) if args.bf16 else contextlib.nullcontext()
    with cast:
        loss = peft(**inputs, labels=labels).loss
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    limit = args.clip if args.clip > 0 else float("inf")
    norm = torch.nn.utils.clip_grad_norm_(decoder.trainable(peft), limit)
    optimizer.step()
    return loss.item(), norm.item()


def train(peft, rows, args, out):
    steps = steps_of(rows, args)
    optimizer = torch.optim.AdamW(
        decoder.trainable(peft), lr=args.lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=args.weight_decay)
    peft.train()
    totals = dict(steps=len(steps), tokens=0, paddedTokens=0, seconds=0.0)
    for number, batch in enumerate(steps):
        began = time.perf_counter()
        rate = learning_rate(args.schedule, args.lr, number, len(steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, labels, tokens, padded = rows.batch(batch)
        loss, norm = step(peft, optimizer, inputs, labels, args)
        seconds = time.perf_counter() - began
        line = dict(step=number + 1, loss=loss, learningRate=rate, gradNorm=norm, tokens=tokens,
                    paddedTokens=padded, seconds=seconds)
        out.write(json.dumps(line) + "\n")
        out.flush()
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
    args.out.mkdir(parents=True)
    peft = build(args)
    rows = sequences(args, peft, args.data)
    with open(args.out / "metrics.jsonl", "w", encoding="utf-8") as out:
        run = train(peft, rows, args, out)
    peft.save_pretrained(args.out / "adapter")
    run.update(tokensPerSecond=run["tokens"] / run["seconds"], peakRssBytes=peak_rss_bytes(), torch=torch.__version__)
    if args.eval_data:
        began = time.perf_counter()
        run["eval"] = decoder.evaluate(peft, sequences(args, peft, args.eval_data))
        run["evalSeconds"] = time.perf_counter() - began
    (args.out / "run.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")


main()
