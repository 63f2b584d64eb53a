//! Something that whoever owns a budget or a session wants to know before it is too late.

use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// An alert.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alert {
    /// Id of the request at which it was raised; empty where it was none.
    pub request: String,
    /// What it is about.
    pub about: About,
    /// Which one: an account, a session or an identity; empty where it has no name.
    pub name: String,
    /// Why: a threshold, a forecast, or the detector that noticed.
    pub reason: String,
    /// What was done: `alert`, `slow`, `hold` or `stop`.
    pub action: String,
    /// The number that goes with the reason: a percentage, seconds until a limit is used up, or calls
    /// of a session.
    pub number: u64,
}

words! {
    /// What an alert is about.
    About {
        /// An account of a limit.
        Budget = "budget",
        /// A session of an agent.
        Session = "session",
        /// A key over its sessions.
        Identity = "identity",
    }
}

impl Alert {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "request": self.request,
            "about": self.about.as_str(),
            "name": self.name,
            "reason": self.reason,
            "action": self.action,
            "number": self.number,
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            request: fields.owned("request")?,
            about: fields.word("about", About::from_word)?,
            name: fields.owned("name")?,
            reason: fields.owned("reason")?,
            action: fields.owned("action")?,
            number: fields.number("number")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_reads_back() {
        for about in About::ALL {
            let alert = Alert {
                request: "req_1".to_owned(),
                about: *about,
                name: "month/key_1".to_owned(),
                reason: "threshold".to_owned(),
                action: "alert".to_owned(),
                number: 80,
            };
            assert_eq!(Alert::from_body(&alert.to_body()), Ok(alert));
        }
    }
}
