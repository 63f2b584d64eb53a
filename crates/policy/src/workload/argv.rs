//! What a container executes: `command` and `args` after Kubernetes' own expansion and the shell's.

use seawall_base::Location;
use seawall_config::yaml::Node;

use super::mounted::{self, File, Mounts};
use super::shell;
use crate::object::Object;

/// A word of a command line and the node it comes from.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    /// The text after expansion.
    pub text: String,
    /// Whether nothing in it depends on what is not in the manifests.
    pub known: bool,
    /// The scalar it stands in.
    pub node: &'a Node,
}

/// One program with its arguments.
#[derive(Clone, Debug, Default)]
pub struct Process<'a> {
    /// The words; the first is the program unless the image's entrypoint runs.
    pub words: Vec<Word<'a>>,
    /// Whether the program is the image's entrypoint, which the manifest does not show.
    pub entrypoint: bool,
}

/// Everything a container executes.
#[derive(Clone, Debug, Default)]
pub struct Argv<'a> {
    /// The programs, in order.
    pub processes: Vec<Process<'a>>,
    /// Where a script evaluates a variable as code.
    pub evaluates: Option<&'a Node>,
    /// Variables that a script, or the program `env`, sets.
    pub assigned: Vec<Assigned<'a>>,
}

/// A variable that what starts the server sets.
#[derive(Clone, Debug)]
pub struct Assigned<'a> {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The scalar it stands in.
    pub node: &'a Node,
}

/// What is known about a flag.
#[derive(Clone, Copy, Debug)]
pub enum Flag<'s, 'a> {
    /// Not given.
    Absent,
    /// Given, with its value if it has one.
    Given(Option<&'s str>, &'s Word<'a>),
}

impl<'a> Argv<'a> {
    /// Resolves a container's command line with the variables of its environment.
    pub(super) fn resolve(
        container: &'a Node,
        environment: &dyn Fn(&str) -> Option<String>,
        mounts: &Mounts<'a, '_>,
    ) -> Self {
        let list = |key: &str| -> Vec<Word<'a>> {
            let Some(node) = container.get(key) else {
                return Vec::new();
            };
            // Argo and hand-written manifests give a single string now and then.
            let single = std::slice::from_ref(node);
            let items = if node.scalar().is_some() {
                single
            } else {
                node.items()
            };
            items
                .iter()
                .filter_map(|item| word(item, environment))
                .collect()
        };
        let mut words = list("command");
        let entrypoint = words.is_empty();
        words.extend(list("args"));
        let mut argv = Self::default();
        if let Some(source) = container.get("source").filter(|node| node.text().is_some()) {
            argv.script(source, source.text().unwrap_or_default(), environment);
            return argv;
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        match shell::shell_script_position(&texts).and_then(|at| words.get(at).cloned()) {
            Some(script) if !entrypoint => argv.script(script.node, &script.text, environment),
            _ => match mounted_script(&texts, container, mounts).zip(words.get(1)) {
                Some((text, word)) if !entrypoint => argv.script(word.node, text, environment),
                _ => argv.process(words, entrypoint),
            },
        }
        argv.read_settings(container, mounts);
        argv
    }

    /// Adds the settings of the files that the servers are told to read.
    fn read_settings(&mut self, container: &'a Node, mounts: &Mounts<'a, '_>) {
        const FILES: &[&str] = &["--config", "--config-file", "--ts-config"];
        let mut assigned = Vec::new();
        for process in &mut self.processes {
            let Some(Flag::Given(Some(path), word)) = process.flag(FILES) else {
                continue;
            };
            let node = word.node;
            match mounts.file(container, path) {
                File::Other => {}
                File::NotShown => process.words.push(Word {
                    text: String::new(),
                    known: false,
                    node,
                }),
                File::Text(text) if path.ends_with(".properties") => {
                    assigned.extend(mounted::properties(text).map(|(name, value)| Assigned {
                        name: format!("TS_{}", name.to_ascii_uppercase()),
                        value: value.to_owned(),
                        node,
                    }));
                }
                File::Text(text) => {
                    let words = mounted::yaml_words(text).into_iter();
                    process.words.extend(words.map(|text| Word {
                        text,
                        known: true,
                        node,
                    }));
                }
            }
        }
        self.assigned.extend(assigned);
    }

    /// Notes a process that no shell starts; `env NAME=VALUE program` sets variables without one.
    fn process(&mut self, mut words: Vec<Word<'a>>, entrypoint: bool) {
        let is_env = |word: &Word<'_>| matches!(word.text.as_str(), "env" | "/usr/bin/env");
        if !entrypoint && words.first().is_some_and(is_env) {
            words.remove(0);
            while let Some((name, value)) =
                words.first().and_then(|word| shell::assignment(&word.text))
            {
                let (name, value) = (name.to_owned(), value.to_owned());
                let node = words.remove(0).node;
                self.assigned.push(Assigned { name, value, node });
            }
        }
        self.processes.push(Process { words, entrypoint });
    }

