"""Small random sequence classifiers of every encoder family, saved by Transformers, with a byte-level tokenizer of their own.

Fixed seeds. Norms and biases are moved away from ones and zeros, so that an export that forgets one is seen.
"""
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer,
                          PreTrainedTokenizerFast)
from transformers.utils import logging

logging.disable_progress_bar()
logging.set_verbosity_error()

MARKS = ["<s>", "<pad>", "</s>"]
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
IDS = dict(vocab_size=len(MARKS) + len(BYTES), bos_token_id=0, pad_token_id=1, eos_token_id=2)
POSITIONS = 160
BERT = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4, **IDS)
FAMILIES = {
    "bert": BERT | dict(max_position_embeddings=POSITIONS),
    "roberta": BERT | dict(max_position_embeddings=POSITIONS + 2, type_vocab_size=1),
    "distilbert": dict(dim=64, hidden_dim=96, n_layers=3, n_heads=4, max_position_embeddings=POSITIONS, **IDS),
}
LABELS = ["late", "lost", "paid"]
SOME = {"distilbert": ["q_lin", "v_lin"]}
ALL = {"distilbert": ["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"]}
"""PEFT refuses all-linear for DistilBERT: it would adapt and train in full the same layer."""


def some_targets(family):
    return SOME.get(family, ["query", "value"])


def all_targets(family):
    return ALL.get(family, "all-linear")


def disturb(model, seed, only=""):
    """Random values for the parameters with the text in their names; their outputs keep about the same size."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            if only in name:
                noise = torch.randn(weight.shape, generator=generator)
                weight.copy_(noise / weight.shape[-1] ** 0.5) if weight.ndim > 1 else weight.add_(0.2 * noise)
    return model


def save(family, folder, head=True):
    """A classifier's checkpoint directory, or that of its encoder alone."""
    names = dict(id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)})
    config = AutoConfig.for_model(family, **FAMILIES[family], **(names if head else {}))
    torch.manual_seed(1)
    kind = AutoModelForSequenceClassification if head else AutoModel
    disturb(kind.from_config(config), sum(map(ord, family))).save_pretrained(folder)
    tokens = Tokenizer(models.BPE({token: i for i, token in enumerate([*MARKS, *BYTES])}, []))
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokens.add_special_tokens(MARKS)
    PreTrainedTokenizerFast(tokenizer_object=tokens, bos_token="<s>", eos_token="</s>", pad_token="<pad>",
                            model_max_length=POSITIONS).save_pretrained(folder)
    return folder


def load(checkpoint, labels=len(LABELS)):
    """Transformers' classifier; a head of another size, or none, becomes a new one."""
    return AutoModelForSequenceClassification.from_pretrained(
        checkpoint, num_labels=labels, ignore_mismatched_sizes=True).eval()


def save_adapter(checkpoint, folder, targets, labels, seed):
    """An adapter with its head that PEFT saved: no B is zero, and the head is another than the checkpoint's."""
    torch.manual_seed(seed)
    config = LoraConfig(task_type="SEQ_CLS", r=4, lora_alpha=8, target_modules=targets)
    peft = get_peft_model(load(checkpoint, labels), config)
    disturb(disturb(peft, seed, "lora_B"), seed + 1, "modules_to_save").save_pretrained(folder)
    return folder


def with_adapter(checkpoint, adapter, labels):
    """A classifier from an adapter directory; a key that PEFT misses is an error here, not a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*(missing|Unexpected).*", category=UserWarning)
        return PeftModel.from_pretrained(load(checkpoint, labels), adapter).eval()


def without_factors(model):
    """The same with its head, but without what LoRA adds."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.zero_()
    return model


def inputs(checkpoint, texts):
    """One padded batch of texts."""
    batch = AutoTokenizer.from_pretrained(checkpoint)(texts, padding=True, return_tensors="pt")
    return {name: batch[name] for name in ("input_ids", "attention_mask")}


def logits(model, batch):
    with torch.inference_mode():
        return model(**batch).logits.numpy()
