//! What a source is, by its content; the name only decides where the content cannot.

use seawall_base::Limits;

use crate::source::{ReadAt, read_up_to};
use crate::{hdf5, pickle};

/// Bytes at the start that are looked at.
const HEAD_BYTES: usize = 4096;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal,)*) => {
        /// What a source is.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Kind { $($(#[doc = $doc])* $variant,)* }

        impl Kind {
            /// The words that reports use.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

kinds! {
    /// Recognised and read.
    Pickle = "pickle",
    /// Any zip, among them PyTorch and Keras files.
    Zip = "zip archive",
    /// Recognised and read.
    Safetensors = "safetensors",
    /// A numpy array.
    NumpyArray = "numpy array",
    /// A SavedModel or a frozen graph.
    TensorFlowGraph = "TensorFlow graph",
    /// The container of the older Keras models, and of many others.
    Hdf5 = "HDF5",
    /// Recognised and unpacked.
    Gzip = "gzip",
    /// Recognised and unpacked.
    Zlib = "zlib",
    /// Recognised and unpacked.
    Bzip2 = "bzip2",
    /// Recognised and unpacked.
    Lz4 = "LZ4",
    /// Recognised and unpacked.
    Lzma = "LZMA",
    /// Recognised and unpacked.
    Xz = "xz",
    /// Recognised and unpacked.
    Zstd = "Zstandard",
    /// Recognised and unpacked.
    Tar = "tar archive",
    /// The format of llama.cpp.
    Gguf = "GGUF",
    /// A graph of the Open Neural Network Exchange.
    Onnx = "ONNX",
    /// A flat buffer of TensorFlow Lite.
    TensorFlowLite = "TensorFlow Lite",
    /// A model as XML.
    Pmml = "PMML",
    /// A chat template in a file of its own.
    Template = "chat template",
    /// Code, prose and stored outputs of Jupyter.
    Notebook = "notebook",
    /// A model format or archive that has no reader yet.
    Unread = "unread format",
    /// A file whose name promises a model and whose content is nothing known.
    BrokenModel = "unrecognised model file",
    /// Settings beside a model.
    ModelConfig = "model configuration",
    /// One JSON record per line.
    JsonLines = "JSON lines",
    /// Comma- or tab-separated records.
    Csv = "CSV",
    /// YAML by name.
    Yaml = "YAML",
    /// JSON by name.
    Json = "JSON",
    /// Raw tensors and checksums of a TensorFlow checkpoint, which hold no code.
    Weights = "raw weights",
    /// Text of another kind: code, prose, markup.
    Text = "text",
    /// Pictures, sound, film, documents.
    Media = "media",
    /// Programs and libraries.
    Program = "program",
    /// No bytes at all.
    Empty = "empty file",
    /// Bytes of no known kind under a name that promises nothing.
    Binary = "unknown binary",
}

impl Kind {
    /// Whether the model rules have something to say about it.
    #[must_use]
    pub const fn is_model(self) -> bool {
        matches!(
            self,
            Self::Pickle
                | Self::Zip
                | Self::Safetensors
                | Self::NumpyArray
                | Self::TensorFlowGraph
                | Self::Hdf5
                | Self::Gzip
                | Self::Zlib
                | Self::Bzip2
                | Self::Lz4
                | Self::Lzma
                | Self::Xz
                | Self::Zstd
                | Self::Tar
                | Self::Gguf
                | Self::Onnx
                | Self::TensorFlowLite
                | Self::Pmml
                | Self::Template
                | Self::Notebook
                | Self::Unread
                | Self::BrokenModel
                | Self::ModelConfig
        )
    }

    /// Whether it holds the numbers of a model, or may do so.
    pub(crate) const fn is_weights(self) -> bool {
        self.is_model() && !matches!(self, Self::ModelConfig | Self::Notebook | Self::Template)
    }

    /// Whether the dataset rules have something to say about it.
    #[must_use]
    pub const fn is_dataset(self) -> bool {
        matches!(self, Self::JsonLines | Self::Csv)
    }
}

/// Says what `source` is. `name` is its file name; its folders do not matter.
#[must_use]
pub fn sniff(name: &str, source: &dyn ReadAt) -> Kind {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let extension = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    };
    let head = read_up_to(source, 0, HEAD_BYTES).unwrap_or_default();
    if head.is_empty() && source.size() == 0 {
        let promises =
            is_model_extension(extension) || is_archive_extension(extension) || extension == "pb";
        return if promises && extension != "bin" {
            Kind::BrokenModel
        } else {
            Kind::Empty
        };
    }
    match by_magic(&head, source) {
        Some(kind @ (Kind::Pickle | Kind::Zip)) => return kind,
        // The first bytes of some formats are harmless opcodes, and a loader goes on behind them.
        Some(_) if acts_as_pickle(source) => return Kind::Pickle,
        // A program, a picture or a document in front of an archive is one to its loader.
        Some(Kind::Program | Kind::Media) if has_zip_end(source) => return Kind::Zip,
        Some(Kind::Program | Kind::Media)
            if hdf5::start(source).is_ok_and(|start| start.is_some()) =>
        {
            return Kind::Hdf5;
        }
        Some(Kind::Program | Kind::Media) if promises_model(extension) => return Kind::BrokenModel,
        // An ONNX model of the first version begins like a SavedModel.
        Some(Kind::TensorFlowGraph) if extension == "onnx" => return Kind::Onnx,
        Some(kind) => return kind,
        None => {}
    }
    if has_zip_end(source) {
        return Kind::Zip;
    }
    if hdf5::start(source).is_ok_and(|start| start.is_some()) {
        return Kind::Hdf5;
    }
    if extension == "safetensors" {
        return Kind::Safetensors;
    }
    if is_text(&head, source.size()) {
        if extension != "md" && holds_pmml(&head) {
            return Kind::Pmml;
        }
        return match text_kind(&name, extension) {
            _ if is_pickle(extension, source) => Kind::Pickle,
            kind => kind,
        };
    }
    if is_pickle(extension, source) {
        return Kind::Pickle;
    }
    if name.contains(".data-0") && name.contains("-of-0") || name.ends_with(".index") {
        return Kind::Weights;
    }
    if name == "fingerprint.pb" {
        return Kind::Weights;
    }
    if extension == "onnx" {
        return Kind::Onnx;
    }
    if extension == "pb" {
        return Kind::TensorFlowGraph;
    }
    if is_model_extension(extension) || is_archive_extension(extension) {
        return Kind::BrokenModel;
    }
    if matches!(extension, "yaml" | "yml") {
        // Clusters read UTF-16 too; the reader of manifests says that it cannot.
        return Kind::Yaml;
    }
    Kind::Binary
}

fn by_magic(head: &[u8], source: &dyn ReadAt) -> Option<Kind> {
    let kind = match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Kind::Zip,
        // The length of a header in front of an object; as opcodes its zeros break off at once.
        [_, _, _, 0, 0, 0, 0, 0, b'{', b'"', ..] if is_safetensors(head, source.size()) => {
            Kind::Safetensors
        }
        [0x80, 0..=5, ..] => Kind::Pickle,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Kind::NumpyArray,
        [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n', ..] => Kind::Hdf5,
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        // A saved_model.pb begins with its schema version and its first graph.
        [0x08, 0x01, 0x12, ..] => Kind::TensorFlowGraph,
        [b'G', b'G', b'U', b'F', ..] => Kind::Gguf,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, ..] => Kind::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Kind::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Zstd,
        [0x04, 0x22, 0x4d, 0x18, ..] => Kind::Lz4,
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => Kind::TensorFlowLite,
        [0x5d, 0, 0, _, _, _, _, _, _, _, _, _, _, ..] => Kind::Lzma,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..]
        | [b'R', b'a', b'r', b'!', 0x1a, 7, ..]
        | [b'P', b'A', b'R', b'1', ..]
        | [b'A', b'R', b'R', b'O', b'W', b'1', ..]
        | [_, _, _, _, b'O', b'R', b'T', b'M', ..] => Kind::Unread,
        [0x7f, b'E', b'L', b'F', ..]
        | [b'M', b'Z', _, _, ..]
        | [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..]
        | [0, b'a', b's', b'm', ..] => Kind::Program,
        [0x89, b'P', b'N', b'G', ..]
        | [0xff, 0xd8, 0xff, ..]
        | [b'G', b'I', b'F', b'8', ..]
        | [b'%', b'P', b'D', b'F', ..]
        | [b'R', b'I', b'F', b'F', ..]
        | [b'O', b'g', b'g', b'S', ..]
        | [b'I', b'D', b'3', ..] => Kind::Media,
        _ if is_safetensors(head, source.size()) => Kind::Safetensors,
        _ if head.get(257..262) == Some(b"ustar") => Kind::Tar,
        [0x78, second, ..] if (0x7800 | u32::from(*second)) % 31 == 0 => Kind::Zlib,
        _ => return None,
    };
    Some(kind)
}

