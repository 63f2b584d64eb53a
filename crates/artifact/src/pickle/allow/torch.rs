//! What PyTorch and the libraries around it write: tensors, parameters, storages, modules.

use super::super::facts::Name;
use super::super::judge::{self, Arguments, Shape, Via};
use super::super::value::Value;
use super::{Allowed, allow, data, is_class_name, one_text};

pub(super) const NAMES: &[Allowed] = &[
    allow("torch", "Generator", Shape::Value),
    allow("torch", "Size", Shape::ClassOrCall(size)),
    allow("torch", "Tensor", Shape::Value),
    allow("torch", "device", Shape::ClassOrCall(device)),
    allow(
        "torch._tensor",
        "_rebuild_from_type_v2",
        Shape::Call(from_type),
    ),
    allow(
        "torch._utils",
        "_rebuild_device_tensor_from_numpy",
        Shape::Call(tensor_of_data),
    ),
    allow(
        "torch._utils",
        "_rebuild_meta_tensor_no_storage",
        Shape::Call(meta_tensor),
    ),
    allow("torch._utils", "_rebuild_parameter", Shape::Call(parameter)),
    allow(
        "torch._utils",
        "_rebuild_parameter_with_state",
        Shape::Call(parameter),
    ),
    allow("torch._utils", "_rebuild_qtensor", Shape::Call(quantized)),
    allow(
        "torch._utils",
        "_rebuild_sparse_csr_tensor",
        Shape::Call(sparse),
    ),
    allow(
        "torch._utils",
        "_rebuild_sparse_tensor",
        Shape::Call(sparse),
    ),
    allow("torch._utils", "_rebuild_tensor", Shape::Call(tensor)),
    allow("torch._utils", "_rebuild_tensor_v2", Shape::Call(tensor)),
    allow("torch._utils", "_rebuild_tensor_v3", Shape::Call(tensor)),
    allow("torch.jit._pickle", "build_boollist", Shape::Call(data)),
    allow("torch.jit._pickle", "build_doublelist", Shape::Call(data)),
    allow("torch.jit._pickle", "build_intlist", Shape::Call(data)),
    allow("torch.jit._pickle", "build_tensorlist", Shape::Call(data)),
    allow("torch.jit._pickle", "restore_type_tag", Shape::Call(data)),
    allow("torch.nn.parameter", "Buffer", Shape::Value),
    allow("torch.nn.parameter", "Parameter", Shape::Value),
    allow("torch.serialization", "_get_layout", Shape::Call(one_text)),
    allow("torch.storage", "TypedStorage", Shape::Value),
    allow("torch.storage", "UntypedStorage", Shape::Value),
    allow("torch.storage", "_load_from_bytes", Shape::Call(from_bytes)),
];

const SCALARS: &[&str] = &[
    "bfloat16",
    "bits16",
    "bits8",
    "bool",
    "complex128",
    "complex32",
    "complex64",
    "float16",
    "float32",
    "float64",
    "float8_e4m3fn",
    "float8_e5m2",
    "int16",
    "int32",
    "int64",
    "int8",
    "per_channel_affine",
    "per_tensor_affine",
    "qint32",
    "qint8",
    "quint8",
    "strided",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
];

/// Functions that modules keep as their activation; they compute and nothing else.
const ACTIVATIONS: &[&str] = &[
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
];

/// Classes that may be made without running their constructor.
pub(super) fn family(name: &Name) -> Option<Shape> {
    let module = name.module.as_str();
    if matches!(module, "torch" | "torch.cuda") {
        let storage = name.name.ends_with("Storage") && is_class_name(&name.name);
        return (storage || module == "torch" && SCALARS.contains(&name.name.as_str()))
            .then_some(Shape::Value);
    }
    if matches!(module, "torch.nn.functional" | "torch._C._nn") {
        return ACTIVATIONS
            .contains(&name.name.as_str())
            .then_some(Shape::Value);
    }
    let inside = |prefix: &str| {
        module
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let class = is_class_name(&name.name);
    // Modules of neural networks, restored without their constructor.
    let networks = [
        "timm.layers",
        "timm.models",
        "torch.nn.modules",
        "torchvision.models",
        "torchvision.ops",
        "transformers.activations",
        "transformers.models",
        "ultralytics.nn",
    ];
    if class && networks.into_iter().any(inside) {
        return Some(Shape::Class);
    }
    // Settings that trainers store beside the weights: enumerations are called with their value.
    let settings = [
        "transformers.training_args",
        "transformers.trainer_utils",
        "transformers.trainer_pt_utils",
        "accelerate.state",
        "accelerate.utils.dataclasses",
    ];
    (class && settings.contains(&module)).then_some(Shape::ClassOrCall(one_text))
}

fn size(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 1 && arguments.is_int_tuple(0)
}

fn device(arguments: &Arguments<'_>) -> bool {
    (1..=2).contains(&arguments.count()) && arguments.is_text(0) && arguments.data_from(1)
}

/// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])`.
fn tensor(arguments: &Arguments<'_>) -> bool {
    let type_or_data = |index: usize| {
        index >= arguments.count()
            || arguments.is_data(arguments.at(index))
            || arguments.global(index, |name| name.module == "torch")
    };
    is_storage(arguments)
        && (4..=8).contains(&arguments.count())
        && arguments.is_int(1)
        && arguments.is_int_tuple(2)
        && arguments.is_int_tuple(3)
        && (4..8).all(type_or_data)
}

/// A storage by persistent id, or out of bytes inside of the stream.
fn is_storage(arguments: &Arguments<'_>) -> bool {
    matches!(arguments.at(0), Value::Storage(_))
        || arguments.is_made_by(0, "torch.storage", "_load_from_bytes")
}

/// `_rebuild_parameter(tensor, requires_grad, hooks[, state])`.
fn parameter(arguments: &Arguments<'_>) -> bool {
    (3..=4).contains(&arguments.count()) && arguments.data_from(0)
}

fn meta_tensor(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 4
        && arguments.global(0, |name| name.module == "torch")
        && arguments.data_from(1)
}

fn tensor_of_data(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 4
        && (0..4).all(|index| {
            arguments.is_data(arguments.at(index))
                || arguments.global(index, |name| name.module == "torch")
        })
}

/// Quantizer parameters are a tuple that begins with a scheme such as `per_tensor_affine`.
fn quantized(arguments: &Arguments<'_>) -> bool {
    arguments.count() >= 6
        && is_storage(arguments)
        && arguments.inner(4).is_some_and(|scheme| {
            scheme.global(0, |name| name.module == "torch") && scheme.data_from(1)
        })
}

fn sparse(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 2
        && (arguments.is_data(arguments.at(0))
            || arguments.global(0, |name| name.module == "torch"))
        && arguments.data_from(1)
}

/// `_rebuild_from_type_v2(function, type, arguments, state)` calls the function: judge that call.
fn from_type(arguments: &Arguments<'_>) -> bool {
    let Some(inner) = arguments.inner(2) else {
        return false;
    };
    let rebuild = |name: &Name| name.module == "torch._utils";
    arguments.count() == 4
        && arguments.global(0, rebuild)
        && arguments.global(1, |name| {
            matches!(name.name.as_str(), "Tensor" | "Parameter" | "Buffer")
        })
        && arguments.data_from(3)
        && arguments
            .shape(0)
            .is_some_and(|shape| judge::accepts(shape, Via::Reduce, &inner))
}

/// The bytes are a pickle of their own, which the machine has read as well.
fn from_bytes(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 1 && arguments.is_bytes(0)
}
