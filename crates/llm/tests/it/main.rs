//! Complete mediation: whatever parses has been read in full.

#[cfg(test)]
mod mediation;
