//! Training: TensorFlow with the Kubeflow training operator, everything pinned, nothing fetched.

use super::Pattern;
use super::training::PARAMETERS;

pub(super) const PATTERN: Pattern = Pattern {
    id: "training-tensorflow",
    title: "TensorFlow training through a TFJob",
    summary: "Code, dataset and base model are pinned by digest and mounted read-only, so nothing is fetched and nothing leaves. Workers reach each other only, without root and token.",
    parameters: PARAMETERS,
    template: include_str!("training_tensorflow.yaml"),
};
