//! The typed choice between failing closed and failing open.

use serde::{Deserialize, Serialize};

/// What a policy does when it cannot decide. Recorded with every decision it makes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// Refuse: what could not be checked does not pass.
    #[default]
    Deny,
    /// Let it pass, and record that it passed unchecked.
    Allow,
}
