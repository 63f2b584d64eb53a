"""Writes a zoo of benign model files: `python zoo.py FOLDER`.

Every framework that can be imported adds its part; the others are named in FOLDER/MISSING. Versions
go to FOLDER/VERSIONS. The files are for measuring false alarms and are never committed.
"""

import bz2
import collections
import datetime
import decimal
import fractions
import gzip
import importlib
import json
import lzma
import pathlib
import pickle
import sys
import tarfile
import uuid
import zlib

OUT = pathlib.Path(sys.argv[1])
MISSING = []


def part(*needs):
    """Runs a part of the zoo in a folder of its own name if its libraries can be imported."""

    def run(function):
        try:
            libraries = [importlib.import_module(name) for name in needs]
        except Exception as error:  # a library may fail in its own way
            MISSING.append(f"{function.__name__}: {error}")
            return
        folder = OUT / function.__name__
        folder.mkdir(parents=True, exist_ok=True)
        try:
            function(folder, *libraries)
        except Exception as error:
            MISSING.append(f"{function.__name__} stopped: {type(error).__name__}: {error}")

    return run


def dump(folder, name, value, module=pickle, protocols=range(6)):
    for protocol in protocols:
        try:
            data = module.dumps(value, protocol=protocol)
        except Exception:
            continue
        (folder / f"{name}-p{protocol}.pkl").write_bytes(data)


@part()
def python(folder):
    values = {
        "numbers": [1, -1, 1 << 40, 1 << 100, 1.5, 3 + 4j, True, None],
        "text": ["", "grüße", "a\nb\\c'", "x" * 300, b"", b"\xff\x00", bytearray(b"abc")],
        "sets": [{1, 2}, frozenset([1]), {"a": (1, 2, 3, 4)}],
        "ordered": collections.OrderedDict(a=1, b=[1]),
        "default": collections.defaultdict(list, {"a": [1]}),
        "counter": collections.Counter("abca"),
        "deque": collections.deque([1, 2], maxlen=3),
        "chain": collections.ChainMap({"a": 1}, {"b": 2}),
        "times": [datetime.datetime(2024, 1, 2, 3), datetime.date(2024, 1, 2), datetime.timedelta(1), datetime.time(1),
                  datetime.timezone.utc, datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)],
        "decimals": [decimal.Decimal("1.5"), fractions.Fraction(1, 3)],
        "paths": [pathlib.PurePosixPath("/a/b"), pathlib.PureWindowsPath("a"), pathlib.Path("x")],
        "ids": uuid.UUID(int=5),
        "ranges": [range(3), slice(1, 2), Ellipsis, NotImplemented],
        "shared": (lambda row: [row, row, {"again": row}])([1, 2]),
        "words": [f"word-{number}" for number in range(3000)],
        "table": {f"key-{number}": {"id": number, "score": number / 7} for number in range(500)},
    }
    for name, value in values.items():
        dump(folder, name, value)
    two = pickle.dumps([1], 2) + pickle.dumps({"a": 2}, 4)
    (folder / "two.pkl").write_bytes(two)
    plain = pickle.dumps(values["table"], 4)
    (folder / "table.pkl.gz").write_bytes(gzip.compress(plain))
    (folder / "table.pkl.bz2").write_bytes(bz2.compress(plain))
    (folder / "table.pkl.xz").write_bytes(lzma.compress(plain))
    (folder / "table.pkl.lzma").write_bytes(lzma.compress(plain, format=lzma.FORMAT_ALONE))
    (folder / "table.pkl.z").write_bytes(zlib.compress(plain))
    with tarfile.open(folder / "table.tar.gz", "w:gz") as archive:
        archive.add(folder / "table-p4.pkl", "models/table.pkl")
    for form, name in ((tarfile.PAX_FORMAT, "pax"), (tarfile.GNU_FORMAT, "gnu"), (tarfile.USTAR_FORMAT, "ustar")):
        with tarfile.open(folder / f"{name}.tar", "w", format=form) as archive:
            archive.add(folder / "table-p4.pkl", "models/" + ("n" * 120 if form != tarfile.USTAR_FORMAT else "n") + ".pkl")


