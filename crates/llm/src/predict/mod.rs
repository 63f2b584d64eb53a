//! Predictive inference: tensors in, tensors out, over the protocols of the common model servers.
//!
//! A request is parsed strictly: every tensor says its shape and holds as many numbers, each within
//! its type. Texts in tensors are visited like any other. Bytes that nobody here can read (binary
//! tensors, base64, shared memory of the server) are refused.

mod path;
mod request;
mod response;
mod tensor;

pub use self::path::{Operation, Protocol, Target};
pub use self::request::PredictRequest;
pub use self::response::PredictResponse;
pub use self::tensor::Tensor;

pub(crate) use self::tensor::is_datatype;
