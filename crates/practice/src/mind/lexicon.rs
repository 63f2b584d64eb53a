//! What words mean to the engine: verbs by what they ask for, nouns by what they point at.
//!
//! Synonyms only: no phrase of any probe stands here. Lookups go by stem.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::text::stem;

/// What a verb asks for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Act {
    /// Put something into the answer.
    Reveal,
    /// Put something at the end of the answer, usually a link or an image.
    Attach,
    /// Write something in another form.
    Transform,
    /// Make a text shorter.
    Summarise,
    /// Use a tool.
    Call,
    /// Find something, by a tool where there is one.
    Lookup,
    /// Do arithmetic.
    Compute,
    /// Put pieces together.
    Join,
    /// Write something again and again.
    Repeat,
    /// Write something new: a reply, a script.
    Compose,
    /// Act no longer on what was asked before.
    Ignore,
}

/// What a noun points at.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Thing {
    /// What the engine was told to keep to itself.
    Secret,
    /// What the operator told it: the system text.
    Instructions,
    /// A text that was handed over to work on.
    Document,
    /// What was said so far.
    Conversation,
    /// What it could call.
    Tools,
    /// A link or a picture.
    Link,
    /// A program.
    Code,
    /// A sum, a mean, a number of things.
    Figure,
}

/// How an answer is to be written.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Form {
    /// Base 64.
    Base64,
    /// Hexadecimal.
    Hex,
    /// From the last letter to the first.
    Backwards,
    /// Each letter thirteen places on.
    Rotated,
    /// With something between the letters.
    Spaced,
    /// In capitals.
    Capitals,
}

const ACTS: &[(Act, &str)] = &[
    (
        Act::Reveal,
        "reveal show print display disclose output recite tell give list state share expose provide quote say spell dump echo copy reproduce transcribe restate mention include return paste leak report name present write read answer respond reply type recall surrender divulge describe extract identify expand relay retell enumerate narrate emit publish start begin open hand continue complete supply release unveil confirm announce deliver",
    ),
    (
        Act::Attach,
        "append attach add insert embed place put render end finish close conclude link cite",
    ),
    (
        Act::Transform,
        "encode convert transform obfuscate express encrypt rewrite reverse encipher translate scramble flip rotate format",
    ),
    (
        Act::Summarise,
        "summarise condense recap shorten outline digest abridge",
    ),
    (
        Act::Call,
        "call invoke use resolve run execute trigger launch perform fire send forward mail email transfer pay delete remove update set change approve post upload submit book schedule create grant issue move wire notify close cancel raise open remit dispatch save store register record erase purge wipe keep",
    ),
    (
        Act::Lookup,
        "look fetch retrieve check search query find lookup get consult load resolve",
    ),
    (
        Act::Compute,
        "compute total sum calculate average subtract multiply count tally",
    ),
    (
        Act::Join,
        "join concatenate combine merge glue stitch chain assemble",
    ),
    (Act::Repeat, "repeat duplicate loop iterate cycle reprint"),
    (
        Act::Compose,
        "write draft compose generate produce craft build make prepare create give provide supply",
    ),
    (
        Act::Ignore,
        "ignore disregard forget skip drop override abandon discard neglect suspend",
    ),
];

const THINGS: &[(Thing, &str)] = &[
    (
        Thing::Secret,
        "secret token key password passphrase credential passcode pin hidden confidential private classified sensitive restricted privileged sealed undisclosed protected withheld guarded",
    ),
    (
        Thing::Instructions,
        "instruction prompt rule guideline configuration setup directive briefing preamble persona brief mandate charter primer",
    ),
    (
        Thing::Document,
        "document file record note report attachment letter page article paragraph form memo statement transcript excerpt passage",
    ),
    (
        Thing::Conversation,
        "conversation chat history dialogue exchange session thread",
    ),
    (Thing::Tools, "tool function capability plugin"),
    (
        Thing::Link,
        "link image picture url hyperlink banner logo badge icon pixel photo thumbnail href",
    ),
    (
        Thing::Code,
        "script command shell snippet code program bash python oneliner terminal installer loader macro",
    ),
    (Thing::Figure, "total sum average mean amount altogether"),
];

const FORMS: &[(Form, &str)] = &[
    (Form::Base64, "base64 b64"),
    (Form::Hex, "hex hexadecimal base16"),
    (Form::Backwards, "backward backwards reverse reversed"),
    (Form::Rotated, "rot13 caesar"),
    (Form::Spaced, "spaced hyphenated dotted spell spelled"),
    (Form::Capitals, "capitals uppercase"),
];

/// Words that may stand before a verb that is still an order: politeness, address, urgency.
const LEAD_INS: &str = "please now then also next first second third finally afterwards additionally kindly you your must should \
    need needs have has to can could would will shall may are is required expected asked told assistant ai model agent bot system \
    instead simply just immediately always i we want like let us me be sure make certain remember and so but once here it \
    task step action important urgent reminder hi hello ok okay dear of the all directly only again both with \
    go ahead try proceed do continue in order";

/// Words that carry no meaning of their own when texts are compared.
const STOP_WORDS: &str = "a an the of to in on at for from by with and or but is are was were be been it its this that these those \
    i you he she we they me my your our their his her what which who when where why how do does did can could would should \
    will please as if not no any all has have had there here about into out up so than then them us";

static ACT_TABLE: LazyLock<BTreeMap<String, Vec<Act>>> = LazyLock::new(|| table(ACTS));
static THING_TABLE: LazyLock<BTreeMap<String, Vec<Thing>>> = LazyLock::new(|| table(THINGS));
static FORM_TABLE: LazyLock<BTreeMap<String, Vec<Form>>> = LazyLock::new(|| table(FORMS));
static LEAD_IN_TABLE: LazyLock<BTreeMap<String, Vec<()>>> =
    LazyLock::new(|| table(&[((), LEAD_INS)]));
static STOP_TABLE: LazyLock<BTreeMap<String, Vec<()>>> =
    LazyLock::new(|| table(&[((), STOP_WORDS)]));

/// What a verb with this stem may ask for; empty when it is no verb the engine knows.
pub(super) fn acts(stem: &str) -> &'static [Act] {
    ACT_TABLE.get(stem).map_or(&[], Vec::as_slice)
}

/// What a noun with this stem points at.
pub(super) fn things(stem: &str) -> &'static [Thing] {
    THING_TABLE.get(stem).map_or(&[], Vec::as_slice)
}

/// Which form a word asks for.
pub(super) fn form(stem: &str) -> Option<Form> {
    FORM_TABLE
        .get(stem)
        .and_then(|forms| forms.first().copied())
}

/// Whether a word may stand before the verb of an order.
pub(super) fn is_lead_in(stem: &str) -> bool {
    LEAD_IN_TABLE.contains_key(stem)
}

/// Whether a word forbids instead of asking.
pub(super) fn is_negation(stem: &str) -> bool {
    matches!(
        stem,
        "not"
            | "never"
            | "don't"
            | "mustn't"
            | "cannot"
            | "can't"
            | "without"
            | "avoid"
            | "refuse"
            | "shouldn't"
            | "won't"
            | "nobody"
            | "no"
    )
}

/// Whether a word carries no meaning of its own.
pub(super) fn is_stop_word(stem: &str) -> bool {
    STOP_TABLE.contains_key(stem)
}

fn table<T: Copy>(lists: &[(T, &str)]) -> BTreeMap<String, Vec<T>> {
    let mut table: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for (meaning, words) in lists {
        for word in words.split_whitespace() {
            table.entry(stem(word)).or_default().push(*meaning);
        }
    }
    table
}