/// Length of the header, then a JSON object.
fn is_safetensors(head: &[u8], size: u64) -> bool {
    let Some(([a, b, c, d, e, f, g, h], rest)) = head.split_first_chunk::<8>() else {
        return false;
    };
    let length = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
    rest.starts_with(b"{\"") && length >= 2 && length <= size
}

/// A zip is found from its end, so anything may stand before it, and a comment behind it.
pub(crate) fn has_zip_end(source: &dyn ReadAt) -> bool {
    let size = source.size();
    let start = size.saturating_sub(22 + 65_535);
    let tail = read_up_to(source, start, 22 + 65_535).unwrap_or_default();
    tail.windows(22).enumerate().any(|(index, record)| {
        let number = |range: std::ops::Range<usize>| {
            let bytes = record.get(range)?.try_into().ok()?;
            Some(u64::from(u32::from_le_bytes(bytes)))
        };
        record.starts_with(b"PK\x05\x06")
            && number(12..16)
                .zip(number(16..20))
                .is_some_and(|(directory, offset)| {
                    // By ZIP64 the numbers stand elsewhere.
                    offset == 0xffff_ffff || directory + offset <= start + index as u64
                })
    })
}

/// Names that only models have, among those that anything may have.
fn promises_model(extension: &str) -> bool {
    is_model_extension(extension) && !matches!(extension, "bin" | "model" | "p")
}

