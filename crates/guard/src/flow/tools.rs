//! What a tool does and what its arguments are for, judged by how they are named.
//!
//! Names are the one thing that every tool declares. A tool whose name says nothing known counts as
//! one that acts. The words are those in which interfaces are named; a person's wish for a tool is
//! recognised by the same classes of words, or by the tool's own name.

use super::words::{hash_of, words};

/// What a tool does to the world.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// Looks something up and changes nothing.
    Read,
    /// Loads an address.
    Fetch,
    /// Makes or changes a thing.
    Write,
    /// Lets something out: a message, a post, an upload.
    Send,
    /// Moves money or orders goods.
    Pay,
    /// Takes something away for good.
    Destroy,
    /// Runs what it is given.
    Run,
    /// Gives rights.
    Grant,
    /// Nobody knows.
    Unknown,
}

/// What an argument decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// Who gets it.
    Recipient,
    /// Where a request goes.
    Address,
    /// Where money goes.
    Account,
    /// What is run.
    Program,
    /// A file.
    Path,
    /// Which thing is meant.
    Object,
    /// Everything else: texts, amounts, dates, options.
    Content,
}

/// The words of one kind.
struct Meaning {
    kind: Kind,
    /// In the names of tools.
    names: &'static [&'static str],
    /// What people say besides when they want such a tool.
    wishes: &'static [&'static str],
}

/// The kinds; a word of two kinds belongs to the first, which can spoil more.
static MEANINGS: &[Meaning] = &[
    Meaning {
        kind: Kind::Destroy,
        names: &[
            "delete",
            "remove",
            "erase",
            "drop",
            "cancel",
            "destroy",
            "purge",
            "wipe",
            "clear",
            "revoke",
            "terminate",
            "disable",
            "uninstall",
            "truncate",
            "discard",
            "unsubscribe",
            "deactivate",
            "reset",
            "kill",
            "shutdown",
        ],
        wishes: &[
            "clean", "rid", "undo", "stop", "shut", "lock", "block", "archive", "throw", "strike",
            "withdraw", "end", "off", "trash", "free",
        ],
    },
    Meaning {
        kind: Kind::Pay,
        names: &[
            "pay",
            "transfer",
            "wire",
            "buy",
            "purchase",
            "refund",
            "donate",
            "payment",
            "payout",
            "withdraw",
            "deposit",
            "invest",
            "trade",
            "sell",
            "checkout",
            "remit",
            "reimburse",
            "settle",
            "charge",
            "money",
            "funds",
        ],
        wishes: &[
            "send",
            "order",
            "give",
            "repay",
            "payments",
            "return",
            "back",
            "owe",
            "bill",
            "subscribe",
            "issue",
            "move",
            "share",
        ],
    },
    Meaning {
        kind: Kind::Run,
        names: &[
            "run", "execute", "exec", "eval", "shell", "bash", "python", "script", "command",
            "terminal", "sql", "deploy", "install", "launch", "invoke", "evaluate", "migrate",
        ],
        wishes: &[
            "start",
            "test",
            "build",
            "compile",
            "calculate",
            "compute",
            "plot",
            "program",
            "analyse",
            "analyze",
            "try",
            "code",
            "restart",
            "release",
            "count",
            "select",
        ],
    },
    Meaning {
        kind: Kind::Grant,
        names: &[
            "grant",
            "permission",
            "permissions",
            "role",
            "access",
            "password",
            "admin",
            "collaborator",
            "authorize",
            "authorise",
            "allow",
            "promote",
            "approve",
            "unlock",
        ],
        wishes: &[
            "share", "invite", "add", "give", "let", "enable", "make", "accept", "member",
            "rights", "join",
        ],
    },
    Meaning {
        kind: Kind::Send,
        names: &[
            "send", "email", "mail", "message", "post", "share", "notify", "forward", "publish",
            "upload", "reply", "tweet", "sms", "invite", "submit", "dispatch", "announce",
            "respond", "slack", "webhook", "export", "push",
        ],
        wishes: &[
            "write", "tell", "inform", "contact", "answer", "call", "remind", "ask", "let",
            "confirm", "thank", "text", "deliver", "report", "pass", "say", "hand", "escalate",
            "warn",
        ],
    },
    Meaning {
        kind: Kind::Write,
        names: &[
            "create",
            "write",
            "save",
            "store",
            "add",
            "update",
            "set",
            "edit",
            "change",
            "append",
            "insert",
            "make",
            "book",
            "schedule",
            "reserve",
            "record",
            "note",
            "remember",
            "put",
            "rename",
            "move",
            "copy",
            "assign",
            "label",
            "tag",
            "mark",
            "log",
            "register",
            "draft",
            "reschedule",
            "modify",
            "replace",
            "close",
            "merge",
            "order",
        ],
        wishes: &[
            "plan", "enter", "fill", "start", "turn", "adjust", "correct", "fix", "file", "open",
            "keep", "switch", "raise", "lower", "arrange", "organise", "organize", "need", "want",
            "complete", "prepare", "sort", "find",
        ],
    },
    Meaning {
        kind: Kind::Fetch,
        names: &[
            "fetch", "browse", "crawl", "scrape", "http", "url", "download", "visit", "curl",
        ],
        wishes: &["open", "load", "page", "web", "link", "look", "read"],
    },
    Meaning {
        kind: Kind::Read,
        names: &[
            "get",
            "list",
            "read",
            "search",
            "find",
            "lookup",
            "look",
            "show",
            "view",
            "check",
            "describe",
            "query",
            "status",
            "count",
            "calculate",
            "compute",
            "convert",
            "summarize",
            "summarise",
            "translate",
            "retrieve",
            "recall",
            "inspect",
            "compare",
            "validate",
            "verify",
            "info",
            "history",
            "preview",
            "estimate",
            "open",
            "load",
        ],
        wishes: &[],
    },
];

