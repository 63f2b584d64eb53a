//! What numpy and scipy write: arrays, dtypes, scalars, random generators, sparse matrices.

use super::super::judge::{Arguments, Shape};
use super::super::value::Value;
use super::{Allowed, allow};

pub(super) const NAMES: &[Allowed] = &[
    allow("dill._dill", "_create_array", Shape::Call(dill_array)),
    allow("joblib.numpy_pickle", "NDArrayWrapper", Shape::Class),
    allow("joblib.numpy_pickle", "NumpyArrayWrapper", Shape::Class),
    allow("joblib.numpy_pickle", "ZNDArrayWrapper", Shape::Class),
    allow("numpy", "bool_", Shape::Value),
    allow("numpy", "dtype", Shape::ClassOrCall(dtype)),
    allow("numpy", "float16", Shape::Value),
    allow("numpy", "float32", Shape::Value),
    allow("numpy", "float64", Shape::Value),
    allow("numpy", "int16", Shape::Value),
    allow("numpy", "int32", Shape::Value),
    allow("numpy", "int64", Shape::Value),
    allow("numpy", "int8", Shape::Value),
    allow("numpy", "matrix", Shape::Value),
    allow("numpy", "ndarray", Shape::Value),
    allow("numpy", "object_", Shape::Value),
    allow("numpy", "recarray", Shape::Value),
    allow("numpy", "record", Shape::Value),
    allow("numpy", "str_", Shape::Value),
    allow("numpy", "uint16", Shape::Value),
    allow("numpy", "uint32", Shape::Value),
    allow("numpy", "uint64", Shape::Value),
    allow("numpy", "uint8", Shape::Value),
    allow(
        "numpy._core.multiarray",
        "_reconstruct",
        Shape::Call(reconstruct),
    ),
    allow("numpy._core.multiarray", "scalar", Shape::Call(scalar)),
    allow(
        "numpy._core.numeric",
        "_frombuffer",
        Shape::Call(from_buffer),
    ),
    allow(
        "numpy.core.multiarray",
        "_reconstruct",
        Shape::Call(reconstruct),
    ),
    allow("numpy.core.multiarray", "scalar", Shape::Call(scalar)),
    allow(
        "numpy.core.numeric",
        "_frombuffer",
        Shape::Call(from_buffer),
    ),
    allow("numpy.ma", "MaskedArray", Shape::Value),
    allow("numpy.ma.core", "MaskedArray", Shape::Value),
    allow("numpy.ma.core", "_mareconstruct", Shape::Call(masked)),
    allow("numpy.matrixlib.defmatrix", "matrix", Shape::Value),
    allow("numpy.random", "__RandomState_ctor", Shape::Call(generator)),
    allow("numpy.random._mt19937", "MT19937", Shape::Value),
    allow("numpy.random._pcg64", "PCG64", Shape::Value),
    allow("numpy.random._philox", "Philox", Shape::Value),
    allow(
        "numpy.random._pickle",
        "__bit_generator_ctor",
        Shape::Call(generator),
    ),
    allow(
        "numpy.random._pickle",
        "__generator_ctor",
        Shape::Call(generator),
    ),
    allow(
        "numpy.random._pickle",
        "__randomstate_ctor",
        Shape::Call(generator),
    ),
    allow("numpy.random._sfc64", "SFC64", Shape::Value),
    allow("numpy.random.bit_generator", "SeedSequence", Shape::Class),
    allow(
        "numpy.random.bit_generator",
        "__pyx_unpickle_SeedSequence",
        Shape::Call(unpickle),
    ),
    allow("numpy.rec", "recarray", Shape::Value),
    allow("numpy.rec", "record", Shape::Value),
];

/// Functions over arrays that compute and nothing else; estimators keep them as transformations.
const UFUNCS: &[&str] = &[
    "abs",
    "absolute",
    "add",
    "arccos",
    "arcsin",
    "arctan",
    "arctan2",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "divide",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "hypot",
    "identity",
    "isfinite",
    "isnan",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "maximum",
    "mean",
    "median",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "power",
    "prod",
    "ravel",
    "reciprocal",
    "rint",
    "round",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "std",
    "subtract",
    "sum",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
    "var",
];