/// Names under which frameworks keep what they load as a model.
fn is_model_extension(extension: &str) -> bool {
    matches!(
        extension,
        "bin"
            | "ckpt"
            | "dill"
            | "gguf"
            | "ggml"
            | "h5"
            | "hdf5"
            | "joblib"
            | "keras"
            | "mar"
            | "model"
            | "nemo"
            | "npy"
            | "npz"
            | "onnx"
            | "ort"
            | "p"
            | "pickle"
            | "pkl"
            | "pmml"
            | "pt"
            | "pt2"
            | "pte"
            | "pth"
            | "ptl"
            | "safetensors"
            | "skops"
            | "tflite"
            | "torchscript"
    )
}

/// Names under which models travel packed.
fn is_archive_extension(extension: &str) -> bool {
    matches!(
        extension,
        "7z" | "bz2" | "gz" | "lz4" | "lzma" | "rar" | "tar" | "tgz" | "xz" | "zip" | "zst"
    )
}

fn is_pickle_extension(extension: &str) -> bool {
    matches!(
        extension,
        "ckpt" | "dill" | "joblib" | "p" | "pickle" | "pkl" | "pt" | "pth"
    )
}

/// Bytes of another format that import something when they are run, whatever becomes of the rest.
/// Text would do so by chance; these bytes are none.
fn acts_as_pickle(source: &dyn ReadAt) -> bool {
    let head = read_up_to(source, 0, 1).unwrap_or_default();
    if !head.first().is_some_and(|byte| pickle::can_begin(*byte)) {
        return false;
    }
    let stream = pickle::read_stream(source, &Limits::default(), pickle::Context::Plain);
    let whole = stream.position >= source.size();
    stream.facts.acts() || (whole && matches!(stream.end, pickle::End::Stop(_)))
}

/// Protocols 0 and 1 have no magic: it is a pickle if it runs like one.
fn is_pickle(extension: &str, source: &dyn ReadAt) -> bool {
    let head = read_up_to(source, 0, 1).unwrap_or_default();
    if !head.first().is_some_and(|byte| pickle::can_begin(*byte)) {
        return false;
    }
    let limits = Limits::default();
    let stream = pickle::read_stream(source, &limits, pickle::Context::Plain);
    let ended = matches!(stream.end, pickle::End::Stop(_));
    let named = is_pickle_extension(extension);
    let imports = stream.facts.imports > 0;
    let whole = stream.position >= source.size();
    // A list of words that begins with `c` imports something; only a pickle calls it or ends well.
    stream.facts.calls > 0 || (named && imports) || (ended && (named || whole || imports))
}

