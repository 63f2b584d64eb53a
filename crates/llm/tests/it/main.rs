//! Complete mediation.

#[cfg(test)]
mod mediation;
