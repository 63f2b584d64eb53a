//! Inference: vLLM, reachable through the gateway alone.

use super::{Parameter, ParameterKind, Pattern};

pub(super) const PATTERN: Pattern = Pattern {
    id: "inference-vllm",
    title: "vLLM behind the Seawall gateway",
    summary: "The gateway is the only way in: it authenticates, inspects and accounts every request. The server reaches nothing, runs without root, token and write access, and loads safetensors from a model image pinned by digest.",
    parameters: &[
        Parameter::optional(
            "namespace",
            ParameterKind::Name,
            "the namespace to create",
            "claims-inference",
        ),
        Parameter::required(
            "client-namespace",
            ParameterKind::Name,
            "the namespace whose pods may call the gateway",
            "claims-app",
        ),
        Parameter::required(
            "gateway-image",
            ParameterKind::Image,
            "the Seawall image",
            "registry.example/seawall@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ),
        Parameter::required(
            "server-image",
            ParameterKind::Image,
            "the vLLM image",
            "registry.example/vllm-openai@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ),
        Parameter::required(
            "model-image",
            ParameterKind::Image,
            "the OCI artifact that holds the model",
            "registry.example/models/claims-llm@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        ),
        Parameter::optional(
            "model-path",
            ParameterKind::Path,
            "the folder of the model inside the artifact",
            "claims-llm",
        ),
        Parameter::optional(
            "model-name",
            ParameterKind::Name,
            "the name that clients use",
            "claims-llm",
        ),
        Parameter::optional(
            "gpus",
            ParameterKind::Count,
            "accelerators for each server",
            "1",
        ),
        Parameter::optional(
            "memory",
            ParameterKind::Quantity,
            "memory for each server",
            "48Gi",
        ),
        Parameter::optional("replicas", ParameterKind::Count, "servers", "1"),
        Parameter::optional(
            "gpu-quota",
            ParameterKind::Count,
            "accelerators that the namespace may use",
            "8",
        ),
    ],
    template: include_str!("inference_vllm.yaml"),
};
