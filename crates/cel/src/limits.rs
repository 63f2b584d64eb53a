//! What one expression may be and cost at most. Every loop of the engine counts against one of these.

/// The limits of compilation and evaluation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the source text.
    pub source_bytes_max: usize,
    /// Brackets inside each other in the source.
    pub nesting_max: usize,
    /// Expressions inside each other after macros are expanded.
    pub depth_max: usize,
    /// Nodes of the tree after macros are expanded; some macros repeat their target.
    pub nodes_max: usize,
    /// Errors that the checker lists before it stops.
    pub errors_max: usize,
    /// Bytes of one compiled regular expression.
    pub regex_bytes_max: usize,
    /// Steps of one evaluation: nodes visited and elements looked at.
    pub steps_max: u64,
    /// Elements of one list or map, and bytes of one string, that an expression may build.
    pub built_max: usize,
    /// The cost in the units of the Kubernetes API server that one evaluation may reach.
    pub cost_max: u64,
}

/// What the API server allows one expression to cost.
pub const PER_CALL_LIMIT: u64 = 1_000_000;
/// What the API server allows all expressions of one policy binding or custom resource to cost.
pub const RUNTIME_COST_BUDGET: u64 = 10_000_000;
/// What the API server allows the match conditions of one webhook or binding to cost.
pub const MATCH_CONDITIONS_COST_BUDGET: u64 = 2_500_000;
/// Bytes that the API server allows a message expression to produce.
pub const MESSAGE_BYTES_MAX: usize = 5 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes_max: 256 << 10,
            nesting_max: 100,
            depth_max: 250,
            nodes_max: 100_000,
            errors_max: 20,
            regex_bytes_max: 4 << 20,
            steps_max: 20_000_000,
            built_max: 16 << 20,
            cost_max: u64::MAX,
        }
    }
}

impl Limits {
    /// The limits under which the API server evaluates one expression.
    #[must_use]
    pub fn kubernetes() -> Self {
        Self {
            cost_max: PER_CALL_LIMIT,
            ..Self::default()
        }
    }
}