/// Functions over arrays, and the dtype classes and polynomials of recent versions.
pub(super) fn family(name: &super::Name) -> Option<Shape> {
    let word = name.name.as_str();
    match name.module.as_str() {
        "numpy" | "numpy.core._multiarray_umath" | "numpy._core._multiarray_umath"
            if UFUNCS.contains(&word) =>
        {
            Some(Shape::Value)
        }
        "numpy" if SCALARS.contains(&word) => Some(Shape::Value),
        "numpy.dtypes" if word.ends_with("DType") && super::is_class_name(word) => {
            Some(Shape::Value)
        }
        module if module.starts_with("numpy.polynomial.") && super::is_class_name(word) => {
            Some(Shape::Class)
        }
        _ => None,
    }
}

/// Scalar types beyond the common ones.
const SCALARS: &[&str] = &[
    "bool",
    "bytes_",
    "character",
    "clongdouble",
    "complex128",
    "complex64",
    "datetime64",
    "double",
    "floating",
    "float128",
    "half",
    "int_",
    "intc",
    "integer",
    "intp",
    "longdouble",
    "longlong",
    "number",
    "single",
    "str",
    "timedelta64",
    "uint",
    "uintc",
    "uintp",
    "ulonglong",
    "void",
];

/// `_create_array(function, arguments, state, attributes)` of dill calls the function: judge that call.
fn dill_array(arguments: &Arguments<'_>) -> bool {
    let Some(inner) = arguments.inner(1) else {
        return false;
    };
    arguments.count() == 4
        && arguments.global(0, |name| name.name == "_reconstruct")
        && reconstruct(&inner)
        && arguments.data_from(2)
}

/// `dtype('f8', False, True)`; strings name types and never code.
fn dtype(arguments: &Arguments<'_>) -> bool {
    let kind = arguments.is_text(0) || arguments.global(0, |name| name.module == "numpy");
    kind && arguments.count() <= 3 && arguments.data_from(1)
}

/// `_reconstruct(ndarray, (0,), b'b')`.
fn reconstruct(arguments: &Arguments<'_>) -> bool {
    let array = |name: &super::Name| {
        matches!(
            name.name.as_str(),
            "ndarray" | "matrix" | "recarray" | "MaskedArray"
        )
    };
    arguments.count() == 3
        && arguments.global(0, array)
        && arguments.is_int_tuple(1)
        && arguments.is_bytes(2)
}

/// `scalar(dtype, bytes)`; an object scalar would carry an object, so the dtype must be a call's.
fn scalar(arguments: &Arguments<'_>) -> bool {
    (1..=2).contains(&arguments.count())
        && arguments.is_made_by(0, "numpy", "dtype")
        && (arguments.count() == 1 || arguments.is_data(arguments.at(1)))
}

/// `_frombuffer(buffer, dtype, shape, order)` of protocol 5.
fn from_buffer(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 4
        && arguments.is_bytes(0)
        && arguments.is_made_by(1, "numpy", "dtype")
        && arguments.is_int_tuple(2)
        && arguments.text_in(3, &["C", "F"])
}

fn masked(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 4
        && arguments.global(0, |name| name.name == "MaskedArray")
        && arguments.global(1, |name| name.name == "ndarray")
        && arguments.is_int_tuple(2)
        && arguments.is_bytes(3)
}

/// A generator named by a word or by its own class.
fn generator(arguments: &Arguments<'_>) -> bool {
    let own = |name: &super::Name| name.module.starts_with("numpy.random.");
    (0..arguments.count()).all(|index| match arguments.at(index) {
        Value::Text(_) => {
            arguments.text_in(index, &["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
        }
        Value::Global(_) => arguments.global(index, own),
        other => other.is_data(),
    })
}

/// `__pyx_unpickle_X(cls, checksum, state)`: how Cython classes come back.
pub(super) fn unpickle(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 3 && arguments.is_class(0) && arguments.is_int(1) && arguments.data_from(2)
}
