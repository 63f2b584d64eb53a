//! Atoms of the rules: a relation with variables (upper case), constants and alternatives.

use std::fmt;
use std::str::FromStr;

macro_rules! relations {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $arity:literal, $fact:literal;)*) => {
        /// What an atom says. Facts are known of the system; the others are gained by an attacker.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Relation { $($(#[$doc])* $variant,)* }

        impl Relation {
            /// Every relation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in rules.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// How many arguments it takes.
            #[must_use]
            pub const fn arity(self) -> usize {
                match self { $(Self::$variant => $arity,)* }
            }

            /// Whether it is a fact of the system.
            #[must_use]
            pub const fn is_fact(self) -> bool {
                match self { $(Self::$variant => $fact,)* }
            }
        }
    };
}

relations! {
    /// `asset(A, kind)`
    Asset = "asset", 2, true;
    /// `attained(S)`: the declared step of an attack is taken.
    Attained = "attained", 1, false;
    /// `backdoors(C)`: the model in the component carries the attacker's trigger.
    Backdoors = "backdoors", 1, false;
    /// `commands(T)`: the attacker chooses what the tool is asked to do.
    Commands = "commands", 1, false;
    /// `exposed(C, audience)`
    Exposed = "exposed", 2, true;
    /// `flow(F, from, to, carries)`
    Flow = "flow", 4, true;
    /// `holds(C, A)`
    Holds = "holds", 2, true;
    /// `in-cluster(C, K)`
    InCluster = "in-cluster", 2, true;
    /// `in-namespace(C, N)`
    InNamespace = "in-namespace", 2, true;
    /// `inside(C, B)`
    Inside = "inside", 2, true;
    /// `kind(C, kind)`
    Kind = "kind", 2, true;
    /// `lost(A, effect)`: the goal of an attack.
    Lost = "lost", 2, false;
    /// `may(C, power, N)`: the account of the component has the power in a namespace, or `cluster`.
    May = "may", 3, true;
    /// `plants(C)`: a file in the component carries the attacker's code.
    Plants = "plants", 1, false;
    /// `position(P)`: where the actor starts.
    Position = "position", 1, false;
    /// `proposes(R)`: the attacker's change awaits its merge.
    Proposes = "proposes", 1, false;
    /// `reaches(C)`: the attacker can call the component.
    Reaches = "reaches", 1, false;
    /// `roams(B)`: the attacker can call whatever stands inside the boundary.
    Roams = "roams", 1, false;
    /// `runs(C)`: the attacker's code runs in the component.
    Runs = "runs", 1, false;
    /// `says(C)`: the attacker's text is a prompt of the model.
    Says = "says", 1, false;
    /// `steers(C)`: the model does what the attacker says.
    Steers = "steers", 1, false;
    /// `trained-on(C, A)`
    TrainedOn = "trained-on", 2, true;
    /// `weak(C, weakness)`
    Weak = "weak", 2, true;
    /// `writes(C)`: content of the attacker lies in the component.
    Writes = "writes", 1, false;
}

/// One argument of an atom.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Argument {
    /// A variable, such as `C`.
    Variable(String),
    /// One of these constants, such as `agent|model-server`.
    OneOf(Vec<String>),
}

/// A relation with its arguments.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Atom {
    /// What it says.
    pub relation: Relation,
    /// Of what.
    pub arguments: Vec<Argument>,
}

/// Why a text is not an atom.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AtomError {
    /// Not of the form `relation(argument, …)`.
    #[error("`{0}` is not of the form relation(argument, ...)")]
    Form(String),
    /// No such relation.
    #[error("`{0}` is not a relation")]
    Relation(String),
    /// The wrong number of arguments.
    #[error("`{relation}` takes {expected} arguments, not {found}")]
    Arity {
        /// The relation.
        relation: &'static str,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

impl Atom {
    /// The names of the variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Variable(name) => Some(name.as_str()),
            Argument::OneOf(_) => None,
        })
    }
}

impl FromStr for Atom {
    type Err = AtomError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || AtomError::Form(text.to_owned());
        let (name, rest) = text.split_once('(').ok_or_else(form)?;
        let inner = rest.strip_suffix(')').ok_or_else(form)?;
        let relation = Relation::ALL
            .iter()
            .copied()
            .find(|relation| relation.as_str() == name)
            .ok_or_else(|| AtomError::Relation(name.to_owned()))?;
        let arguments: Vec<Argument> = inner
            .split(',')
            .map(|argument| read_argument(argument.trim()).ok_or_else(form))
            .collect::<Result<_, _>>()?;
        if arguments.len() != relation.arity() {
            return Err(AtomError::Arity {
                relation: relation.as_str(),
                expected: relation.arity(),
                found: arguments.len(),
            });
        }
        Ok(Self {
            relation,
            arguments,
        })
    }
}

fn read_argument(text: &str) -> Option<Argument> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(Argument::Variable(text.to_owned()));
    }
    let words: Vec<String> = text.split('|').map(str::to_owned).collect();
    words
        .iter()
        .all(|word| is_word(word))
        .then_some(Argument::OneOf(words))
}

impl fmt::Display for Atom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}(", self.relation.as_str())?;
        for (position, argument) in self.arguments.iter().enumerate() {
            if position > 0 {
                formatter.write_str(", ")?;
            }
            match argument {
                Argument::Variable(name) => formatter.write_str(name)?,
                Argument::OneOf(words) => formatter.write_str(&words.join("|"))?,
            }
        }
        formatter.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_read_back_and_say_what_is_wrong() {
        let atom: Atom = "flow(F, S, C, documents|tool-results)".parse().unwrap();
        assert_eq!(atom.to_string(), "flow(F, S, C, documents|tool-results)");
        assert_eq!(atom.variables().collect::<Vec<_>>(), ["F", "S", "C"]);
        for (text, message) in [
            ("flow", "is not of the form"),
            ("flows(F)", "`flows` is not a relation"),
            ("kind(C)", "takes 2 arguments, not 1"),
            ("kind(C, )", "is not of the form"),
            ("kind(c d, X)", "is not of the form"),
        ] {
            let error = text.parse::<Atom>().unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
