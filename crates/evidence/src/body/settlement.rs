//! What a request used in the end, and how it ended.

use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// The closing entry of a request that was let through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settlement {
    /// Id of the request.
    pub request: String,
    /// Name of the route.
    pub route: String,
    /// Name of the model that was asked for.
    pub model: String,
    /// How it ended.
    pub end: End,
    /// HTTP status that the client saw.
    pub status: u16,
    /// Tokens reserved before the call.
    pub reserved_tokens: u64,
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the completion.
    pub completion_tokens: u64,
    /// Whether the upstream reported the tokens or they were estimated.
    pub estimated: bool,
    /// Time from the first byte in to the last byte out, in microseconds.
    pub latency_us: u64,
    /// What it cost in each budget that it fell under.
    pub charges: Vec<Charge>,
}

/// What a call cost in one budget, in the smallest unit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Charge {
    /// The account, named after its limit.
    pub account: String,
    /// What is limited, such as `money`.
    pub unit: String,
    /// Reserved before the call.
    pub reserved: u64,
    /// Charged after it; what exceeds the reservation is an overrun.
    pub charged: u64,
}

words! {
    /// How a request ended.
    End {
        /// Answered in full.
        Completed = "completed",
        /// The answer was cut by the guard.
        Stopped = "stopped",
        /// The client went away.
        Abandoned = "abandoned",
        /// The upstream failed.
        Failed = "failed",
    }
}

impl Settlement {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        let mut body = json!({
            "request": self.request,
            "route": self.route,
            "model": self.model,
            "end": self.end.as_str(),
            "status": self.status,
            "reserved_tokens": self.reserved_tokens,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "estimated": self.estimated,
            "latency_us": self.latency_us,
        });
        if let (false, Value::Object(fields)) = (self.charges.is_empty(), &mut body) {
            let charges = self.charges.iter().map(Charge::to_value).collect();
            fields.insert("charges".to_owned(), Value::Array(charges));
        }
        body
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            request: fields.owned("request")?,
            route: fields.owned("route")?,
            model: fields.owned("model")?,
            end: fields.word("end", End::from_word)?,
            status: u16::try_from(fields.number("status")?)
                .map_err(|_| super::error("status", "an HTTP status"))?,
            reserved_tokens: fields.number("reserved_tokens")?,
            prompt_tokens: fields.number("prompt_tokens")?,
            completion_tokens: fields.number("completion_tokens")?,
            estimated: fields.flag("estimated")?,
            latency_us: fields.number("latency_us")?,
            charges: match body.get("charges") {
                Some(_) => fields.list("charges", Charge::from_value)?,
                None => Vec::new(),
            },
        })
    }
}

impl Charge {
    fn to_value(&self) -> Value {
        json!({
            "account": self.account,
            "unit": self.unit,
            "reserved": self.reserved,
            "charged": self.charged,
        })
    }

    fn from_value(value: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(value)?;
        Ok(Self {
            account: fields.owned("account")?,
            unit: fields.owned("unit")?,
            reserved: fields.number("reserved")?,
            charged: fields.number("charged")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settlement_reads_back() {
        for end in End::ALL {
            let settlement = Settlement {
                request: "req_1".to_owned(),
                route: "default".to_owned(),
                model: "practice".to_owned(),
                end: *end,
                status: 200,
                reserved_tokens: 900,
                prompt_tokens: 12,
                completion_tokens: 30,
                estimated: true,
                latency_us: 5,
                charges: match end {
                    End::Failed => Vec::new(),
                    _ => vec![Charge {
                        account: "month/key_1".to_owned(),
                        unit: "money".to_owned(),
                        reserved: 900,
                        charged: 42,
                    }],
                },
            };
            assert_eq!(Settlement::from_body(&settlement.to_body()), Ok(settlement));
        }
    }
}
