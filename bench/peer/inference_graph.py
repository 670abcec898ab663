"""A decoder's graph in Python's onnxruntime: that of a bundle with an adapter's tensors, or a merged model's.

Both take `past_key_values.N.key` and `.value`; a bundle's graph gives the logits of one column of each row
(`last_token`) and takes stacked adapters, a merged one gives those of every column and has neither.
"""
import json
import re

import numpy
import onnxruntime
from safetensors.numpy import load_file

TYPES = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16, "tensor(int64)": numpy.int64}
COLUMNS = 16
FACTOR = re.compile(r"(.*)\.lora_([AB])")


class InferenceGraph:
    """One session; `use` chooses the adapter of the rows that follow, a PEFT directory or None."""

    def __init__(self, file, threads=2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.inputs = {value.name: value for value in self.session.get_inputs()}
        self.outputs = [value.name for value in self.session.get_outputs()]
        self.past = [name for name in self.inputs if name.startswith("past_key_values.")]
        if not self.past:
            raise SystemExit(f"{file}: no input past_key_values.N.key, found {sorted(self.inputs)}")
        self.use(None)

    def use(self, adapter):
        self.prefix = None
        self.adapter = self._neutral()
        if adapter is None:
            return self
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = load_file(adapter / "adapter_model.safetensors")
        if config["peft_type"] == "PREFIX_TUNING":
            self.prefix = self._prefix(config, tensors)
        else:
            self._lora(config, tensors)
        return self

    def _neutral(self):
        """Adapters of rank 1 that do nothing, for every slot of the graph."""
        neutral = {}
        for name, value in self.inputs.items():
            factor = FACTOR.fullmatch(name)
            if factor:
                shape = (1, value.shape[1], 1) if factor.group(2) == "A" else (1, 1, value.shape[2])
                neutral[name] = numpy.zeros(shape, TYPES[value.type])
        if "adapter_index" in self.inputs:
            neutral["adapter_index"] = numpy.zeros(1, numpy.int64)
        return neutral

    def _lora(self, config, tensors):
        """A transposed; B transposed and scaled. Modules have the names of PEFT without its prefix."""
        scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
        for key, value in tensors.items():
            module, factor = re.fullmatch(r"base_model\.model\.(.*)\.lora_([AB])\.weight", key).groups()
            name = f"{module}.lora_{factor}"
            if name not in self.inputs:
                raise SystemExit(f"{key}: the graph has no input {name}")
            self.adapter[name] = (value.T * (scale if factor == "B" else 1))[None].astype(numpy.float32)

    def _prefix(self, config, tensors):
        """[virtual, layers * 2 * heads * head size] as past keys and values [heads, virtual, head size]."""
        heads = config["num_attention_heads"]
        size = config["token_dim"] // heads
        table = tensors["prompt_embeddings"].reshape(config["num_virtual_tokens"], config["num_layers"], 2, heads, size)
        return {f"past_key_values.{layer}.{kind}": table[:, layer, at].transpose(1, 0, 2)
                for layer in range(config["num_layers"]) for at, kind in enumerate(("key", "value"))}

    def _begin(self, rows):
        """The past of rows that begin: nothing, or the prefix."""
        past = {}
        for name in self.past:
            value = self.inputs[name]
            if self.prefix is None:
                past[name] = numpy.zeros((rows, value.shape[1], 0, value.shape[3]), TYPES[value.type])
            else:
                past[name] = numpy.broadcast_to(self.prefix[name], (rows, *self.prefix[name].shape)).astype(
                    TYPES[value.type])
        return past

    def run(self, ids, past=None, columns=None):
        """Rows of equal length after their past: (logits, present). Columns choose each row's logits in a bundle's graph."""
        ids = numpy.asarray(ids, numpy.int64)
        past = self._begin(len(ids)) if past is None else past
        done = past[self.past[0]].shape[2]
        positions = numpy.broadcast_to(numpy.arange(done, done + ids.shape[1]), ids.shape)
        feeds = dict(input_ids=ids, attention_mask=numpy.ones((len(ids), done + ids.shape[1]), numpy.int64),
                     position_ids=positions, **past, **self.adapter)
        if "last_token" in self.inputs:
            feeds["last_token"] = numpy.full(len(ids), ids.shape[1] - 1) if columns is None else numpy.asarray(columns)
        feeds = {name: value for name, value in feeds.items() if name in self.inputs}
        found = dict(zip(self.outputs, self.session.run(None, feeds)))
        present = {name: found[name.replace("past_key_values", "present")] for name in self.past}
        return found["logits"].astype(numpy.float32), present

    def logits(self, ids):
        """Logits [tokens, vocabulary] at every position of one row."""
        if "last_token" not in self.inputs:
            return self.run([ids])[0][0]
        parts = []
        for at in range(0, len(ids), COLUMNS):
            columns = range(at, min(at + COLUMNS, len(ids)))
            parts.append(self.run([ids[:columns[-1] + 1]] * len(columns), columns=columns)[0])
        return numpy.concatenate(parts)

    def greedy(self, ids, tokens, ends):
        """The most probable continuation, one token at a time with a cache, without the end token."""
        answer, past, feed = [], None, list(ids)
        while len(answer) < tokens:
            logits, past = self.run([feed], past)
            token = int(logits.reshape(-1, logits.shape[-1])[-1].argmax())
            if token in ends:
                break
            answer.append(token)
            feed = [token]
        return answer


def merged_file(out):
    """The model that `graft merge` wrote: OUT itself, or the one .onnx in it."""
    found = [out] if out.is_file() else list(out.glob("*.onnx"))
    if len(found) != 1:
        raise SystemExit(f"{out}: expected one .onnx file, found {[file.name for file in found]}")
    return found[0]
