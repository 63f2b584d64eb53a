//! Files of configuration maps that a container mounts: scripts that it runs, and files that its
//! server reads its settings from.

use seawall_config::yaml::{Node, Value, YamlLimits, parse};

use crate::lookup::Lookup;

/// What a path of a container holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum File<'a> {
    /// A file of a configuration map of the set.
    Text(&'a str),
    /// A file of something that the set does not show.
    NotShown,
    /// A file of the image, or of a volume that holds data.
    Other,
}

/// The volumes of a pod, to find what stands at a path.
#[derive(Clone, Copy)]
pub(super) struct Mounts<'a, 'l> {
    pub(super) volumes: &'a [Node],
    pub(super) namespace: &'l str,
    pub(super) lookup: &'l Lookup<'a>,
}

impl<'a> Mounts<'a, '_> {
    /// What stands at a path of a container.
    pub(super) fn file(&self, container: &'a Node, path: &str) -> File<'a> {
        let mounts = container.get("volumeMounts").map(Node::items);
        let under = |mount: &&Node| {
            let at = mount.text_at(&["mountPath"]).unwrap_or("/");
            let rest = path.strip_prefix(at.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mounts = mounts.unwrap_or_default().iter().filter(under);
        // The mount deepest in the tree hides what is mounted above it.
        let deepest = mounts.max_by_key(|mount| mount.text_at(&["mountPath"]).map_or(0, str::len));
        let Some(mount) = deepest else {
            return File::Other;
        };
        let name = mount.text_at(&["name"]);
        let volume = self
            .volumes
            .iter()
            .find(|own| own.text_at(&["name"]) == name);
        let Some(source) = volume.and_then(|volume| volume.get("configMap")) else {
            return File::Other;
        };
        let at = mount.text_at(&["mountPath"]).unwrap_or("/");
        let rest = path
            .strip_prefix(at.trim_end_matches('/'))
            .unwrap_or_default();
        let rest = rest.trim_start_matches('/');
        let file = match mount.text_at(&["subPath"]) {
            Some(sub) if rest.is_empty() => sub,
            _ => rest,
        };
        let items = source.get("items").map(Node::items).unwrap_or_default();
        let renamed = items
            .iter()
            .find(|item| item.text_at(&["path"]) == Some(file));
        let key = renamed
            .and_then(|item| item.text_at(&["key"]))
            .unwrap_or(file);
        let name = source.text_at(&["name"]).unwrap_or_default();
        let text = self.lookup.config_value(self.namespace, name, key);
        text.map_or(File::NotShown, File::Text)
    }
}

/// The settings of a YAML file as the words of a command line: `key: value` is `--key value`.
pub(super) fn yaml_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for document in parse(text.as_bytes(), &YamlLimits::default()).documents {
        for entry in document.entries() {
            let flag = format!("--{}", entry.key);
            match (&entry.value.value, entry.value.as_bool()) {
                (_, Some(true)) => words.push(flag),
                (_, Some(false)) => words.push(format!("--no-{}", entry.key)),
                (Value::Scalar(scalar), None) => words.push(format!("{flag}={}", scalar.text)),
                _ => {}
            }
        }
    }
    words
}

/// The settings of a file of properties: names and values, comments left out.
pub(super) fn properties(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with(['#', '!']));
    lines.filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((name.trim(), value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::count;

    fn server(volume: &str, mount: &str, words: &str) -> String {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: ml}}\ndata:\n  vllm.yaml: |\n    model: /models/m\n    trust-remote-code: true\n  run.sh: |\n    exec vllm serve /models/m --trust-remote-code\n  ts.properties: |\n    # open\n    management_address=http://0.0.0.0:8081\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: ml}}\nspec:\n  volumes: [{{name: v, {volume}}}]\n  containers:\n  - name: c\n    image: vllm/vllm-openai:v0.14.0\n    volumeMounts: [{{name: v, {mount}}}]\n    command: {words}\n"
        )
    }

    #[test]
    fn the_settings_of_a_mounted_file_are_arguments() {
        let map = "configMap: {name: c}";
        let words = "[vllm, serve, --config, /etc/v/vllm.yaml]";
        let text = server(map, "mountPath: /etc/v", words);
        assert_eq!(count("trust-remote-code", &text), 1);
        let elsewhere = server(map, "mountPath: /etc/w", words);
        assert_eq!(count("trust-remote-code", &elsewhere), 0);
        let single = server(
            map,
            "mountPath: /etc/v/vllm.yaml, subPath: vllm.yaml",
            words,
        );
        assert_eq!(count("trust-remote-code", &single), 1);
        let renamed = "configMap: {name: c, items: [{key: vllm.yaml, path: a.yaml}]}";
        let words = "[vllm, serve, --config=/etc/v/a.yaml]";
        assert_eq!(
            count(
                "trust-remote-code",
                &server(renamed, "mountPath: /etc/v", words)
            ),
            1
        );
    }

    #[test]
    fn a_mounted_script_is_read() {
        let text = server(
            "configMap: {name: c}",
            "mountPath: /s",
            "[/bin/bash, /s/run.sh]",
        );
        assert_eq!(count("trust-remote-code", &text), 1);
    }

    #[test]
    fn a_file_that_is_not_shown_makes_the_arguments_unknown() {
        let text = server(
            "configMap: {name: d}",
            "mountPath: /s",
            "[vllm, serve, --config, /s/x.yaml]",
        );
        assert_eq!(count("trust-remote-code", &text), 0);
        assert_eq!(count("arguments-not-resolved", &text), 1);
    }

    #[test]
    fn properties_are_settings() {
        let words = "[torchserve, --start, --ts-config, /s/ts.properties]";
        let text = server("configMap: {name: c}", "mountPath: /s", words);
        assert_eq!(count("torchserve-open-management", &text), 1);
    }
}