@part("lz4.frame")
def packed_lz4(folder, lz4):
    (folder / "table.pkl.lz4").write_bytes(lz4.compress(pickle.dumps(list(range(5000)), 4)))


@part("zstandard")
def packed_zst(folder, zstandard):
    (folder / "table.pkl.zst").write_bytes(zstandard.compress(pickle.dumps(list(range(5000)), 4)))


@part("numpy")
def numpy_values(folder, np):
    rows = np.random.RandomState(0).rand(40, 5)
    values = {
        "rows": rows, "fortran": np.asfortranarray(rows), "object": np.array([1, "a", None], dtype=object),
        "scalar": np.float64(3), "integer": np.int64(2), "flag": np.bool_(True), "text": np.array(["a", "bb"]),
        "bytes": np.array([b"a", b"bb"]), "dates": np.array(["2020-01-01"], dtype="M8[D]"),
        "spans": np.array([3], dtype="m8[s]"), "records": np.zeros(2, dtype=[("a", "f8"), ("b", "i4", (2,))]),
        "masked": np.ma.array([1, 2], mask=[0, 1]), "matrix": np.matrix([[1, 2]]), "recarray": np.rec.array([(1, 2.0)]),
        "state": np.random.RandomState(1), "generator": np.random.default_rng(1),
        "philox": np.random.Generator(np.random.Philox(1)), "sfc": np.random.Generator(np.random.SFC64(1)),
        "types": [np.dtype("f4"), np.float32, np.dtype([("a", "f8")])], "empty": np.zeros((0, 3)), "zero": np.array(5),
        "ufunc": [np.log1p, np.add, np.exp], "big": np.arange(9, dtype=">i8"), "complex": np.array([1j]),
        "half": np.array([1], dtype="f2"), "datescalar": np.datetime64("2020-01-01"), "void": np.zeros(1, dtype="V3")[0],
        "poly": np.polynomial.Polynomial([1, 2]),
    }
    for name, value in values.items():
        dump(folder, name, value)
        if isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
            np.save(folder / f"{name}.npy", value)
    np.savez(folder / "two.npz", a=rows, b=np.arange(3))
    np.savez_compressed(folder / "packed.npz", a=rows)
    np.savez(folder / "object.npz", a=values["object"])
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(folder / f"version-{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, rows, version=version)


@part("numpy", "joblib")
def joblib_values(folder, np, joblib):
    rows = np.random.RandomState(0).rand(40, 5)
    values = {"rows": rows, "nested": {"a": rows, "b": [np.arange(7), np.asfortranarray(rows)], "c": "x"},
              "object": [np.array([1, "a", rows], dtype=object), rows], "text": np.array(["a", "bb"]), "scalar": np.float64(2),
              "zero": np.array(5.0), "empty": np.zeros((0, 4)), "plain": {"a": [1, 2, 3]}, "dates": np.array(["2020-01-01"], dtype="M8[D]"),
              "records": np.zeros(3, dtype=[("a", "f8"), ("b", "i4")]), "masked": np.ma.array([1, 2], mask=[0, 1])}
    for name, value in values.items():
        joblib.dump(value, folder / f"{name}.joblib")
        for protocol in (2, 3, 4):
            joblib.dump(value, folder / f"{name}-p{protocol}.joblib", protocol=protocol)
        for method in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
            try:
                joblib.dump(value, folder / f"{name}-{method}.joblib", compress=(method, 3))
            except Exception as error:
                MISSING.append(f"joblib {method}: {error}")


def estimators(np):
    from sklearn import (calibration, cluster, compose, decomposition, ensemble, feature_extraction, feature_selection,
                         gaussian_process, impute, isotonic, kernel_ridge, linear_model, manifold, mixture, model_selection,
                         multiclass, naive_bayes, neighbors, neural_network, pipeline, preprocessing, semi_supervised, svm, tree)
    chain = pipeline.make_pipeline
    return {
        "logistic": linear_model.LogisticRegression(), "sgd": linear_model.SGDClassifier(), "ridge": linear_model.RidgeCV(),
        "lasso": linear_model.LassoCV(cv=3), "bayes": linear_model.BayesianRidge(), "huber": linear_model.HuberRegressor(),
        "poisson": linear_model.PoissonRegressor(), "gamma": linear_model.TweedieRegressor(power=0), "quantile": linear_model.QuantileRegressor(),
        "perceptron": linear_model.Perceptron(), "ransac": linear_model.RANSACRegressor(), "forest": ensemble.RandomForestClassifier(5),
        "boost": ensemble.GradientBoostingClassifier(n_estimators=5), "boostr": ensemble.GradientBoostingRegressor(n_estimators=5, loss="huber"),
        "hist": ensemble.HistGradientBoostingClassifier(max_iter=5), "histr": ensemble.HistGradientBoostingRegressor(max_iter=5),
        "histq": ensemble.HistGradientBoostingRegressor(max_iter=5, loss="quantile", quantile=0.5),
        "extra": ensemble.ExtraTreesRegressor(5), "isolation": ensemble.IsolationForest(n_estimators=5), "ada": ensemble.AdaBoostClassifier(n_estimators=5),
        "bagging": ensemble.BaggingClassifier(n_estimators=3), "voting": ensemble.VotingClassifier([("a", linear_model.LogisticRegression())]),
        "stacking": ensemble.StackingClassifier([("a", linear_model.LogisticRegression())], cv=3), "svc": svm.SVC(probability=False),
        "linearsvc": svm.LinearSVC(), "svr": svm.SVR(), "nusvc": svm.NuSVC(nu=0.2), "oneclass": svm.OneClassSVM(), "tree": tree.DecisionTreeClassifier(),
        "treer": tree.DecisionTreeRegressor(), "knn": neighbors.KNeighborsClassifier(), "knnball": neighbors.KNeighborsClassifier(algorithm="ball_tree"),
        "knnkd": neighbors.KNeighborsRegressor(algorithm="kd_tree"), "kde": neighbors.KernelDensity(), "lof": neighbors.LocalOutlierFactor(n_neighbors=5, novelty=True),
        "nb": naive_bayes.MultinomialNB(), "gnb": naive_bayes.GaussianNB(), "mlp": neural_network.MLPClassifier((4,), max_iter=20),
        "mlpr": neural_network.MLPRegressor((4,), max_iter=20), "rbm": neural_network.BernoulliRBM(2, n_iter=2), "kmeans": cluster.KMeans(2),
        "dbscan": cluster.DBSCAN(), "agglo": cluster.AgglomerativeClustering(), "birch": cluster.Birch(), "spectral": cluster.SpectralClustering(2),
        "hdbscan": cluster.HDBSCAN(), "minikmeans": cluster.MiniBatchKMeans(2), "pca": decomposition.PCA(2), "nmf": decomposition.NMF(2),
        "svd": decomposition.TruncatedSVD(2), "lda": decomposition.LatentDirichletAllocation(2, max_iter=2), "ica": decomposition.FastICA(2),
        "kpca": decomposition.KernelPCA(2), "gp": gaussian_process.GaussianProcessClassifier(), "gpr": gaussian_process.GaussianProcessRegressor(
            kernel=gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()), "gmm": mixture.GaussianMixture(2),
        "iso": manifold.Isomap(n_neighbors=5), "krr": kernel_ridge.KernelRidge(), "calibrated": calibration.CalibratedClassifierCV(cv=3),
        "ovr": multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), "label": semi_supervised.LabelPropagation(),
        "grid": model_selection.GridSearchCV(linear_model.LogisticRegression(), {"C": [0.1, 1]}, cv=3),
        "random": model_selection.RandomizedSearchCV(linear_model.LogisticRegression(), {"C": [0.1, 1]}, n_iter=2, cv=3),
        "pipe": chain(preprocessing.StandardScaler(), linear_model.LogisticRegression()), "columns": compose.ColumnTransformer([("s", preprocessing.StandardScaler(), [0, 1])]),
        "function": preprocessing.FunctionTransformer(np.log1p), "target": compose.TransformedTargetRegressor(linear_model.LinearRegression(), func=np.log1p, inverse_func=np.expm1),
        "minmax": preprocessing.MinMaxScaler(), "robust": preprocessing.RobustScaler(), "quantilet": preprocessing.QuantileTransformer(n_quantiles=10),
        "power": preprocessing.PowerTransformer(), "poly": preprocessing.PolynomialFeatures(), "spline": preprocessing.SplineTransformer(), "bins": preprocessing.KBinsDiscretizer(3),
        "impute": impute.SimpleImputer(), "knnimpute": impute.KNNImputer(), "kbest": feature_selection.SelectKBest(k=2), "rfe": feature_selection.RFE(linear_model.LogisticRegression()),
        "variance": feature_selection.VarianceThreshold(), "hasher": feature_extraction.FeatureHasher(4), "dict": feature_extraction.DictVectorizer(),
    }


