//! TorchScript code reaches the machine it runs on.
//!
//! ## What it detects
//!
//! Operators that read or write files or call other processes (`torch.save`, `aten::from_file`,
//! `ops.rpc`, Python callbacks), and operators and classes of libraries that are not part of
//! PyTorch, in the source below `code/` of an archive.
//!
//! ## Why it matters
//!
//! `torch.jit.load` compiles this source, and calling the model runs it with the rights of the
//! server. The language cannot import modules, so what it can do is exactly the operators it names.
//!
//! ## What it misses
//!
//! Memory errors in operators. What a foreign library does is not known, so the verdict stays open
//! there.
//!
//! ## Example
//!
//! ```text
//! torch.save(x, "/tmp/out")
//! ```
//!
//! ## Remediation
//!
//! Export the model again without the operator, or store weights only.
//!
//! ## References
//!
//! - <https://docs.pytorch.org/docs/stable/jit.html>
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "torchscript-host-access",
    title: "TorchScript code reaches the machine it runs on",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Export the model again without the operator, or store weights only.";

/// Names of operators that leave the computation, under any namespace of PyTorch.
const HOST: &[&str] = &[
    "PythonOp",
    "_from_file",
    "_load",
    "_save",
    "from_file",
    "fork_process",
    "load",
    "load_library",
    "open",
    "rpc_async",
    "rpc_remote",
    "rpc_sync",
    "save",
    "system",
];

/// Namespaces of operators that PyTorch and torchvision bring along.
const NAMESPACES: &[&str] = &[
    "_quantized",
    "aten",
    "cuda",
    "fbgemm",
    "inductor",
    "mkl",
    "mkldnn",
    "mkldnn_prepacked",
    "prepacked",
    "prim",
    "prims",
    "profiler",
    "quantized",
    "sparse",
    "static_runtime",
    "torchaudio",
    "torchvision",
    "xnnpack",
];

/// Looks at one dotted name of the source.
pub(crate) fn check(byte: u64, chain: &str, sink: &mut Sink<'_>) {
    let parts: Vec<&str> = chain.split('.').collect();
    let what = match parts.as_slice() {
        [
            "torch",
            "jit" | "package" | "hub" | "distributed" | "multiprocessing",
            ..,
        ] => ("names", Severity::High),
        ["torch", rest @ ..] | ["ops", _, rest @ ..]
            if rest.iter().any(|part| HOST.contains(part)) =>
        {
            ("reaches files or other processes by", Severity::High)
        }
        ["ops", namespace, ..] if !NAMESPACES.contains(namespace) => {
            ("needs a library of its own for", Severity::Medium)
        }
        ["__torch__", "torch", "classes", namespace, ..] if !NAMESPACES.contains(namespace) => {
            ("needs a library of its own for", Severity::Medium)
        }
        _ => return,
    };
    let message = format!("the TorchScript source {} \"{}\"", what.0, printable(chain));
    sink.problem(None, message.clone());
    sink.finding(&META, Notice::at(byte, message, FIX).severity(what.1));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Zip, ids};

    fn archive(code: &str) -> Vec<u8> {
        Zip::default()
            .stored("m/data.pkl", b"\x80\x02c__torch__\nNet\n)\x81}b.")
            .stored("m/code/__torch__.py", code.as_bytes())
            .build()
    }

    #[test]
    fn operators_that_leave_the_computation_are_told() {
        for code in [
            "def forward(self, x):\n  torch.save(x, \"/tmp/x\")\n",
            "  y = ops.aten.from_file(\"/etc/passwd\")\n",
            "  y = ops.evil.run(x)\n",
            "  y = ^PythonOp(x)\n  z = ops.prim.PythonOp(x)\n",
            "  a : __torch__.torch.classes.evil.Thing\n",
        ] {
            assert!(
                ids("m.pt", &archive(code)).contains(&"torchscript-host-access"),
                "{code}"
            );
        }
    }

    #[test]
    fn ordinary_code_passes() {
        let code = "class Net(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    _0 = torch.relu(x)\n    return ops.prim.unchecked_cast(_0)\n";
        assert_eq!(ids("m.pt", &archive(code)), Vec::<&str>::new());
    }
}
