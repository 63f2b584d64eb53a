//! What a tool does and what its arguments are for, judged by how they are named.
//!
//! Names are the one thing that every tool declares. A tool whose name says nothing known counts as
//! one that acts. The words are those in which interfaces are named.

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

impl Kind {
    /// The word that rules use.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Fetch => "fetch",
            Self::Write => "write",
            Self::Send => "send",
            Self::Pay => "pay",
            Self::Destroy => "destroy",
            Self::Run => "run",
            Self::Grant => "grant",
            Self::Unknown => "unknown",
        }
    }
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
pub(super) struct Meaning {
    pub(super) kind: Kind,
    /// In the names of tools.
    pub(super) names: &'static [&'static str],
    /// What people say besides when they want such a tool.
    pub(super) wishes: &'static [&'static str],
}

/// The kinds; a word of two kinds belongs to the first, which can spoil more.
pub(super) static MEANINGS: &[Meaning] = &[
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
}