@part("numpy", "sklearn", "joblib")
def sklearn_models(folder, np, _, joblib):
    import warnings
    warnings.filterwarnings("ignore")
    from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import LabelBinarizer, LabelEncoder, MultiLabelBinarizer, OneHotEncoder, OrdinalEncoder, TargetEncoder
    rows = np.random.RandomState(0).rand(60, 5)
    labels = (rows[:, 0] > 0.5).astype(int)
    models = {}
    for name, model in estimators(np).items():
        try:
            models[name] = model.fit(rows, labels)
        except Exception:
            models[name] = model
    texts = ["claim water pipe", "fire kitchen claim", "theft bike hall"] * 5
    names = np.array(["a", "b", "c"] * 5, dtype=object)
    models |= {"tfidf": TfidfVectorizer().fit(texts), "count": CountVectorizer(ngram_range=(1, 2)).fit(texts), "hashing": HashingVectorizer(),
               "onehot": OneHotEncoder().fit(names[:, None]), "ordinal": OrdinalEncoder().fit(names[:, None]), "labels": LabelEncoder().fit(names),
               "binarizer": LabelBinarizer().fit(names), "multi": MultiLabelBinarizer().fit([["a"], ["b"]]),
               "targets": TargetEncoder().fit(names[:, None], np.arange(15.0)), "textpipe": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [0, 1, 0] * 5)}
    for name, model in models.items():
        dump(folder, name, model, protocols=(2, 4, 5))
        joblib.dump(model, folder / f"{name}.joblib")
        joblib.dump(model, folder / f"{name}-z.joblib", compress=3)