fn text_kind(name: &str, extension: &str) -> Kind {
    match extension {
        "jsonl" | "ndjson" => Kind::JsonLines,
        "csv" | "tsv" => Kind::Csv,
        "yaml" | "yml" => Kind::Yaml,
        "json" if is_model_config(name) => Kind::ModelConfig,
        "jinja" | "jinja2" | "j2" => Kind::Template,
        "pmml" => Kind::Pmml,
        "ipynb" => Kind::Notebook,
        "json" => Kind::Json,
        _ if is_pickle_extension(extension) || is_archive_extension(extension) => Kind::BrokenModel,
        "safetensors" | "onnx" | "ort" | "npy" | "npz" | "keras" | "h5" | "gguf" | "tflite" => {
            Kind::BrokenModel
        }
        _ => Kind::Text,
    }
}

fn is_model_config(name: &str) -> bool {
    matches!(
        name,
        "config.json"
            | "tokenizer_config.json"
            | "preprocessor_config.json"
            | "processor_config.json"
            | "adapter_config.json"
            | "chat_template.json"
            | "feature_extractor_config.json"
            | "generation_config.json"
            | "image_processor_config.json"
            | "model_index.json"
            | "modules.json"
            | "video_preprocessor_config.json"
    )
}

/// Whether a text is XML with the root element of PMML.
fn holds_pmml(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    head.starts_with(b"<")
        && head
            .windows(5)
            .any(|window| window.eq_ignore_ascii_case(b"<pmml"))
}

/// Mostly printable UTF-8 (or its start), no NUL.
fn is_text(head: &[u8], size: u64) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside of a character.
        Err(error) if error.error_len().is_none() && (head.len() as u64) < size => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default())
                .unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.chars().any(|character| {
        character.is_control() && !matches!(character, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickles_without_magic_are_known_by_running() {
        let kind = |name: &str, bytes: &[u8]| sniff(name, &bytes.to_vec());
        assert_eq!(kind("x", b"cos\nsystem\n(S'id'\ntR."), Kind::Pickle);
        assert_eq!(kind("x.txt", b"cos\nsystem\n(S'id'\ntRcut"), Kind::Pickle);
        assert_eq!(kind("m.pkl", b"(lp0\n."), Kind::Pickle);
        for text in [
            "cat\ndog\nbird\n",
            "claim_id,amount\nC-1,4\n",
            "I am\n",
            "None\n",
            "Version: 1\n",
        ] {
            assert_eq!(kind("words.txt", text.as_bytes()), Kind::Text, "{text}");
        }
        assert_eq!(kind("rows.csv", b"claim_id,line\nC-1,fire\n"), Kind::Csv);
    }

    #[test]
    fn content_goes_before_the_name() {
        let kind = |name: &str, bytes: &[u8]| sniff(name, &bytes.to_vec());
        assert_eq!(kind("a.txt", b"PK\x05\x06"), Kind::Zip);
        assert_eq!(kind("a.safetensors", b"\x80\x04N."), Kind::Pickle);
        assert_eq!(kind("a.png", b"\x89HDF\r\n\x1a\n"), Kind::Hdf5);
        assert_eq!(kind("a", b"\x7fELF\x02"), Kind::Program);
        assert_eq!(kind("a.bin", &[0xff, 0, 1]), Kind::BrokenModel);
        assert_eq!(kind("a.dat", &[0xff, 0, 1]), Kind::Binary);
        assert_eq!(kind("pod.yaml", b"\xff\xfek\0i\0n\0d\0"), Kind::Yaml);
        assert_eq!(kind("a.txt", b""), Kind::Empty);
        assert_eq!(kind("m.pt", b"\x89PNG\r\n\x1a\n"), Kind::BrokenModel);
        let length = [&[0x80, 2, 0, 0, 0, 0, 0, 0][..], b"{\"a", &[b' '; 700]].concat();
        assert_eq!(kind("m.safetensors", &length), Kind::Safetensors);
    }

    #[test]
    fn what_stands_in_front_hides_nothing() {
        let kind = |bytes: &[u8]| sniff("picture.gif", &bytes.to_vec());
        assert_eq!(
            kind(b"GIF89a123cos\nsystem\n(S'id'\ntR."),
            Kind::Pickle,
            "nine bytes of a float, then an import"
        );
        assert_eq!(kind(b"GIF89a123\x00\x01"), Kind::Media);
        let end = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0hello";
        assert_eq!(kind(&[b"\x89PNG".as_slice(), end].concat()), Kind::Zip);
    }
}
