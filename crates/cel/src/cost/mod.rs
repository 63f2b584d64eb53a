//! The cost model of the Kubernetes API server: what an evaluation did cost, and what one may cost
//! from the sizes that types declare.
//!
//! Both count in the same units and follow the published rules: reading a place costs 1, making a
//! list 10, a map 30, an object 40; walking over text costs a tenth of its length, applying a
//! pattern a quarter of the pattern's length for each such tenth.

mod estimate;
mod functions;
mod range;
mod runtime;

pub(crate) use crate::cost::estimate::estimate;
pub use crate::cost::range::CostRange;
pub(crate) use crate::cost::runtime::call_cost;

/// Making a list.
pub(crate) const LIST_CREATE: u64 = 10;
/// Making a map.
pub(crate) const MAP_CREATE: u64 = 30;
/// Making an object.
pub(crate) const STRUCT_CREATE: u64 = 40;
/// Walking over one character.
const TRAVERSAL: f64 = 0.1;
/// One character of a pattern.
const PATTERN: f64 = 0.25;
/// A question to the authorizer: two of them fit into one expression.
const CHECK: u64 = 350_000;
/// Characters of the longest pattern of a named format.
const FORMAT_PATTERN_MAX: u64 = 128;

/// Functions of Kubernetes that cost one unit whatever their arguments.
const NOMINAL: &[&str] = &[
    "add",
    "allowed",
    "asApproximateFloat",
    "asInteger",
    "compareTo",
    "error",
    "errored",
    "family",
    "format.named",
    "getEscapedPath",
    "getHost",
    "getHostname",
    "getPort",
    "getQuery",
    "getScheme",
    "group",
    "isGlobalUnicast",
    "isGreaterThan",
    "isInteger",
    "isLessThan",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isLoopback",
    "isUnspecified",
    "major",
    "masked",
    "minor",
    "name",
    "namespace",
    "patch",
    "path",
    "prefixLength",
    "reason",
    "resource",
    "serviceAccount",
    "sign",
    "sub",
    "subresource",
];

/// `size` times `factor`, rounded up.
fn scaled(size: u64, factor: f64) -> u64 {
    let product = (size as f64 * factor).ceil();
    // From two to the power of 64 on, a double does not fit.
    if product >= 18_446_744_073_709_551_616.0 {
        return u64::MAX;
    }
    product as u64
}