@part("numpy", "scipy.sparse", "scipy.stats", "scipy.interpolate", "scipy.spatial")
def scipy_values(folder, np, sparse, stats, interpolate, spatial):
    rows = np.eye(4)
    values = {kind: getattr(sparse, f"{kind}_matrix")(rows) for kind in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")}
    values |= {"array": sparse.csr_array(rows), "norm": stats.norm(), "interp": interpolate.interp1d([1, 2], [3, 4]),
               "spline": interpolate.CubicSpline([1, 2, 3], [3, 4, 5]), "kd": spatial.cKDTree(rows), "rotation": spatial.transform.Rotation.identity()}
    for name, value in values.items():
        dump(folder, name, value, protocols=(2, 4, 5))
    sparse.save_npz(folder / "csr.npz", values["csr"])


@part("numpy", "pandas")
def pandas_values(folder, np, pd):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [1.5, None], "d": pd.to_datetime(["2020-01-01", "2021-01-01"]),
                          "e": pd.Categorical(["u", "v"]), "f": [True, False], "g": pd.array([1, None], dtype="Int64")})
    values = {"frame": frame, "series": frame["a"], "index": frame.index, "strings": frame["b"], "multi": frame.set_index(["a", "b"]),
              "dates": pd.date_range("2020", periods=3), "stamp": pd.Timestamp("2020-01-01"), "delta": pd.Timedelta(days=1), "na": pd.NA, "nat": pd.NaT,
              "period": pd.Period("2020-01"), "interval": pd.IntervalIndex.from_breaks([0, 1, 2]), "category": frame["e"], "dtype": frame.dtypes,
              "tz": pd.Timestamp("2020-01-01", tz="UTC"), "dict": {"frame": frame, "n": 1}, "sparse": pd.arrays.SparseArray([0, 1])}
    for name, value in values.items():
        dump(folder, name, value, protocols=(2, 4, 5))
    frame.to_pickle(folder / "to_pickle.pkl")
    frame.to_pickle(folder / "to_pickle.pkl.gz")


