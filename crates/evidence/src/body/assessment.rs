//! A maturity assessment: how much is claimed, evidenced and expired.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields};

/// The outcome of one assessment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assessment {
    /// Name of the assessed system.
    pub system: String,
    /// Id of the framework.
    pub framework: String,
    /// Practices or controls that were looked at.
    pub total: u64,
    /// Those that someone claims.
    pub claimed: u64,
    /// Those that evidence carries.
    pub evidenced: u64,
    /// Those whose evidence is too old.
    pub expired: u64,
    /// Digest of the report.
    pub report: Digest,
}

impl Assessment {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "system": self.system,
            "framework": self.framework,
            "total": self.total,
            "claimed": self.claimed,
            "evidenced": self.evidenced,
            "expired": self.expired,
            "report": self.report.to_string(),
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            system: fields.owned("system")?,
            framework: fields.owned("framework")?,
            total: fields.number("total")?,
            claimed: fields.number("claimed")?,
            evidenced: fields.number("evidenced")?,
            expired: fields.number("expired")?,
            report: fields.digest("report")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assessment_reads_back() {
        let assessment = Assessment {
            system: "claims-assistant".to_owned(),
            framework: "aima".to_owned(),
            total: 20,
            claimed: 9,
            evidenced: 7,
            expired: 1,
            report: Digest::of(b"report"),
        };
        assert_eq!(Assessment::from_body(&assessment.to_body()), Ok(assessment));
    }
}
