//! stub
use crate::ast::Expr;
use crate::check::Checked;
use crate::env::Env;
use crate::value::Value;
pub(crate) const LIST_CREATE: u64 = 10;
pub(crate) const MAP_CREATE: u64 = 30;
pub(crate) const STRUCT_CREATE: u64 = 40;
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostRange {
    /// a
    pub min: u64,
    /// b
    pub max: u64,
}
pub(crate) fn estimate(_: &Env, _: &Expr, _: Option<&Checked>) -> CostRange {
    CostRange { min: 0, max: 0 }
}
pub(crate) fn call_cost(_: &str, _: &[Value], _: &Value) -> u64 {
    1
}