@part("numpy", "xgboost", "joblib")
def xgboost_models(folder, np, xgb, joblib):
    rows = np.random.RandomState(0).rand(60, 5)
    labels = (rows[:, 0] > 0.5).astype(int)
    for name, model in {"classifier": xgb.XGBClassifier(n_estimators=3), "regressor": xgb.XGBRegressor(n_estimators=3), "forest": xgb.XGBRFClassifier(n_estimators=3),
                        "ranker": xgb.XGBRanker(n_estimators=2)}.items():
        model.fit(rows, labels, **({"qid": np.zeros(60, dtype=int)} if name == "ranker" else {}))
        dump(folder, name, model, protocols=(2, 4, 5))
        joblib.dump(model, folder / f"{name}.joblib")
        model.save_model(folder / f"{name}.json")
        model.save_model(folder / f"{name}.ubj")
        dump(folder, f"{name}-booster", model.get_booster(), protocols=(4,))


@part("numpy", "lightgbm", "joblib")
def lightgbm_models(folder, np, lgb, joblib):
    rows = np.random.RandomState(0).rand(60, 5)
    labels = (rows[:, 0] > 0.5).astype(int)
    for name, model in {"classifier": lgb.LGBMClassifier(n_estimators=3, verbose=-1), "regressor": lgb.LGBMRegressor(n_estimators=3, verbose=-1)}.items():
        model.fit(rows, labels)
        dump(folder, name, model, protocols=(2, 4, 5))
        joblib.dump(model, folder / f"{name}.joblib")
        model.booster_.save_model(folder / f"{name}.txt")
        dump(folder, f"{name}-booster", model.booster_, protocols=(4,))


@part("numpy", "torch")
def torch_models(folder, np, torch):
    nn = torch.nn
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.BatchNorm1d(3), nn.LSTM(3, 2), nn.Conv2d(1, 1, 1), nn.Embedding(3, 2), nn.Dropout(), nn.LayerNorm(3), nn.GELU())
    tied = nn.ModuleDict({"a": nn.Linear(3, 3), "b": nn.Linear(3, 3)})
    tied["b"].weight = tied["a"].weight
    adam = torch.optim.AdamW(net.parameters())
    sum(parameter.sum() for parameter in net.parameters()).backward()
    adam.step()
    schedule = torch.optim.lr_scheduler.StepLR(adam, 3)
    kinds = (torch.float16, torch.bfloat16, torch.int8, torch.uint8, torch.bool, torch.int64, torch.int32, torch.int16, torch.complex64, torch.float64,
             torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32)
    values = {
        "state": net.state_dict(), "model": net, "transformer": nn.TransformerEncoderLayer(8, 2, 16), "tensor": torch.randn(3), "tied": tied.state_dict(),
        "kinds": [torch.zeros(2, dtype=kind) for kind in kinds], "optimizer": adam.state_dict(), "view": torch.arange(12.0).view(3, 4).t(), "slice": torch.arange(100)[10:20],
        "checkpoint": {"epoch": 1, "model": net.state_dict(), "optimizer": adam.state_dict(), "schedule": schedule.state_dict(), "device": torch.device("cpu"),
                       "size": torch.Size([1, 2]), "dtype": torch.float32, "loss": np.float64(1.5), "rows": np.eye(2), "args": {"lr": 1e-3}, "rng": torch.get_rng_state()},
        "parameter": nn.Parameter(torch.randn(2)), "buffer": nn.Buffer(torch.randn(2)), "sparse": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(),
        "quantized": torch.quantize_per_tensor(torch.randn(3), 0.1, 0, torch.qint8), "channel": torch.quantize_per_channel(torch.randn(2, 3), torch.ones(2), torch.zeros(2), 0, torch.qint8),
        "empty": {}, "scalar": torch.tensor(1.0), "zero": torch.zeros(0, 3), "namespace": __import__("argparse").Namespace(lr=1), "rnn": nn.GRU(2, 3, bidirectional=True),
        "meta": torch.zeros(2, device="meta"), "conj": torch.zeros(2, dtype=torch.complex64).conj(), "parameters": nn.ParameterList([nn.Parameter(torch.ones(1))]),
        "resnet": nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(dim=1), nn.MultiheadAttention(4, 2)),
    }
    for name, value in values.items():
        for suffix, options in {"": {}, "-legacy": {"_use_new_zipfile_serialization": False}, "-p4": {"pickle_protocol": 4}, "-legacy4": {
                "_use_new_zipfile_serialization": False, "pickle_protocol": 4}}.items():
            try:
                torch.save(value, folder / f"{name}{suffix}.pt", **options)
            except Exception as error:
                MISSING.append(f"torch {name}{suffix}: {error}")
        dump(folder, f"{name}-plain", value, protocols=(2, 4, 5))


