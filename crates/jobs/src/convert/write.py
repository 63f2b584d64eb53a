"""`write.py write FOLDER` makes models; `write.py compare FOLDER` compares what they became."""

import pathlib
import sys

import joblib
import numpy as np
import torch
from safetensors import safe_open

FOLDER = pathlib.Path(sys.argv[2])
MODELS, OUT = FOLDER / "models", FOLDER / "out"


def states():
    torch.manual_seed(1)
    nn = torch.nn
    net = nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3), nn.LSTM(3, 2), nn.Conv2d(1, 2, 3), nn.Embedding(4, 2))
    kinds = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
             torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32)
    shared = torch.randn(4, 4)
    base = torch.arange(60.0).view(3, 4, 5)
    return {
        "state": net.state_dict(),
        "module": net,
        "kinds": {str(kind).split(".")[1]: (torch.randn(3, 2) * 4).to(torch.complex64 if kind.is_complex else torch.float32).to(kind) for kind in kinds},
        "tied": {"a": shared, "b": shared, "part": shared[1:3]},
        "views": {"t": base.transpose(0, 2), "step": base[:, ::2, 1], "narrow": base[1], "zero": torch.zeros(0, 3), "scalar": torch.tensor(2.5), "wide": torch.ones(3, 1).expand(3, 4)},
        "nested": {"epoch": 3, "lr": 1e-3, "model": {"layers": [torch.randn(2), torch.randn(3)]}, "rows": np.eye(3), "name": "x", "none": None},
        "parameter": {"w": torch.nn.Parameter(torch.randn(3)), "size": torch.Size([1, 2])},
    }


def arrays():
    rng = np.random.RandomState(0)
    return {
        "plain": {"rows": rng.rand(7, 3), "columns": np.asfortranarray(rng.rand(4, 6)), "big": np.arange(9, dtype=">i4"), "half": rng.rand(3).astype("f2"),
                  "flags": np.array([True, False]), "bytes": np.arange(4, dtype="u1"), "zero": np.array(5.0), "empty": np.zeros((0, 3)), "complex": np.array([1 + 2j], dtype="c8")},
        "single": rng.rand(50, 4).astype("f4"),
    }


def flat(value, name=""):
    """Names and tensors as the converter names them."""
    if isinstance(value, torch.nn.Module):
        value = value.state_dict()
    if isinstance(value, np.ndarray):
        yield name or "data", value
    elif isinstance(value, torch.Tensor):
        yield name or "data", value.detach()
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        for index, item in enumerate(value):
            yield from flat(item, f"{name}.{index}" if name else str(index))


def bits(value):
    """Kind, shape and bytes in the order of this machine."""
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value).reshape(value.shape)
        value = value.astype(value.dtype.newbyteorder("="))
        return str(value.dtype), tuple(value.shape), value.tobytes()
    kind, shape = str(value.dtype).removeprefix("torch."), tuple(value.shape)
    value = torch.view_as_real(value).contiguous() if value.is_complex() else value.contiguous()
    raw = value.reshape(-1).view(torch.uint8).numpy().tobytes() if value.numel() else b""
    return kind, shape, raw


