//! Recognises model servers and AI tools by program and image, and reads versions from tags.

use seawall_config::yaml::Node;

use super::argv::Argv;
use super::image::Image;

/// A server or tool whose flags the rules know.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are the products' own")]
pub enum ServerKind {
    HuggingFaceServer,
    Jupyter,
    LlamaCpp,
    LmDeploy,
    MlFlow,
    Ollama,
    Qdrant,
    Ray,
    SgLang,
    TensorFlowServing,
    TextGenerationInference,
    TorchServe,
    Triton,
    Vllm,
}

/// A recognised server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Server {
    /// Which.
    pub kind: ServerKind,
    /// The version from the image's tag, most significant first; none where the tag says nothing.
    pub version: Option<Vec<u32>>,
}

impl ServerKind {
    /// The product's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HuggingFaceServer => "KServe Hugging Face server",
            Self::Jupyter => "Jupyter",
            Self::LlamaCpp => "llama.cpp",
            Self::LmDeploy => "LMDeploy",
            Self::MlFlow => "MLflow",
            Self::Ollama => "Ollama",
            Self::Qdrant => "Qdrant",
            Self::Ray => "Ray",
            Self::SgLang => "SGLang",
            Self::TensorFlowServing => "TensorFlow Serving",
            Self::TextGenerationInference => "Text Generation Inference",
            Self::TorchServe => "TorchServe",
            Self::Triton => "Triton",
            Self::Vllm => "vLLM",
        }
    }

    /// Whether it answers whoever reaches its port, unless something in front of it asks who.
    #[must_use]
    pub const fn is_open_by_default(self) -> bool {
        match self {
            Self::HuggingFaceServer
            | Self::LlamaCpp
            | Self::LmDeploy
            | Self::MlFlow
            | Self::Ollama
            | Self::Qdrant
            | Self::Ray
            | Self::SgLang
            | Self::TensorFlowServing
            | Self::TextGenerationInference
            | Self::TorchServe
            | Self::Triton
            | Self::Vllm => true,
            Self::Jupyter => false,
        }
    }
}

/// Ends of image repositories, longest first where one is the end of another.
const IMAGES: &[(&str, ServerKind)] = &[
    ("vllm/vllm-openai", ServerKind::Vllm),
    ("vllm-openai", ServerKind::Vllm),
    ("vllm-cuda", ServerKind::Vllm),
    ("vllm", ServerKind::Vllm),
    ("tritonserver", ServerKind::Triton),
    (
        "text-generation-inference",
        ServerKind::TextGenerationInference,
    ),
    ("torchserve", ServerKind::TorchServe),
    ("torchserve-kfs", ServerKind::TorchServe),
    ("ollama", ServerKind::Ollama),
    ("llama.cpp", ServerKind::LlamaCpp),
    ("sglang", ServerKind::SgLang),
    ("lmdeploy", ServerKind::LmDeploy),
    ("huggingfaceserver", ServerKind::HuggingFaceServer),
    ("mlflow", ServerKind::MlFlow),
    ("tensorflow/serving", ServerKind::TensorFlowServing),
    ("ray", ServerKind::Ray),
    ("ray-ml", ServerKind::Ray),
    ("ray-llm", ServerKind::Ray),
    ("qdrant", ServerKind::Qdrant),
    ("minimal-notebook", ServerKind::Jupyter),
    ("scipy-notebook", ServerKind::Jupyter),
    ("datascience-notebook", ServerKind::Jupyter),
    ("pytorch-notebook", ServerKind::Jupyter),
    ("tensorflow-notebook", ServerKind::Jupyter),
    ("jupyter", ServerKind::Jupyter),
    ("jupyterlab", ServerKind::Jupyter),
    ("jupyter-pytorch-full", ServerKind::Jupyter),
    ("jupyter-scipy", ServerKind::Jupyter),
    ("jupyter-tensorflow-full", ServerKind::Jupyter),
];

