//! One program for every target: `SEAWALL_FUZZ_TARGET` says which one libFuzzer drives.

#![no_main]

use std::sync::LazyLock;

use seawall_fuzz::Target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("SEAWALL_FUZZ_TARGET").unwrap_or_default();
    seawall_fuzz::target(&name).expect("SEAWALL_FUZZ_TARGET names a target")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.body)(bytes));