def write():
    MODELS.mkdir()
    for name, value in states().items():
        torch.save(value, MODELS / f"{name}.pt")
        torch.save(value, MODELS / f"{name}.legacy.pt", _use_new_zipfile_serialization=False)
        torch.save(value, MODELS / f"{name}.p4.pt", pickle_protocol=4)
    for name, value in arrays().items():
        joblib.dump(value, MODELS / f"{name}.joblib")
        for method in ("zlib", "gzip", "bz2", "xz", "lzma"):
            joblib.dump(value, MODELS / f"{name}.{method}.joblib", compress=(method, 3))
        for protocol in (2, 4, 5):
            import pickle
            (MODELS / f"{name}.p{protocol}.pkl").write_bytes(pickle.dumps(value, protocol))
    np.savez(MODELS / "plain.npz", **arrays()["plain"])
    np.savez_compressed(MODELS / "packed.npz", **arrays()["plain"])
    hierarchical()
    state = states()["state"]
    names = list(state)
    folder = MODELS / "sharded"
    folder.mkdir()
    weights = {}
    for part, keys in enumerate((names[: len(names) // 2], names[len(names) // 2 :]), 1):
        shard = f"pytorch_model-0000{part}-of-00002.bin"
        torch.save({key: state[key] for key in keys}, folder / shard)
        weights |= {key: shard for key in keys}
    (folder / "pytorch_model.bin.index.json").write_text(__import__("json").dumps({"metadata": {}, "weight_map": weights}))


def hierarchical():
    """HDF5 as h5py and Keras write it, where they are installed: name of the file to its datasets."""
    try:
        import os
        os.environ.setdefault("KERAS_BACKEND", "torch")
        import h5py
        import keras
    except ImportError:
        return
    rng = np.random.RandomState(0)
    kinds = {kind: (rng.rand(4, 5) * 9).astype(kind) for kind in ("f2", "<f4", ">f8", "i1", ">i2", "<i4", "i8", "u1", "u2", "u4", "u8", "?")}
    for version in ("earliest", "latest"):
        with h5py.File(MODELS / f"tree-{version}.h5", "w", libver=version) as file:
            for number, rows in enumerate(kinds.values()):
                # More than eight links of the newer kind lie in a heap, which is not read.
                file[f"kinds-{number // 6}/{rows.dtype.name}-{number}"] = rows
            if version == "earliest":
                wide = rng.rand(130, 70, 3)
                for name, options in {"gzip": {"compression": "gzip"}, "all": {"compression": "gzip", "shuffle": True, "fletcher32": True}, "plain": {}}.items():
                    file.create_dataset(f"chunks/{name}", data=wide, chunks=(32, 33, 2), **options)
                file.create_dataset("chunks/grown", data=wide[:, 0, 0], maxshape=(None,), chunks=(7,))
                file.create_dataset("never", (3, 4), "f4", fillvalue=2.5)
                file["many"] = rng.rand(2, 2)
                for number in range(300):
                    file[f"wide/{number}"] = np.float32(number)
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    value = keras.layers.Conv2D(4, 3)(inputs)
    value = keras.layers.BatchNormalization()(value)
    value = keras.layers.Flatten()(value)
    model = keras.Model(inputs, keras.layers.Dense(2)(value))
    model.compile("adam", "mse")
    model.fit(rng.rand(4, 8, 8, 3), rng.rand(4, 2), verbose=0)
    model.save(MODELS / "old.h5")
    model.save(MODELS / "new.keras")
    model.save_weights(MODELS / "only.weights.h5")


def datasets(model):
    """What h5py reads: the file itself, or the weights inside of an archive of Keras."""
    import io
    import zipfile

    import h5py
    raw = zipfile.ZipFile(model).read("model.weights.h5") if model.suffix == ".keras" else model.read_bytes()
    found = {}
    with h5py.File(io.BytesIO(raw)) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return {name: np.asarray(value) for name, value in found.items()}


def compare():
    sources = {**states(), **arrays(), "packed": arrays()["plain"]}
    seen = 0
    for model in MODELS.iterdir():
        if model.is_dir():
            index = __import__("json").loads((OUT / model.name / "model.safetensors.index.json").read_text())
            expected = dict(flat(sources["state"]))
            assert set(index["weight_map"]) == set(expected), model
            files = [OUT / model.name / shard for shard in set(index["weight_map"].values())]
        else:
            hdf5 = model.suffix in (".h5", ".keras")
            expected = datasets(model) if hdf5 else dict(flat(sources[model.name.split(".")[0]]))
            # A single array has no name of its own in a pickle, and one of the file in numpy's format.
            files = [OUT / (pathlib.Path(model.name).stem + "." + model.name.replace(".", "_") + ".safetensors")]
        found = {}
        for file in files:
            framework = "np" if isinstance(next(iter(expected.values())), np.ndarray) else "pt"
            with safe_open(file, framework) as reader:
                found |= {key: reader.get_tensor(key) for key in reader.keys()}
        assert set(found) == set(expected), (model, set(found) ^ set(expected))
        for name, value in expected.items():
            want = bits(value)
            got = found[name] if isinstance(found[name], type(value)) else (found[name].numpy() if isinstance(value, np.ndarray) else torch.from_numpy(found[name]))
            assert bits(got) == want, (model, name, bits(got)[:2], want[:2])
            seen += 1
    assert seen > 200, seen
    print(seen)


write() if sys.argv[1] == "write" else compare()
