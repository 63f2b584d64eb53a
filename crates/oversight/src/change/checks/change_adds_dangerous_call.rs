//! A change that adds a call which runs text or data as a program.
//!
//! # What it detects
//! Added lines with `eval`, `exec`, unsafe deserialisation, shell execution from a string or remote code
//! of a model repository, in Python, JavaScript, Ruby, PHP and shell.
//!
//! # Why it matters
//! These calls turn any text that reaches them, a model's answer included, into code.
//!
//! # What it misses
//! Calls through aliases or built at run time, and other languages.
//!
//! # Example
//! `subprocess.run(answer, shell=True)`
//!
//! # Remediation
//! Parse data with a data format, pass arguments as a list, load weights from safetensors.
//!
//! # References
//! CWE-78, CWE-94, CWE-502.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use super::{finding, is_comment};
use crate::change::Change;

pub(super) static META: RuleMeta = RuleMeta {
    id: "change-adds-dangerous-call",
    title: "The change adds a call that runs text as code",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM05:2025", "AML.T0011"],
};

const PYTHON: &[&str] = &[
    "eval(",
    "exec(",
    "pickle.load(",
    "pickle.loads(",
    "cPickle.load",
    "dill.load",
    "joblib.load(",
    "marshal.loads(",
    "yaml.unsafe_load(",
    "os.system(",
    "os.popen(",
    "shell=True",
    "trust_remote_code=True",
    "weights_only=False",
    "allow_pickle=True",
    "__import__(",
];
const SCRIPT: &[&str] = &[
    "eval(",
    "new Function(",
    "child_process.exec(",
    "execSync(",
    "vm.runInThisContext(",
    "dangerouslySetInnerHTML",
];
const OTHER: &[&str] = &[
    "eval(",
    "system(",
    "shell_exec(",
    "unserialize(",
    "Marshal.load(",
];
const SHELL: &[&str] = &["eval \"", "eval $"];

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for file in &change.files {
        let calls = match file.extension() {
            "py" | "ipynb" | "pyi" => PYTHON,
            "js" | "ts" | "jsx" | "tsx" | "mjs" | "cjs" | "vue" => SCRIPT,
            "rb" | "php" | "pl" => OTHER,
            "sh" | "bash" | "zsh" => SHELL,
            _ => continue,
        };
        for line in file.added.iter().filter(|line| !is_comment(&line.text)) {
            let shell_pipe = SHELL == calls && fetches_and_runs(&line.text);
            if let Some(call) = calls.iter().find(|call| calls_it(&line.text, call)) {
                let name = call.trim_end_matches(['(', '"', '$', ' ']);
                out.push(finding(
                    &META,
                    file,
                    Some(line),
                    format!("an added line uses `{name}`"),
                    "parse data instead of running it; pass arguments as a list",
                ));
            } else if shell_pipe {
                out.push(finding(
                    &META,
                    file,
                    Some(line),
                    "an added line runs what it downloads".to_owned(),
                    "download, verify a digest, then run",
                ));
            }
        }
    }
}

/// `call` stands in `text` as a name of its own: `literal_eval(` and `re.exec(` are other things.
fn calls_it(text: &str, call: &str) -> bool {
    text.match_indices(call).any(|(position, _)| {
        let before = text
            .get(..position)
            .and_then(|before| before.chars().next_back());
        !before.is_some_and(|mark| {
            mark.is_alphanumeric()
                || mark == '_'
                || (mark == '.' && matches!(call, "eval(" | "exec(" | "system("))
        })
    })
}

fn fetches_and_runs(text: &str) -> bool {
    (text.contains("curl ") || text.contains("wget "))
        && text.split('|').skip(1).any(|stage| {
            matches!(
                stage.split_whitespace().find(|word| *word != "sudo"),
                Some("sh" | "bash" | "python" | "python3")
            )
        })
}

#[cfg(test)]
mod tests {
    use super::super::findings;

    #[test]
    fn calls_are_found_and_their_namesakes_are_not() {
        for (path, line) in [
            ("a.py", "x = eval(answer)"),
            ("a.py", "subprocess.run(text, shell=True)"),
            ("a.py", "torch.load(p, weights_only=False)"),
            ("a.ts", "const f = new Function(code)"),
            ("a.sh", "curl -fsS https://x.example/i | sudo bash"),
        ] {
            assert_eq!(
                findings(path, &[line]),
                ["change-adds-dangerous-call"],
                "{line}"
            );
        }
        for (path, line) in [
            ("a.py", "ast.literal_eval(text)"),
            ("a.py", "model.eval()"),
            ("a.js", "const m = re.exec(text)"),
            ("a.py", "# eval(x) is never right"),
            ("a.md", "eval(x)"),
        ] {
            assert!(findings(path, &[line]).is_empty(), "{line}");
        }
    }
}
