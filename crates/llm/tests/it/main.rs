//! Complete mediation: whatever parses has been read in full.

mod mediation;