@part("torch")
def torchscript(folder, torch):
    nn = torch.nn

    class Gate(nn.Module):
        def forward(self, rows: torch.Tensor, flag: bool = True):
            total = rows
            for step in range(3):
                if flag:
                    total = torch.relu(total) + step
                else:
                    total = total.sum(dim=0, keepdim=True)
            return {"out": total}, [total.shape[0]]

    torch.jit.script(Gate()).save(folder / "scripted.pt")
    torch.jit.script(nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.LSTM(3, 2))).save(folder / "lstm.pt")
    torch.jit.trace(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.GELU()), torch.zeros(2, 4)).save(folder / "traced.pt")
    torch.jit.trace(nn.TransformerEncoderLayer(8, 2, 16), torch.zeros(2, 3, 8), check_trace=False).save(folder / "transformer.torchscript")


@part("torch", "torchvision")
def torchvision_models(folder, torch, vision):
    for name in ("squeezenet1_1", "mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5"):
        model = vision.models.get_model(name, weights=None)
        torch.save(model, folder / f"{name}.pt")
        torch.save(model.state_dict(), folder / f"{name}-state.pth")


@part("torch", "safetensors.torch")
def safetensors_files(folder, torch, save):
    for count in (0, 1, 7, 9, 60, 300):
        save.save_file({f"layer.{number}.weight": torch.randn(3, number % 5) for number in range(count)}, folder / f"{count}.safetensors", metadata={"format": "pt"})
    save.save_file({"h": torch.zeros(2, dtype=torch.bfloat16), "e": torch.zeros(3, dtype=torch.float8_e4m3fn)}, folder / "kinds.safetensors")


@part("tensorflow")
def tensorflow_models(folder, tf):
    keras = tf.keras
    layers = keras.layers
    nets = {
        "dense": keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dropout(0.1), layers.BatchNormalization(), layers.Dense(1)]),
        "image": keras.Sequential([keras.Input((16, 16, 3)), layers.Rescaling(1 / 255), layers.Conv2D(4, 3), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2, activation="softmax")]),
        "rnn": keras.Sequential([keras.Input((6,)), layers.Embedding(10, 4), layers.Bidirectional(layers.LSTM(3)), layers.Dense(1)]),
    }
    a = keras.Input((4,), name="a")
    nets["functional"] = keras.Model(a, layers.Add()([layers.Dense(2)(a), layers.Dense(2, kernel_regularizer="l2")(a)]))
    for name, net in nets.items():
        net.compile("adam", "mse", metrics=["mae"])
        net.save(folder / f"{name}.keras")
        net.save(folder / f"{name}.h5")
        net.save_weights(folder / f"{name}.weights.h5")
        net.export(folder / f"{name}-export")
        tf.train.Checkpoint(model=net).save(str(folder / f"{name}-checkpoint" / "model"))
        (folder / f"{name}.json").write_text(net.to_json())
        (folder / f"{name}.tflite").write_bytes(tf.lite.TFLiteConverter.from_keras_model(net).convert()) if name != "rnn" else None
    text = layers.TextVectorization(max_tokens=10)
    text.adapt(["a b c", "b c d"])
    model = keras.Sequential([keras.Input((1,), dtype=tf.string), text, layers.Embedding(10, 4), layers.GlobalAveragePooling1D()])
    model.save(folder / "text.keras")
    model.export(folder / "text-export")

    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, rows):
            return tf.while_loop(lambda x: tf.reduce_sum(x) < 10, lambda x: (x + 1,), [rows])[0]

    tf.saved_model.save(Module(), str(folder / "module"))


