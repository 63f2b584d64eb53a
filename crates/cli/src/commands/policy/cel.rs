//! `seawall policy cel`: evaluate expressions, one JSON line in, one out.

use seawall_base::json::{self, JsonLimits};
use seawall_cel::{Env, vector};
use serde_json::{Value, json};

/// Which language the expressions are in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Evaluate as the API server of this Kubernetes version does, instead of with every library.
    #[arg(long, value_name = "1.N", value_parser = minor)]
    kubernetes_version: Option<u32>,
}

pub(crate) const EXAMPLES: &str = "Examples:
  echo '{\"expr\":\"[1, 2, 3].map(x, x * 2)\"}' | seawall policy cel
  echo '{\"expr\":\"quantity(\\\"50Mi\\\").isGreaterThan(quantity(\\\"50M\\\"))\"}' | seawall policy cel --kubernetes-version 1.34
  seawall policy cel < expressions.jsonl > values.jsonl";

impl Args {
    /// The environment that the arguments ask for.
    pub(crate) fn environment(&self) -> Env {
        self.kubernetes_version
            .map_or_else(Env::default, Env::kubernetes)
    }
}

/// The answer to one line.
pub(crate) fn answer(env: &Env, line: &[u8]) -> Value {
    let limits = JsonLimits {
        depth_max: 120,
        ..JsonLimits::default()
    };
    match json::parse(line, &limits) {
        Ok(given) => vector::answer(env, &given).to_json(),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

pub(crate) fn minor(text: &str) -> Result<u32, String> {
    let minor = text.trim_start_matches('v').strip_prefix("1.");
    let minor = minor.and_then(|minor| minor.parse().ok());
    minor.ok_or_else(|| "expected a version such as 1.34".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> Value {
        answer(&Env::default(), line.as_bytes())
    }

    #[test]
    fn a_line_gets_its_value() {
        let line = r#"{"expr":"x + 1","type_env":[{"name":"x","ident":{"type":{"primitive":"INT64"}}}],
            "bindings":{"x":{"value":{"int64_value":"41"}}}}"#;
        assert_eq!(answered(line), json!({"value": {"int64_value": "42"}}));
        let typed = answered(r#"{"expr":"[1]","check_only":true}"#);
        let expected = json!({"list_type": {"elem_type": {"primitive": "INT64"}}});
        assert_eq!(typed["typed_result"]["deduced_type"], expected);
    }

    #[test]
    fn what_fails_says_where() {
        for (line, word) in [
            ("{", "JSON"),
            ("{}", "no expression"),
            (r#"{"expr":"1 +"}"#, "compile: 1:4"),
            (r#"{"expr":"1 + 'a'"}"#, "no matching overload"),
            (r#"{"expr":"1 / 0"}"#, "evaluate: divide by zero"),
        ] {
            let error = answered(line)["error"]
                .as_str()
                .unwrap_or("none")
                .to_owned();
            assert!(error.contains(word), "{line}: {error}");
        }
    }

    #[test]
    fn an_undescribed_message_is_unsupported() {
        let line = r#"{"expr":"TestAllTypes{}","container":"cel.expr.conformance.proto3"}"#;
        assert!(answered(line)["unsupported"].is_string());
    }

    #[test]
    fn a_version_has_its_libraries() {
        let env = Env::kubernetes(minor("v1.29").unwrap());
        let known = |expr: &str| answer(&env, json!({"expr": expr}).to_string().as_bytes());
        assert!(known("isIP('::1')")["error"].is_string());
        assert_eq!(
            known("isQuantity('1k')"),
            json!({"value": {"bool_value": true}})
        );
    }
}
