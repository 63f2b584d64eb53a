//! Tests of the crate as its users see it.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod language;
#[cfg(test)]
mod libraries;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod support;