@part("onnx", "numpy")
def onnx_models(folder, onnx, np):
    from onnx import TensorProto, helper, numpy_helper
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    weight = numpy_helper.from_array(np.ones((4, 3), dtype=np.float32), "w")
    nodes = {"gemm": [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Relu", ["m"], ["y"])],
             "softmax": [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Softmax", ["m"], ["y"])]}
    for name, list_ in nodes.items():
        model = helper.make_model(helper.make_graph(list_, "g", [x], [y], [weight]), opset_imports=[helper.make_opsetid("", 17)])
        onnx.save(model, folder / f"{name}.onnx")
        onnx.save(model, folder / f"{name}-external.onnx", save_as_external_data=True, location=f"{name}.data", size_threshold=0)
    branch = helper.make_graph([helper.make_node("Identity", ["x"], ["b"])], "b", [], [helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 4])])
    model = helper.make_model(helper.make_graph([helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)], "g",
                              [x, helper.make_tensor_value_info("c", TensorProto.BOOL, [])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])]))
    onnx.save(model, folder / "branch.onnx")
    scaler = helper.make_node("Scaler", ["x"], ["y"], domain="ai.onnx.ml", offset=[0.0], scale=[1.0])
    onnx.save(helper.make_model(helper.make_graph([scaler], "g", [x], [y]), opset_imports=[helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 17)]), folder / "scaler.onnx")


@part("gguf", "numpy")
def gguf_models(folder, gguf, np):
    chat = "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
    for name, count in {"plain": 1, "layers": 40}.items():
        writer = gguf.GGUFWriter(folder / f"{name}.gguf", "llama")
        writer.add_block_count(count)
        writer.add_context_length(64)
        writer.add_token_list([f"t{number}" for number in range(200)])
        writer.add_token_scores([0.5] * 200)
        writer.add_chat_template([{"name": "default", "template": chat}, {"name": "tool_use", "template": chat}] if count > 1 else chat)
        for number in range(count):
            writer.add_tensor(f"blk.{number}.attn_q.weight", np.ones((8, 32), dtype=np.float16))
            writer.add_tensor(f"blk.{number}.norm", np.ones(8, dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


CHAT_TEMPLATES = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "tools": "{%- if tools %}\n    {{- '<|im_start|>system\\n' }}\n    {%- if messages[0].role == 'system' %}\n        {{- messages[0].content + '\\n\\n' }}\n    {%- endif %}\n    {{- '# Tools\\n\\nYou may call one or more functions.\\n<tools>' }}\n    {%- for tool in tools %}\n        {{- '\\n' }}\n        {{- tool | tojson }}\n    {%- endfor %}\n{%- endif %}\n{%- set ns = namespace(last=messages|length - 1, multi=true) %}\n{%- for message in messages[::-1] %}\n    {%- if ns.multi and message.role == 'user' and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}\n        {%- set ns.multi = false %}\n    {%- endif %}\n{%- endfor %}\n{%- for message in messages %}\n    {%- if message.role == 'assistant' and message.tool_calls %}\n        {%- for call in message.tool_calls %}\n            {{- '<tool_call>{\"name\": \"' + call.function.name + '\", \"arguments\": ' }}\n            {{- call.arguments if call.arguments is string else call.arguments | tojson }}\n        {%- endfor %}\n    {%- else %}\n        {{- message.role + message.content.split('</think>')[-1].lstrip('\\n') }}\n    {%- endif %}\n{%- endfor %}",
    "strict": "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "macros": "{%- macro render(value, depth=0) -%}{%- if value is mapping -%}{%- for key, item in value.items() -%}{{ key }}: {{ render(item, depth + 1) }}{%- if not loop.last -%}, {% endif -%}{%- endfor -%}{%- elif value is iterable and value is not string -%}{{ value | map(attribute='name') | join(', ') | upper }}{%- else -%}{{ value }}{%- endif -%}{%- endmacro -%}{%- if date_string is not defined -%}{%- if strftime_now is defined -%}{%- set date_string = strftime_now('%d %b %Y') -%}{%- else -%}{%- set date_string = '26 Jul 2024' -%}{%- endif -%}{%- endif -%}{{- render(messages[0]) -}}{% generation %}{{ messages[-1].content | default('') | replace('\\t', ' ') }}{% endgeneration %}",
}


@part("transformers", "torch")
def transformers_models(folder, transformers, torch):
    config = transformers.BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20)
    transformers.BertModel(config).save_pretrained(folder / "bert")
    small = transformers.LlamaConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20, num_key_value_heads=2)
    llama = transformers.LlamaForCausalLM(small)
    llama.save_pretrained(folder / "llama", max_shard_size="2KB")
    torch.save(llama.state_dict(), folder / "pytorch_model.bin")
    torch.save(transformers.TrainingArguments(output_dir=str(folder / "run"), report_to=[]), folder / "training_args.bin")
    for name, template in CHAT_TEMPLATES.items():
        target = folder / f"chat-{name}"
        target.mkdir(exist_ok=True)
        (target / "tokenizer_config.json").write_text(json.dumps({"chat_template": template, "tokenizer_class": "LlamaTokenizer", "eos_token": "</s>"}))
        (target / "chat_template.jinja").write_text(template)
    (folder / "named").mkdir(exist_ok=True)
    (folder / "named" / "tokenizer_config.json").write_text(json.dumps({"chat_template": [{"name": "default", "template": CHAT_TEMPLATES["chatml"]}, {"name": "tool_use", "template": CHAT_TEMPLATES["tools"]}]}))


