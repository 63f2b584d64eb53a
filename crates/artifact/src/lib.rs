#![doc = include_str!("../README.md")]

#[cfg(test)]
mod composed;
mod convert;
mod cursor;
mod dataset;
mod folder;
mod gguf;
mod graph;
mod hdf5;
#[cfg(test)]
mod hostile;
mod inflate;
mod keras;
mod notebook;
mod npy;
mod onnx;
mod packed;
mod pickle;
mod pmml;
mod protobuf;
mod report;
mod rules;
mod safetensors;
mod scan;
mod sniff;
mod source;
mod tar;
mod template;
mod tflite;
mod torch;
mod torchscript;
mod zip;

pub use crate::convert::{Conversion, Refusal, WriteError, plan as plan_conversion};
pub use crate::folder::{FolderFile, check_folders};
pub use crate::report::{Report, Template};
pub use crate::rules::{RULES, Rule};
pub use crate::scan::{scan, scan_dataset};
pub use crate::sniff::{Kind, sniff};
pub use crate::source::{Part, ReadAt, ReadError};
