//! Review of a change: authorship, required human review, and what the change introduces.