    fn script(&mut self, node: &'a Node, text: &str, environment: &dyn Fn(&str) -> Option<String>) {
        let script = shell::read(text, environment);
        if script.evaluates_variables {
            self.evaluates = Some(node);
        }
        let assigned = script.assigned.into_iter();
        self.assigned
            .extend(assigned.map(|(name, value)| Assigned { name, value, node }));
        self.processes
            .extend(script.commands.into_iter().map(|words| {
                Process {
                    words: words
                        .into_iter()
                        .map(|word| Word {
                            text: word.text,
                            known: word.known,
                            node,
                        })
                        .collect(),
                    entrypoint: false,
                }
            }));
    }

    /// The last occurrence of a flag in any process, under any of its names. Dashes and underscores
    /// are the same, as they are for the servers' own parsers.
    #[must_use]
    pub fn flag(&self, names: &[&str]) -> Flag<'_, 'a> {
        let found = self
            .processes
            .iter()
            .rev()
            .find_map(|process| process.flag(names));
        found.unwrap_or(Flag::Absent)
    }

    /// Whether a boolean flag is on: given without a value or with one that is not a refusal.
    #[must_use]
    pub fn switched_on(&self, names: &[&str]) -> Option<&Word<'a>> {
        match self.flag(names) {
            Flag::Given(value, word) if !value.is_some_and(is_off) => Some(word),
            Flag::Given(..) | Flag::Absent => None,
        }
    }

    /// Every word of every process.
    pub fn words(&self) -> impl Iterator<Item = &Word<'a>> {
        self.processes.iter().flat_map(|process| &process.words)
    }

    /// The first word that depends on something the manifests do not show.
    #[must_use]
    pub fn unknown(&self) -> Option<&Word<'a>> {
        self.words().find(|word| !word.known)
    }
}

impl<'a> Process<'a> {
    /// The program's name without its folder, if the manifest shows it.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        let first = self.words.first().filter(|_| !self.entrypoint)?;
        first.text.rsplit('/').next()
    }

    /// The last occurrence of a flag and its value: after `=`, or the next word.
    fn flag(&self, names: &[&str]) -> Option<Flag<'_, 'a>> {
        let position = self.words.iter().rposition(|word| {
            let name = word.text.split('=').next().unwrap_or_default();
            name.starts_with('-') && names.iter().any(|wanted| same_flag(name, wanted))
        })?;
        let word = self.words.get(position)?;
        let inline = word.text.split_once('=').map(|(_, value)| value);
        let next = self
            .words
            .get(position + 1)
            .filter(|next| !next.text.starts_with('-'));
        let value = inline.or_else(|| next.map(|next| next.text.as_str()));
        Some(Flag::Given(value, word))
    }

    /// The words after the program.
    #[must_use]
    pub fn arguments(&self) -> &[Word<'a>] {
        let skip = usize::from(!self.entrypoint);
        self.words.get(skip..).unwrap_or_default()
    }
}

impl Word<'_> {
    /// Where the word stands in the text of its object.
    #[must_use]
    pub fn location(&self, object: &Object) -> Location {
        object.locate(self.node, &self.text)
    }
}

/// Whether a value switches something off.
pub(crate) fn is_off(value: &str) -> bool {
    let value = value.trim();
    ["", "0", "false", "no", "off", "none"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// The text of a script that a shell is given as a file of a configuration map.
fn mounted_script<'a>(
    texts: &[&str],
    container: &'a Node,
    mounts: &Mounts<'a, '_>,
) -> Option<&'a str> {
    let program = texts.first()?.rsplit('/').next()?;
    let path = texts.get(1).filter(|path| path.starts_with('/'))?;
    let is_shell = matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh");
    match mounts.file(container, path) {
        File::Text(text) if is_shell => Some(text),
        _ => None,
    }
}

fn same_flag(left: &str, right: &str) -> bool {
    let fold = |byte: u8| if byte == b'_' { b'-' } else { byte };
    left.len() == right.len() && left.bytes().map(fold).eq(right.bytes().map(fold))
}

/// Kubernetes expands `$(NAME)` in `command` and `args`; `$$` escapes it.
fn word<'a>(node: &'a Node, environment: &dyn Fn(&str) -> Option<String>) -> Option<Word<'a>> {
    let text = node.text()?;
    let mut word = Word {
        text: String::with_capacity(text.len()),
        known: true,
        node,
    };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        word.text.push_str(before);
        if let Some(escaped) = after.strip_prefix('$') {
            word.text.push('$');
            rest = escaped;
        } else if let Some((name, behind)) = after
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        {
            match environment(name) {
                Some(value) => word.text.push_str(&value),
                None => word.known = false,
            }
            rest = behind;
        } else {
            word.text.push('$');
            rest = after;
        }
    }
    word.text.push_str(rest);
    Some(word)
}
