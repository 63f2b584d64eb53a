//! Complete mediation.

#[cfg(test)]
mod dialects;
#[cfg(test)]
mod mediation;