/// Recognises the server of a container.
pub(super) fn recognise(image: Option<&Image<'_>>, argv: &Argv<'_>, node: &Node) -> Option<Server> {
    let by_image = image.and_then(|image| {
        IMAGES
            .iter()
            .find(|(end, _)| ends_with_path(image.repository, end))
            .map(|(_, kind)| *kind)
    });
    let kind = by_command(argv)
        .or(by_image)
        .or_else(|| by_model_format(node))?;
    // A tag tells the version only of the project's own image; a vendor's numbers are its own.
    let version = image
        .filter(|_| by_image == Some(kind))
        .and_then(|image| image.tag)
        .and_then(version);
    Some(Server { kind, version })
}

fn ends_with_path(repository: &str, end: &str) -> bool {
    repository
        .strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// The leading numbers of a tag such as `v0.8.4-cu12` or `25.07-py3`.
pub(super) fn version(tag: &str) -> Option<Vec<u32>> {
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    let end = digits
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(digits.len());
    let numbers: Vec<u32> = digits
        .get(..end)?
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    // One number alone is as likely a build or a date as a version.
    (numbers.len() >= 2).then_some(numbers)
}

fn by_command(argv: &Argv<'_>) -> Option<ServerKind> {
    argv.processes.iter().find_map(|process| {
        let program = process.program()?;
        let texts: Vec<&str> = process
            .arguments()
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        if program.starts_with("python") {
            return by_python_module(&texts);
        }
        by_program(program, texts.first().copied().unwrap_or_default())
    })
}

fn by_program(program: &str, first: &str) -> Option<ServerKind> {
    Some(match (program, first) {
        ("vllm", "serve") => ServerKind::Vllm,
        ("tritonserver", _) => ServerKind::Triton,
        ("text-generation-launcher" | "text-generation-router", _) => {
            ServerKind::TextGenerationInference
        }
        ("torchserve", _) => ServerKind::TorchServe,
        ("ollama", "serve" | "run") => ServerKind::Ollama,
        ("llama-server" | "rpc-server" | "llama-cli", _) => ServerKind::LlamaCpp,
        ("lmdeploy", "serve") => ServerKind::LmDeploy,
        ("ray", "start" | "up") => ServerKind::Ray,
        ("mlflow", "server" | "ui") => ServerKind::MlFlow,
        ("jupyter", _) | ("jupyter-lab" | "jupyter-notebook" | "start-notebook.sh", _) => {
            ServerKind::Jupyter
        }
        ("start-notebook.py" | "start-singleuser.py", _) => ServerKind::Jupyter,
        ("tensorflow_model_server" | "tf_serving_entrypoint.sh", _) => {
            ServerKind::TensorFlowServing
        }
        _ => return None,
    })
}

fn by_python_module(words: &[&str]) -> Option<ServerKind> {
    let at = words.iter().position(|word| *word == "-m")?;
    let module = words.get(at + 1)?;
    let prefixes = [
        ("vllm.", ServerKind::Vllm),
        ("sglang.", ServerKind::SgLang),
        ("lmdeploy", ServerKind::LmDeploy),
        ("huggingfaceserver", ServerKind::HuggingFaceServer),
        ("jupyter", ServerKind::Jupyter),
        ("notebook", ServerKind::Jupyter),
        ("mlflow", ServerKind::MlFlow),
        ("llama_cpp.server", ServerKind::LlamaCpp),
    ];
    prefixes
        .iter()
        .find(|(prefix, _)| module.starts_with(prefix))
        .map(|(_, kind)| *kind)
}

/// A KServe model names its format, from which KServe chooses the runtime.
fn by_model_format(node: &Node) -> Option<ServerKind> {
    match node.text_at(&["modelFormat", "name"])? {
        "huggingface" => Some(ServerKind::HuggingFaceServer),
        "vllm" | "vLLM" => Some(ServerKind::Vllm),
        "triton" | "tensorrt" => Some(ServerKind::Triton),
        "pytorch" => Some(ServerKind::TorchServe),
        "tensorflow" => Some(ServerKind::TensorFlowServing),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_tags_that_tell_one() {
        assert_eq!(version("v0.8.4"), Some(vec![0, 8, 4]));
        assert_eq!(version("25.07-py3"), Some(vec![25, 7]));
        assert_eq!(version("2.9.0-cu12"), Some(vec![2, 9, 0]));
        assert_eq!(version("latest"), None);
        assert_eq!(version("20250101"), None);
        assert_eq!(version("99999999999.1"), None);
    }
}
