//! Complete mediation, and the bodies of the fuzz targets as ordinary tests.

#[cfg(test)]
mod mediation;
#[cfg(test)]
mod replay;
