"""Small random decoders of every family, saved by Transformers, with a byte-level tokenizer of their own.

Fixed seeds. Norms and biases are moved away from ones and zeros, so that an export that forgets one is seen. Without dropout,
because an exported graph has none.
"""
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig, PreTrainedTokenizerFast,
                          Qwen2Config, Qwen3Config)

END = "<|endoftext|>"
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
IDS = dict(vocab_size=1 + len(BYTES), bos_token_id=0, eos_token_id=0, pad_token_id=0)
SHAPE = dict(hidden_size=64, intermediate_size=112, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=1024, initializer_range=0.15, **IDS)
LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)

FAMILIES = {
    "llama": lambda: LlamaConfig(**SHAPE),
    "llama-tied-llama3": lambda: LlamaConfig(**SHAPE, tie_word_embeddings=True, rope_parameters=LLAMA3),
    "llama-linear-biases": lambda: LlamaConfig(
        **SHAPE, attention_bias=True, mlp_bias=True,
        rope_parameters=dict(rope_type="linear", rope_theta=5000.0, factor=2.0)),
    "mistral": lambda: MistralConfig(**SHAPE, head_dim=24, sliding_window=None),
    "qwen2": lambda: Qwen2Config(**SHAPE, tie_word_embeddings=True),
    "qwen3": lambda: Qwen3Config(**SHAPE, head_dim=24),
    "gpt2": lambda: GPT2Config(n_embd=64, n_layer=3, n_head=4, n_positions=1024, initializer_range=0.15, attn_pdrop=0.0,
                               embd_pdrop=0.0, resid_pdrop=0.0, **IDS),
}
TARGETS = {"gpt2": ["c_attn", "c_proj", "c_fc"]}
STORED = {"mistral": dict(max_shard_size="100KB"), "qwen2": dict(max_shard_size="60KB")}
OPTIMUM = ["llama", "mistral", "qwen2", "qwen3", "gpt2"]
"""Those whose configuration an older Transformers reads alike."""
PRECISION = {"llama-tied-llama3": torch.bfloat16, "qwen3": torch.float16}


def targets(family):
    """The modules that adapters of this family are put on: all linear ones but the head."""
    default = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    return TARGETS.get(family, default)


def save(family, folder):
    """Makes the model of a family and returns its checkpoint directory."""
    torch.manual_seed(sum(map(ord, family)))
    model = AutoModelForCausalLM.from_config(FAMILIES[family]())
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.2)
    model.to(PRECISION.get(family, torch.float32)).save_pretrained(folder, **STORED.get(family, {}))
    tokens = Tokenizer(models.BPE({token: i for i, token in enumerate([END, *BYTES])}, []))
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    tokens.add_special_tokens([END])
    PreTrainedTokenizerFast(tokenizer_object=tokens, bos_token=END, eos_token=END, pad_token=END,
                            model_max_length=1024).save_pretrained(folder)
    return folder