@part("transformers", "torch", "peft")
def adapters(folder, transformers, _, peft):
    small = transformers.LlamaConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=20, num_key_value_heads=2)
    small._name_or_path = "example/base-model"
    model = peft.get_peft_model(transformers.LlamaForCausalLM(small), peft.LoraConfig(r=2, target_modules=["q_proj"]))
    model.save_pretrained(folder / "lora")
    model.save_pretrained(folder / "lora-bin", safe_serialization=False)


@part("cloudpickle", "numpy")
def cloudpickle_values(folder, cloudpickle, np):
    dump(folder, "data", {"rows": np.eye(3), "names": ["a"]}, cloudpickle, (4, 5))


@part("dill", "numpy")
def dill_values(folder, dill, np):
    dump(folder, "data", {"rows": np.eye(3), "names": ["a"]}, dill, (2, 4, 5))


@part()
def text_formats(folder):
    (folder / "model.pmml").write_text('<?xml version="1.0"?><PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header/><DataDictionary numberOfFields="1"><DataField name="x" optype="continuous" dataType="double"/>'
                                       '</DataDictionary><RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/></MiningSchema><RegressionTable intercept="1"/></RegressionModel></PMML>')
    cells = [{"cell_type": "code", "source": ["import torch\n", "model = torch.nn.Linear(2, 1)\n", "print(model)"], "outputs": [], "metadata": {}, "execution_count": 1}, {"cell_type": "markdown", "source": "# Notes", "metadata": {}}]
    (folder / "train.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (folder / "README.md").write_text("# A model\n\nTrained on claims.\n")


versions = {}
for name in ("numpy", "torch", "tensorflow", "sklearn", "joblib", "pandas", "xgboost", "lightgbm", "onnx", "gguf", "keras", "transformers", "peft", "safetensors", "scipy", "dill", "cloudpickle", "torchvision"):
    try:
        versions[name] = importlib.import_module(name).__version__
    except Exception:
        versions[name] = None
(OUT / "VERSIONS").write_text(json.dumps({"python": sys.version.split()[0], **versions}, indent=1))
(OUT / "MISSING").write_text("\n".join(MISSING) + "\n")
