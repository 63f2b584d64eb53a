//! Strict JSON accepts nothing that a lenient reader sees differently.

use seawall_base::json::{JsonLimits, parse};

pub(super) fn body(bytes: &[u8]) {
    if let Ok(value) = parse(bytes, &JsonLimits::default()) {
        let lenient = serde_json::from_slice::<serde_json::Value>(bytes);
        assert_eq!(lenient.ok().as_ref(), Some(&value));
        let again = parse(value.to_string().as_bytes(), &JsonLimits::default());
        assert_eq!(again, Ok(value));
    }
}