/// The words of an identifier: `sendEmail`, `send_email`, `mail.send`.
pub(super) fn name_words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let mut small = false;
    for mark in name.chars() {
        let starts = !mark.is_alphanumeric() || (mark.is_uppercase() && small);
        if starts && out.last().is_some_and(|word| !word.is_empty()) {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut().filter(|_| mark.is_alphanumeric()) {
            word.extend(mark.to_lowercase());
        }
        small = mark.is_lowercase();
    }
    out.retain(|word| !word.is_empty());
    out
}

/// What a tool of this name does. The first word that means a kind decides.
pub(super) fn kind_of(name: &str) -> Kind {
    let words = name_words(name);
    let meaning = |word: &String| {
        let means = |meaning: &&Meaning| meaning.names.contains(&word.as_str());
        MEANINGS.iter().find(means).map(|meaning| meaning.kind)
    };
    words.iter().find_map(meaning).unwrap_or(Kind::Unknown)
}

/// What the words of people ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// Hashes of the words, sorted.
    words: Vec<u32>,
    /// Letters and digits of what was said, to find a tool's own name.
    bare: String,
    operator: String,
}

impl Wishes {
    /// Adds words of the user.
    pub(super) fn user(&mut self, text: &str) {
        let (mut before, mut earlier) = ("", "");
        for word in text.split_whitespace() {
            let bare = word.trim_matches(|mark: char| !mark.is_alphanumeric());
            let named = is_article(before) || (is_article(earlier));
            if !named {
                self.words
                    .extend(words(bare).into_iter().map(|word| word.hash));
            }
            // What a mark sets apart begins anew.
            (earlier, before) = match word.ends_with(SETS_APART) {
                true => ("", ""),
                false => (before, bare),
            };
        }
        self.bare.extend(bare(text));
        self.bare.push(' ');
    }

    /// Adds words of the operator, who wishes for a tool only by its name.
    pub(super) fn operator(&mut self, text: &str) {
        self.operator.extend(bare(text));
        self.operator.push(' ');
    }

    /// Makes the words ready to be asked for.
    pub(super) fn ready(&mut self) {
        self.words.sort_unstable();
        self.words.dedup();
    }

    /// Whether somebody who may wish for it wished for a tool of this name and kind.
    pub(super) fn cover(&self, name: &str, kind: Kind) -> bool {
        let own: String = bare(name).collect();
        if own.len() >= 4 && (self.bare.contains(&own) || self.operator.contains(&own)) {
            return true;
        }
        let says =
            |word: &str| forms(word).any(|form| self.words.binary_search(&hash_of(&form)).is_ok());
        if kind == Kind::Unknown {
            let long = name_words(name).into_iter().filter(|word| word.len() >= 4);
            return long.into_iter().any(|word| says(&word));
        }
        let meaning = MEANINGS.iter().find(|meaning| meaning.kind == kind);
        meaning.is_some_and(|meaning| {
            let mut words = meaning.names.iter().chain(meaning.wishes);
            words.any(|word| says(word))
        })
    }
}

/// Marks after which no article reaches on.
const SETS_APART: [char; 7] = ['.', ',', ';', ':', '!', '?', ')'];

