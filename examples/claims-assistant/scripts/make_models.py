"""Writes the model folder of the example with the real libraries.

Versions that made the committed files: see requirements.txt beside this script. Run in a virtual
environment with these from the folder examples/claims-assistant:

    python scripts/make_models.py

Everything is seeded and tiny; nothing here is of use as a model. The legacy checkpoint carries a
call that no framework writes, on purpose: it prints one line when the file is loaded.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf
import torch
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent / "model"


class FraudScorer(torch.nn.Module):
    """Eight features of a claim in, one score out."""

    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(8, 4)
        self.score = torch.nn.Linear(4, 1)

    def forward(self, features):
        return torch.sigmoid(self.score(torch.relu(self.hidden(features))))


class PrintsWhenLoaded:
    """The planted weakness: harmless, and yet code that runs because a file was opened."""

    def __reduce__(self):
        return print, ("this checkpoint ran code while it was loaded",)


def assistant():
    """The adapter of the assistant as safetensors, with its configuration."""
    folder = ROOT / "assistant"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    tensors = {
        "layers.0.lora_A.weight": torch.randn(4, 16).to(torch.float16),
        "layers.0.lora_B.weight": torch.zeros(16, 4, dtype=torch.float16),
    }
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "base_model_name_or_path": "harbour-mutual/claims-base-7b",
        "peft_type": "LORA",
        "r": 4,
        "target_modules": ["q_proj", "v_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")


def fraud_scorer():
    """The fraud model of today (zip) and the checkpoint of before (a stream of pickles)."""
    folder = ROOT / "fraud-scorer"
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(11)
    model = FraudScorer()
    torch.save(model.state_dict(), folder / "scorer.pt")
    checkpoint = {"epoch": 12, "state": model.state_dict(), "note": PrintsWhenLoaded()}
    torch.save(
        checkpoint,
        folder / "scorer-2019.pth",
        pickle_protocol=2,
        _use_new_zipfile_serialization=False,
    )


class DocumentClassifier(tf.Module):
    """A TensorFlow model that reads a file while it serves: the second planted weakness."""

    def __init__(self):
        super().__init__()
        tf.random.set_seed(13)
        self.weights = tf.Variable(tf.random.normal([6, 3]), name="weights")

    @tf.function(input_signature=[tf.TensorSpec([None, 6], tf.float32)])
    def classify(self, features):
        return tf.nn.softmax(tf.matmul(features, self.weights))

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def classify_file(self, path):
        text = tf.io.read_file(path)
        length = tf.cast(tf.strings.length(text), tf.float32)
        return self.classify(tf.fill([1, 6], length / 1000.0))


def document_classifier():
    folder = ROOT / "document-classifier"
    module = DocumentClassifier()
    signatures = {"serving_default": module.classify, "file": module.classify_file}
    tf.saved_model.save(module, str(folder), signatures=signatures)


if __name__ == "__main__":
    assistant()
    fraud_scorer()
    document_classifier()
    for path in sorted(ROOT.rglob("*")):
        if path.is_file():
            print(path.relative_to(ROOT), path.stat().st_size)
