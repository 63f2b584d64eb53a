//! Training: PyTorch with Kubeflow Trainer v2, everything pinned, nothing fetched.

use super::Pattern;
use super::training::PARAMETERS;

pub(super) const PATTERN: Pattern = Pattern {
    id: "training-pytorch",
    title: "PyTorch training through Kubeflow Trainer",
    summary: "Code, dataset and base model are pinned by digest and mounted read-only, so nothing is fetched and nothing leaves. Workers reach each other only, without root and token.",
    parameters: PARAMETERS,
    template: include_str!("training_pytorch.yaml"),
};
