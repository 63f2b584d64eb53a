//! What the ledger keeps of a hold: that it was opened, and what was ruled about it.

use seawall_crypto::SigningKey;
use seawall_evidence::{Draft, Kind, decision, hold};

use crate::approval::Hold;
use crate::receipt::Receipt;

/// The entry of a hold that opens.
#[must_use]
pub fn opened(hold: &Hold) -> Draft {
    let request = hold.request();
    let body = hold::Hold {
        hold: request.id.clone(),
        request: request.request.clone(),
        tool: request.action.tool().to_owned(),
        call: request.commitment(),
        policy: request.policy,
        binding: request.binding(),
        expires_at: request.expires_at,
    };
    Draft {
        kind: Kind::Hold,
        at: request.opened_at,
        principal: request.requester.clone(),
        subject: subject(hold),
        body: body.to_body(),
    }
}

/// The entry of what was ruled, with the receipt where a person did; `None` while it is pending.
#[must_use]
pub fn ruled(hold: &Hold, key: &SigningKey) -> Option<Draft> {
    let (request, ruled) = (hold.request(), hold.ruled()?);
    let body = decision::Decision {
        hold: request.id.clone(),
        ruling: ruled.ruling,
        call: request.commitment(),
        binding: request.binding(),
        reason: ruled.reason.clone(),
        receipt: Receipt::of(hold).map(|receipt| receipt.sign(key)),
    };
    Some(Draft {
        kind: Kind::Decision,
        at: ruled.at,
        principal: ruled.by.clone(),
        subject: subject(hold),
        body: body.to_body(),
    })
}

fn subject(hold: &Hold) -> String {
    format!("request:{}", hold.request().request)
}
