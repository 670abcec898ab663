"""The peer's side: PEFT's LoRA on Transformers' encoder, masked mean pooling and a linear head, in plain PyTorch."""
import json
import os
import warnings

warnings.filterwarnings("ignore", category=FutureWarning)

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

logging.disable_progress_bar()

HEAD_WEIGHT = "base_model.model.classifier.weight"
HEAD_BIAS = "base_model.model.classifier.bias"
TARGETS = ["query", "value"]


def encoder(checkpoint, dropout=0.0):
    """The checkpoint's encoder without its pooler; dropout 0 because an exported graph has none."""
    return AutoModel.from_pretrained(
        checkpoint, add_pooling_layer=False, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)


def tokenizer(checkpoint):
    return AutoTokenizer.from_pretrained(checkpoint)


def mean_pool(hidden, mask):
    """The mean over the real tokens: hidden [B, T, C], mask [B, T] -> [B, C]."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weight).sum(1) / weight.sum(1)


class Classifier(nn.Module):
    """A PEFT model of an encoder, and the head that Graft saves like one of PEFT's `modules_to_save`."""

    def __init__(self, adapted, labels):
        super().__init__()
        self.encoder = adapted
        self.classifier = nn.Linear(adapted.config.hidden_size, labels)

    def pooled(self, batch):
        return mean_pool(self.encoder(**batch).last_hidden_state, batch["attention_mask"])

    def forward(self, batch):
        return self.classifier(self.pooled(batch))

    def trainable(self):
        return [p for p in self.parameters() if p.requires_grad]


def fresh(checkpoint, labels, rank=8, alpha=16, dropout=0.0, seed=0):
    """A classifier whose adapter and head have the initial values of PEFT and PyTorch."""
    torch.manual_seed(seed)
    config = LoraConfig(task_type="FEATURE_EXTRACTION", r=rank, lora_alpha=alpha, target_modules=TARGETS)
    return Classifier(get_peft_model(encoder(checkpoint, dropout), config), labels)


def load(checkpoint, adapter, trainable=False, dropout=0.0):
    """A classifier from an adapter directory; a key that PEFT misses is an error here, not a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*(missing|Unexpected).*", category=UserWarning)
        adapted = PeftModel.from_pretrained(encoder(checkpoint, dropout), adapter, is_trainable=trainable)
    tensors = load_file(os.path.join(adapter, "adapter_model.safetensors"))
    model = Classifier(adapted, tensors[HEAD_WEIGHT].shape[0] if HEAD_WEIGHT in tensors else 1)
    if HEAD_WEIGHT in tensors:
        with torch.no_grad():
            model.classifier.weight.copy_(tensors[HEAD_WEIGHT])
            model.classifier.bias.copy_(tensors[HEAD_BIAS])
    return model


def save(model, folder):
    """PEFT's own directory with the head's two tensors added, named as in `modules_to_save`."""
    model.encoder.save_pretrained(folder)
    file = os.path.join(folder, "adapter_model.safetensors")
    tensors = load_file(file)
    tensors[HEAD_WEIGHT] = model.classifier.weight.detach().clone()
    tensors[HEAD_BIAS] = model.classifier.bias.detach().clone()
    save_file(tensors, file, metadata={"format": "pt"})
    config = os.path.join(folder, "adapter_config.json")
    with open(config, encoding="utf-8") as text:
        values = json.load(text)
    values["modules_to_save"] = ["classifier"]
    with open(config, "w", encoding="utf-8") as text:
        json.dump(values, text, indent=2, sort_keys=True)


def disturb(model, seed, size=0.02):
    """Moves every B away from zero, so that the adapter has an effect before any training."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)
    return model


class Batches:
    """Tokenised rows, cut into batches that are padded to their longest row."""

    def __init__(self, tokens, rows, labels, max_length):
        index = {label: i for i, label in enumerate(labels)}
        texts = [text for text, _ in rows]
        self.ids = tokens(texts, truncation=True, max_length=max_length)["input_ids"]
        self.pad = tokens.pad_token_id
        self.labels = [index[label] for _, label in rows]

    def batch(self, rows):
        """The batch of these row numbers: inputs, labels, real tokens, padded tokens."""
        longest = max(len(self.ids[i]) for i in rows)
        ids = torch.full((len(rows), longest), self.pad)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, i in enumerate(rows):
            length = len(self.ids[i])
            ids[at, :length] = torch.tensor(self.ids[i])
            mask[at, :length] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
        return inputs, torch.tensor([self.labels[i] for i in rows]), int(mask.sum()), mask.numel()

    def epoch(self, size, generator=None):
        """Row numbers of each batch of one pass: file order, or shuffled by the generator."""
        count = len(self.ids)
        order = list(range(count)) if generator is None else torch.randperm(count, generator=generator).tolist()
        return [order[at:at + size] for at in range(0, count, size)]


def learning_rate(schedule, rate, step, steps):
    """The rate of step 0, 1, ...: `constant`, or `linear` from the full rate to zero after the last step."""
    if schedule == "constant":
        return rate
    if schedule == "linear":
        return rate * max(0.0, 1.0 - step / steps)
    raise ValueError(f"unknown schedule {schedule!r}, expected 'constant' or 'linear'")


def accuracy(model, batches, size=64):
    """The share of rows whose largest logit is their label's."""
    model.eval()
    right = 0
    order = sorted(range(len(batches.ids)), key=lambda i: len(batches.ids[i]))
    with torch.inference_mode():
        for at in range(0, len(order), size):
            inputs, labels, _, _ = batches.batch(order[at:at + size])
            right += int((model(inputs).argmax(-1) == labels).sum())
    return right / len(order)
