//! Limits, prices, invoices and stored accounts: what reads writes itself, and no bound is broken.

use std::collections::BTreeMap;

use seawall_base::json::{self, JsonLimits};
use seawall_budget::reconcile::{Invoice, compare};
use seawall_budget::{Account, Facts, Order, Prices, Report, Rule, Shape, Terms, Used, Window};

/// A limit that reads is written as what it is, and any call and any time can be asked of it.
pub(super) fn rule(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes, &JsonLimits::default()) else {
        return;
    };
    let Ok(rule) = Rule::parse(&value) else {
        return;
    };
    assert_eq!(Rule::parse(&rule.to_value()).as_ref(), Ok(&rule));
    let facts = Facts {
        key: "key_1",
        key_name: "ci",
        model: "m",
        route: "r",
        session: Some("s"),
        ..Facts::default()
    };
    let account = rule.account(&facts).unwrap_or_default();
    assert!(account.is_empty() || account.starts_with(&rule.id));
    for now_ms in [
        -377_705_023_201_000,
        -1,
        0,
        1_793_000_000_000,
        253_402_207_200_999,
    ] {
        let span = rule.window.span(now_ms);
        assert!(span.since <= span.slot || rule.window == Window::Ever);
    }
    drive(&mut Account::default(), &rule.terms());
}

/// What a table bounds is never less than what a call within its shape costs.
pub(super) fn prices(bytes: &[u8]) {
    let Ok(prices) = Prices::parse(bytes) else {
        return;
    };
    let shape = Shape {
        images: 2,
        ..Shape::text(1_000, 2, 300)
    };
    for (_, price) in prices.models() {
        let Some((most, input)) = price.cost_max(&shape).zip(shape.input_tokens_max(price)) else {
            continue;
        };
        let used = Used {
            input,
            cache_write: input / 2,
            cache_read: input / 3,
            output: shape.output_tokens_max(),
            ..Used::default()
        };
        assert!(price.cost(&used) <= most, "{price:?}");
    }
}

/// Beside an empty ledger every row of an invoice that bills something differs.
pub(super) fn invoice(bytes: &[u8]) {
    let columns = ["date", "model", "in", "out"];
    let Ok(invoice) = Invoice::parse(bytes, columns) else {
        return;
    };
    for row in compare(&BTreeMap::new(), &invoice, 0) {
        let bills = row.theirs.input > 0 || row.theirs.output > 0;
        assert_eq!(row.differs, bills);
    }
}

/// An account that reads is written as what it is, and goes on without granting what is not there.
pub(super) fn account(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(account) = Account::decode(text) else {
        return;
    };
    let again = Account::decode(&account.encode());
    assert_eq!(again.as_ref(), Ok(&account));
    let value = serde_json::json!({
        "id": "a", "scope": "all", "unit": "tokens", "limit": "500", "window": "hour", "carry": "50",
        "shares": {"low": 40},
    });
    if let Ok(rule) = Rule::parse(&value) {
        drive(&mut account.clone(), &rule.terms());
    }
}

/// Accounts as stores keep them.
pub(super) fn accounts() -> Vec<Vec<u8>> {
    let value = serde_json::json!({
        "id": "a", "scope": "all", "unit": "tokens", "limit": "500", "window": "rolling-5m",
    });
    let mut made = vec![Account::default().encode().into_bytes()];
    if let Ok(rule) = Rule::parse(&value) {
        let mut account = Account::default();
        drive(&mut account, &rule.terms());
        made.push(account.encode().into_bytes());
    }
    made
}

/// Leases, reports and time, backwards too. Never is more granted than is left.
fn drive(account: &mut Account, terms: &Terms) {
    for (turn, now_ms) in [
        (0_u64, 1_000),
        (1, 999),
        (2, 3_600_000),
        (3, 253_402_207_200_999),
    ] {
        let left = account.view(terms, now_ms).left;
        let order = Order::Lease {
            lease: format!("fuzz/{turn}"),
            class: "low".to_owned(),
            want: 70,
            need: 7,
        };
        let (reply, _) = account.apply(terms, &order, now_ms);
        if let seawall_budget::Reply::Granted { amount, .. } = reply {
            assert!(i64::try_from(amount).is_ok_and(|amount| amount <= left));
        }
        let report = Order::Report(Report {
            lease: format!("fuzz/{}", turn / 2),
            settled: 5 * turn,
            over: turn,
            returned: 2,
        });
        account.apply(terms, &report, now_ms);
    }
}