/// Words before a name of a thing: "the mail" is no wish to mail.
fn is_article(word: &str) -> bool {
    const ARTICLES: [&str; 18] = [
        "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our", "their",
        "which", "what", "whose", "of", "from", "about",
    ];
    ARTICLES
        .iter()
        .any(|article| word.eq_ignore_ascii_case(article))
}

fn bare(text: &str) -> impl Iterator<Item = char> {
    let letters = text.chars().filter(|mark| mark.is_alphanumeric());
    letters.flat_map(char::to_lowercase)
}

/// A word as people bend it.
fn forms(word: &str) -> impl Iterator<Item = String> {
    let stem = word.strip_suffix('e').unwrap_or(word);
    let doubled = word.chars().next_back().unwrap_or_default();
    [
        word.to_owned(),
        format!("{word}s"),
        format!("{stem}ing"),
        format!("{stem}ed"),
        format!("{word}{doubled}ing"),
        format!("{word}{doubled}ed"),
    ]
    .into_iter()
}

/// What an argument of this name is for; its value decides where the name says nothing.
pub(super) fn role_of(parameter: &str, value: &str) -> Role {
    let words = name_words(parameter);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let value = value.trim();
    let one = !value.contains(char::is_whitespace);
    if one && value.contains("://") {
        return Role::Address;
    }
    if has(&[
        "command",
        "cmd",
        "code",
        "script",
        "sql",
        "shell",
        "expression",
        "program",
        "statement",
        "snippet",
        "args",
        "argv",
    ]) {
        return Role::Program;
    }
    if has(&[
        "account",
        "iban",
        "payee",
        "beneficiary",
        "wallet",
        "card",
        "bank",
        "payto",
    ]) {
        return Role::Account;
    }
    if has(&[
        "to",
        "cc",
        "bcc",
        "recipient",
        "recipients",
        "email",
        "mail",
        "addressee",
        "receiver",
        "phone",
        "channel",
        "destination",
        "participants",
        "attendees",
        "invitee",
        "invitees",
        "collaborator",
        "member",
        "guest",
        "guests",
    ]) || (one && super::atoms::is_mail(value))
    {
        return Role::Recipient;
    }
    if has(&[
        "url", "uri", "link", "endpoint", "webhook", "host", "domain", "server", "callback", "href",
    ]) {
        return Role::Address;
    }
    if has(&["path", "file", "filename", "directory", "folder", "target"]) {
        return Role::Path;
    }
    if has(&[
        "id",
        "ids",
        "key",
        "name",
        "number",
        "reference",
        "ref",
        "record",
        "user",
        "username",
        "object",
        "resource",
        "ticket",
        "order",
        "event",
        "item",
        "title",
        "uuid",
        "slug",
        "branch",
        "repository",
        "repo",
        "table",
        "role",
    ]) {
        return Role::Object;
    }
    Role::Content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds_and_roles() {
        for (name, kind) in [
            ("get_order", Kind::Read),
            ("sendEmail", Kind::Send),
            ("transfer_funds", Kind::Pay),
            ("delete_file", Kind::Destroy),
            ("run_sql", Kind::Run),
            ("http_get", Kind::Fetch),
            ("calendar.create_event", Kind::Write),
            ("grant_access", Kind::Grant),
            ("frobnicate", Kind::Unknown),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
        assert_eq!(role_of("to_address", "x"), Role::Recipient);
        assert_eq!(role_of("x", "https://a.example/"), Role::Address);
        assert_eq!(role_of("orderId", "8"), Role::Object);
        assert_eq!(role_of("body", "Dear Ann"), Role::Content);
    }

    #[test]
    fn a_thing_is_no_wish() {
        let covers = |text: &str| {
            let mut wishes = Wishes::default();
            wishes.user(text);
            wishes.ready();
            wishes.cover("send_email", Kind::Send)
        };
        assert!(!covers("What is in the last email of my uncle?"));
        assert!(covers("Read the note, email it to Ann."));
        assert!(covers("Email the note to Ann."));
    }

    #[test]
    fn a_wish_is_a_word_of_the_same_kind_or_the_name() {
        let mut wishes = Wishes::default();
        wishes.user("Could you please forward the notes, then frobnicate them?");
        wishes.operator("You may use purge_cache when asked.");
        wishes.ready();
        assert!(wishes.cover("send_email", Kind::Send));
        assert!(wishes.cover("frobnicate", Kind::Unknown));
        assert!(wishes.cover("purge_cache", Kind::Destroy));
        assert!(!wishes.cover("delete_file", Kind::Destroy));
    }
}
