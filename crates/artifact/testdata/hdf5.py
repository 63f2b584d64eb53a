"""Writes the HDF5 samples of the tests: `python hdf5.py`, with h5py and Keras installed."""

import os
import pathlib

import h5py
import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")
OUT = pathlib.Path(__file__).parent / "hdf5"


def fill(file):
    """Values whose sums the tests know."""
    file.attrs["words"] = ["one", "two"]
    file.attrs["bytes"] = np.bytes_("fixed")
    file.attrs["number"] = 3
    rows = np.arange(35, dtype="<f4").reshape(5, 7)
    file["plain"] = rows
    inner = file.create_group("a/b")
    inner.attrs["note"] = "grüße"
    inner.create_dataset("packed", data=rows, chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
    inner.create_dataset("chunked", data=rows.astype(">i2"), chunks=(4, 4))
    inner.create_dataset("never", (3, 2), "f8", fillvalue=1.5)
    inner.create_dataset("flags", data=np.array([True, False, True]))
    inner.create_dataset("scalar", data=np.int64(7))
    inner.create_dataset("one", data=rows.astype("f2"), chunks=(5, 7))
    file["again"] = h5py.SoftLink("/plain")


with h5py.File(OUT / "old.h5", "w", libver="earliest") as file:
    fill(file)
with h5py.File(OUT / "new.h5", "w", libver="latest", userblock_size=512) as file:
    fill(file)
with h5py.File(OUT / "dense.h5", "w", libver="latest") as file:
    for number in range(20):
        file.create_group(f"group-{number}")
        file.attrs[f"attribute-{number}"] = "x"

import keras  # noqa: E402

keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.save(OUT / "keras.h5")
