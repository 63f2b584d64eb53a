//! The one integration-test binary of the console.

#[cfg(test)]
mod console;
#[cfg(test)]
mod world;
