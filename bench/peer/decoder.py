"""The peer's side for decoders: PEFT's LoRA and prefix tuning on Transformers' causal language models, in fp32."""
import warnings

warnings.filterwarnings("ignore", category=FutureWarning)

import torch
from peft import LoraConfig, PeftConfig, PeftModel, PrefixTuningConfig, get_peft_model
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()

IGNORED = -100


def base(checkpoint):
    """The checkpoint's model with fp32 weights, whatever it stores."""
    return AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()


def tokenizer(checkpoint):
    """The tokenizer exactly as tokenizer.json has it: a class of Transformers may replace parts of it."""
    return Tokenizer.from_file(str(checkpoint / "tokenizer.json"))


def end_token(model):
    """The first end token of the model's configuration."""
    end = model.config.eos_token_id
    return end[0] if isinstance(end, list) else end


def lora(model, targets=("q_proj", "v_proj"), rank=8, alpha=16, seed=0):
    """LoRA with PEFT's initial values: B is zero."""
    torch.manual_seed(seed)
    turned = model.config.model_type == "gpt2"
    return get_peft_model(model, LoraConfig(
        task_type="CAUSAL_LM", r=rank, lora_alpha=alpha, target_modules=list(targets), fan_in_fan_out=turned))


def prefix(model, tokens=20, seed=0):
    """A prefix with PEFT's initial values: a standard normal distribution."""
    torch.manual_seed(seed)
    return get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens))


def prefix_of_prompt(model, ids):
    """A prefix that starts as the keys and values which the model has after a prompt."""
    with torch.inference_mode():
        layers = model(torch.tensor([ids]), use_cache=True).past_key_values.layers
        columns = [tensor[0].transpose(0, 1).flatten(1) for layer in layers for tensor in (layer.keys, layer.values)]
    peft = prefix(model, len(ids))
    with torch.no_grad():
        next(iter(peft.prompt_encoder.values())).embedding.weight.copy_(torch.cat(columns, 1))
    return peft


def disturb(peft, seed, size=0.02):
    """Moves every B away from zero, and prefixes to values near a model's own, so that the adapter matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in peft.named_parameters():
            if "lora_B" in name or "prompt_encoder" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)
    return peft


def load(model, adapter, trainable=False):
    """An adapter directory on a model; a key that PEFT misses is an error here, not a warning."""
    config = PeftConfig.from_pretrained(adapter)
    if trainable and config.is_prompt_learning:
        return _trainable_prefix(model, adapter, config)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*(missing|Unexpected).*", category=UserWarning)
        peft = PeftModel.from_pretrained(model, adapter, is_trainable=trainable)
    return peft.eval()


def _trainable_prefix(model, adapter, config):
    """PEFT loads prefixes for inference alone, so a new one gets the values."""
    peft = prefix(model, config.num_virtual_tokens)
    with torch.no_grad():
        values = load_file(f"{adapter}/adapter_model.safetensors")["prompt_embeddings"]
        next(iter(peft.prompt_encoder.values())).embedding.weight.copy_(values)
    return peft


def trainable(peft):
    return [parameter for parameter in peft.parameters() if parameter.requires_grad]


class Sequences:
    """Prompts joined with their completions and the end token; completions and end tokens are labelled.

    A token belongs to the completion when it has a character of it. Rows are padded on the right.
    """

    def __init__(self, tokens, rows, end, max_length):
        self.pad = end
        self.ids, self.labels = [], []
        for prompt, completion in rows:
            row = tokens.encode(prompt + completion)
            ids = [*row.ids, end]
            learned = [stop > len(prompt) for _, stop in row.offsets] + [True]
            self.ids.append(ids[:max_length])
            self.labels.append([id if is_label else IGNORED for id, is_label in zip(ids, learned)][:max_length])

    def batch(self, rows):
        """The batch of these row numbers: inputs, labels, real tokens, padded tokens."""
        shape = len(rows), max(len(self.ids[i]) for i in rows)
        ids, labels = torch.full(shape, self.pad), torch.full(shape, IGNORED)
        mask = torch.zeros(shape, dtype=torch.long)
        for at, i in enumerate(rows):
            length = len(self.ids[i])
            ids[at, :length] = torch.tensor(self.ids[i])
            labels[at, :length] = torch.tensor(self.labels[i])
            mask[at, :length] = 1
        return dict(input_ids=ids, attention_mask=mask), labels, int(mask.sum()), mask.numel()

    def epoch(self, size, generator=None):
        """Row numbers of each batch of one pass: file order, or shuffled by the generator."""
        count = len(self.ids)
        order = list(range(count)) if generator is None else torch.randperm(count, generator=generator).tolist()
        return [order[at:at + size] for at in range(0, count, size)]


def evaluate(model, sequences, size=8):
    """Mean negative log-likelihood and accuracy over the labelled tokens, as `graft eval` names them."""
    model.eval()
    order = sorted(range(len(sequences.ids)), key=lambda i: len(sequences.ids[i]))
    tokens, nll, right = 0, 0.0, 0
    with torch.inference_mode():
        for at in range(0, len(order), size):
            inputs, labels, _, _ = sequences.batch(order[at:at + size])
            next_labels = labels[:, 1:]
            wanted = next_labels != IGNORED
            logits = model(**inputs).logits[:, :-1][wanted]
            found = next_labels[wanted]
            nll += torch.nn.functional.cross_entropy(logits, found, reduction="sum").item()
            right += int((logits.argmax(-1) == found).sum())
            tokens += found.numel()
    return dict(count=len(order), tokens=tokens, nll=nll / tokens, tokenAccuracy=right / tokens)


def logits(model, ids):
    """Logits [tokens, vocabulary] at every position of one row."""
    with torch.inference_mode():
        row = torch.tensor([ids])
        return model(input_ids=row, attention_mask=torch.ones_like(row)).logits[0].numpy()


def greedy(model, ids, tokens):
    """The most probable continuation, without the end token, and the smallest lead of a winner over its runner-up.

    Written out on the plain forward pass, because `generate` has defaults of its own in every checkpoint.
    """
    ends = model.config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    row, answer, leads = list(ids), [], []
    cache, feed = None, row
    with torch.inference_mode():
        while len(answer) < tokens:
            out = _forward(model, feed, cache, len(row))
            best = out.logits[0, -1].topk(2)
            leads.append((best.values[0] - best.values[1]).item())
            token = best.indices[0].item()
            if token in ends:
                break
            answer.append(token)
            row.append(token)
            cache, feed = out.past_key_values, [token]
    return answer, leads


def _forward(model, feed, cache, total):
    """One step with a cache. PEFT's forward would put a prefix before every step, so later steps ask the base."""
    inputs = dict(input_ids=torch.tensor([feed]), use_cache=True)
    if cache is None:
        return model(attention_mask=torch.ones((1, total), dtype=torch.long), **inputs)
    prefixed = getattr(model, "active_peft_config", None)
    target = model.base_model if prefixed is not None and prefixed.is_prompt_learning else model
    return target(past_key_values=cache, **inputs)
