//! What every training pattern asks for: the frameworks differ in the template, not in the questions.

use super::{Parameter, ParameterKind};

/// The parameters of a training pattern.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::optional(
        "namespace",
        ParameterKind::Name,
        "the namespace to create",
        "claims-training",
    ),
    Parameter::optional(
        "job",
        ParameterKind::Name,
        "the name of the job",
        "claims-train",
    ),
    Parameter::required(
        "training-image",
        ParameterKind::Image,
        "the image with framework and training code",
        "registry.example/claims-train@sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ),
    Parameter::required(
        "dataset-image",
        ParameterKind::Image,
        "the OCI artifact that holds the dataset",
        "registry.example/datasets/claims@sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ),
    Parameter::required(
        "model-image",
        ParameterKind::Image,
        "the OCI artifact that holds the base model",
        "registry.example/models/base@sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ),
    Parameter::optional(
        "script",
        ParameterKind::Path,
        "the training script inside the image",
        "/app/train.py",
    ),
    Parameter::required(
        "output-claim",
        ParameterKind::Name,
        "the volume claim for the result",
        "training-output",
    ),
    Parameter::optional("nodes", ParameterKind::Count, "workers", "2"),
    Parameter::optional(
        "gpus",
        ParameterKind::Count,
        "accelerators for each worker",
        "1",
    ),
    Parameter::optional(
        "memory",
        ParameterKind::Quantity,
        "memory for each worker",
        "32Gi",
    ),
    Parameter::optional(
        "gpu-quota",
        ParameterKind::Count,
        "accelerators that the namespace may use",
        "8",
    ),
];
