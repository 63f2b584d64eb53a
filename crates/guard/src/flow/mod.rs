//! Where the texts of a conversation came from, and where they may go.
//!
//! A client resends its conversation on every turn. From it a [`Flow`] knows who said what, so that an
//! answer can be judged by where its parts come from and not by how it sounds.
//!
//! # Labels
//! Integrity, from high to low, is who may decide what happens:
//!
//! | label | texts |
//! |---|---|
//! | own | system and developer texts, and what the user says in the user's own words |
//! | field | a value that stands alone in a tool's result or document: one JSON leaf, one `label: value` |
//! | quoted | material inside a user's message: what follows a colon, a fence, a tag, a quotation mark |
//! | prose | anything else in tool results, documents and descriptions of tools |
//! | unfounded | a value that stands nowhere: the model made it |
//!
//! A value has the highest label of the places where it stands. What the assistant said earlier has
//! no label: a model cannot vouch for itself. Confidential are the system text, its codes and, by
//! policy, the results of named tools.
//!
//! # Rules
//! 1. An answer, in any channel, does not reproduce the operator's text (`echoed-instructions`) or a
//!    code from it (`echoed-code`) that the user did not say first.
//! 2. A call of a tool that acts, with a recipient, address, account, program or destroyed object
//!    below `own`, is *steered* when nobody asked for such a tool, or when the user named another
//!    value of that kind (`steered-call`). When somebody did ask, `field` values pass, and `quoted`
//!    and `prose` values are *unvouched* (`unvouched-call`): the policy decides.
//! 3. A link to a host that only prose or quoted material names, put together from values of the
//!    conversation, carries them out (`carried-link`).
//! 4. Results of confidential tools do not enter a call that leaves (`confidential-call`).
//!
//! A text is canonicalised first; where a value is found nowhere, the decoded views of the untrusted
//! texts are searched too, so that a detour over an encoding founds no trust.
//!
//! # What it misses
//! Paraphrase and translation of prose. A value cut up over several arguments. A false statement
//! that the model passes on in words. A steered choice among values that the user named. An injected
//! value that looks like a field of a record, in a call that the user asked for. Material that the
//! user pastes without any mark.
//!
//! # Cost
//! Building is one copy of the texts. The operator's words are hashed at the first answer text;
//! arguments and links are searched in the other texts only where there are any, in one pass each.

mod atoms;
mod calls;
mod codes;
mod conversation;
mod echo;
mod links;
mod material;
mod places;
mod recent;
mod repeats;
mod tools;
mod wishes;
mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

pub(crate) use self::calls::{Call, Concern};
pub use self::conversation::{Conversation, Source};
pub(crate) use self::echo::{Echo, Operator};
pub(crate) use self::recent::Recent;
pub(crate) use self::repeats::Repeats;
use crate::detectors::Canaries;
use crate::policy::GuardLimits;
use crate::stream::Automaton;

/// The origins of one conversation's texts. Cheap to clone; a stream keeps one.
#[derive(Clone, Debug)]
pub struct Flow {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    conversation: Conversation,
    limits: GuardLimits,
    operator: OnceLock<Arc<Operator>>,
    recent: Arc<Recent>,
    codes: OnceLock<Arc<Codes>>,
}

/// The codes of the operator's text, ready to be found whole and in streams.
#[derive(Debug)]
pub(crate) struct Codes {
    pub(crate) canaries: Canaries,
    pub(crate) automaton: Option<Arc<Automaton>>,
}

impl Codes {
    /// Compiles codes, and an automaton of theirs and of `forms`.
    fn build(codes: &BTreeSet<String>, forms: &[Vec<u8>]) -> Self {
        let canaries = Canaries::compile(codes).unwrap_or_default();
        let automaton = (!canaries.forms().is_empty())
            .then(|| Arc::new(Automaton::new(&[forms, canaries.forms()].concat())));
        Self {
            canaries,
            automaton,
        }
    }

    /// What they take, roughly.
    fn bytes(&self) -> usize {
        self.canaries.forms().iter().map(Vec::len).sum()
    }
}

impl Flow {
    pub(crate) fn new(
        conversation: Conversation,
        limits: GuardLimits,
        recent: Arc<Recent>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                conversation,
                limits,
                operator: OnceLock::new(),
                recent,
                codes: OnceLock::new(),
            }),
        }
    }

    /// What was said.
    pub(crate) fn conversation(&self) -> &Conversation {
        &self.inner.conversation
    }

    /// What canonicalising a text may cost.
    pub(crate) fn limits(&self) -> &GuardLimits {
        &self.inner.limits
    }

    /// The operator's words.
    pub(crate) fn operator(&self) -> &Arc<Operator> {
        self.inner
            .operator
            .get_or_init(|| Arc::new(Operator::new(&self.inner.conversation)))
    }

    /// The operator's codes; `forms` are those that every conversation keeps.
    pub(crate) fn codes(&self, forms: &[Vec<u8>]) -> &Codes {
        self.inner.codes.get_or_init(|| {
            let codes = codes::of(&self.inner.conversation);
            let build = |codes: &BTreeSet<String>| Codes::build(codes, forms);
            self.inner.recent.compiled(codes, build)
        })
    }
}
