//! Held tool calls in a state folder: one decision, one use, in the ledger, over restarts.

use std::path::Path;

use seawall_base::{Digest, Principal, PrincipalKind, SignedDuration};
use seawall_evidence::Kind;
use seawall_evidence::decision::Ruling;
use seawall_oversight::{Action, Decision, Hold, HoldError, HoldRequest, HoldState, Lapse};
use seawall_ports::{HoldsError, Use};
use seawall_store::{LogReader, State};

use crate::support::{now, open, wait};

fn agent() -> Principal {
    Principal::new(PrincipalKind::Key, "key_1")
}

fn action() -> Action {
    Action::new("pay", r#"{"amount": 5}"#)
}

fn request(id: &str) -> HoldRequest {
    HoldRequest {
        id: id.to_owned(),
        request: "req_1".to_owned(),
        model: "practice".to_owned(),
        action: action(),
        requester: agent(),
        policy: Digest::of(b"policy"),
        reason: "payments need a reviewer".to_owned(),
        nonce: *Digest::of(id.as_bytes()).as_bytes(),
        opened_at: now(),
        expires_at: now() + SignedDuration::from_secs(60),
    }
}

fn says(hold: &Hold, approve: bool, who: &str) -> Decision {
    Decision {
        approve,
        reviewer: Principal::new(PrincipalKind::Person, who),
        reason: "known".to_owned(),
        binding: hold.request().binding(),
    }
}

fn used() -> Use {
    Use {
        action: action(),
        requester: agent(),
        policy: Digest::of(b"policy"),
    }
}

fn refused(error: HoldError) -> Result<Hold, HoldsError> {
    Err(HoldsError::Refused(error))
}

/// Receipts that hold and faults that an auditor finds.
fn audit(dir: &Path) -> (u64, usize) {
    LogReader::verify(dir, None).unwrap();
    let audit = LogReader::decisions(dir, None).unwrap();
    (audit.receipts(), audit.faults().len())
}

fn decisions(state: &State) -> Vec<String> {
    let entries = wait(state.ledger().entries(0, 100)).unwrap();
    let entries = entries.iter().map(|record| record.entry().unwrap());
    entries
        .filter(|entry| entry.kind == Kind::Decision)
        .map(|entry| entry.body["ruling"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_hold_is_decided_once_and_its_approval_used_once() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    let hold = wait(holds.open(request("hold_1"))).unwrap();
    assert_eq!(wait(holds.list(true)).unwrap().first(), Some(&hold));
    assert_eq!(
        wait(holds.redeem("hold_1", used(), now())),
        refused(HoldError::NotApproved)
    );
    let decided = wait(holds.decide("hold_1", says(&hold, true, "ada"), now())).unwrap();
    assert_eq!(decided.ruled().unwrap().by.id, "ada");
    assert_eq!(
        wait(holds.decide("hold_1", says(&hold, false, "eve"), now())),
        refused(HoldError::Settled(Ruling::Approved))
    );
    let mut other = used();
    other.action = Action::new("pay", r#"{"amount": 5000}"#);
    assert_eq!(
        wait(holds.redeem("hold_1", other, now())),
        refused(HoldError::OtherAction)
    );
    let redeemed = wait(holds.redeem("hold_1", used(), now())).unwrap();
    assert!(matches!(redeemed.state(), HoldState::Used(_)));
    assert_eq!(
        wait(holds.redeem("hold_1", used(), now())),
        refused(HoldError::Used)
    );
    assert_eq!(wait(holds.list(true)).unwrap(), []);
    assert_eq!(wait(holds.list(false)).unwrap(), [redeemed]);
    assert_eq!(
        wait(holds.get("hold_2")),
        Err(HoldsError::NotFound("hold_2".to_owned()))
    );
    assert_eq!(decisions(&state), ["approved"]);
    state.close().unwrap();
    assert_eq!(audit(dir.path()), (1, 0));
}

#[test]
fn of_many_deciders_one_wins_and_the_ledger_has_one_decision() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    let hold = wait(holds.open(request("hold_1"))).unwrap();
    let deciders: Vec<_> = (0..8)
        .map(|number| {
            let (holds, hold) = (state.holds(), hold.clone());
            std::thread::spawn(move || {
                let decision = says(&hold, number % 2 == 0, &format!("person-{number}"));
                wait(holds.decide("hold_1", decision, now())).is_ok()
            })
        })
        .collect();
    let won = deciders
        .into_iter()
        .filter_map(|one| one.join().unwrap().then_some(()));
    assert_eq!(won.count(), 1);
    let users: Vec<_> = (0..8)
        .map(|_| {
            let holds = state.holds();
            std::thread::spawn(move || wait(holds.redeem("hold_1", used(), now())).is_ok())
        })
        .collect();
    let released = users
        .into_iter()
        .filter_map(|one| one.join().unwrap().then_some(()));
    let ruled = wait(holds.get("hold_1")).unwrap().ruled().unwrap().ruling;
    assert_eq!(released.count(), usize::from(ruled == Ruling::Approved));
    assert_eq!(decisions(&state), [ruled.as_str()]);
    state.close().unwrap();
    assert_eq!(audit(dir.path()), (1, 0));
}

#[test]
fn an_expired_hold_takes_no_approval() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    let hold = wait(holds.open(request("hold_1"))).unwrap();
    let end = hold.request().expires_at;
    assert_eq!(
        wait(holds.decide("hold_1", says(&hold, true, "ada"), end)),
        refused(HoldError::Expired)
    );
    wait(holds.lapse("hold_1", Lapse::Expired, end)).unwrap();
    assert_eq!(
        wait(holds.lapse("hold_1", Lapse::Expired, end)),
        refused(HoldError::Settled(Ruling::Expired))
    );
    assert_eq!(decisions(&state), ["expired"]);
}

#[test]
fn what_was_open_when_the_process_ended_is_withdrawn_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    wait(holds.open(request("hold_1"))).unwrap();
    let second = wait(holds.open(request("hold_2"))).unwrap();
    wait(holds.decide("hold_2", says(&second, true, "ada"), now())).unwrap();
    drop(holds);
    state.close().unwrap();

    let state = open(dir.path()).unwrap();
    let said = state.notices().join(" ");
    assert!(said.contains("2 held tool calls were still open"), "{said}");
    let holds = state.holds();
    let hold = wait(holds.get("hold_1")).unwrap();
    assert_eq!(
        wait(holds.decide("hold_1", says(&hold, true, "ada"), now())),
        refused(HoldError::Settled(Ruling::Withdrawn))
    );
    assert_eq!(
        wait(holds.redeem("hold_2", used(), now())),
        refused(HoldError::NotApproved)
    );
    state.close().unwrap();
    assert_eq!(audit(dir.path()), (1, 0));
    assert!(open(dir.path()).unwrap().notices().is_empty());
}

#[test]
fn arguments_that_were_changed_in_the_database_are_not_what_was_approved() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    let hold = wait(holds.open(request("hold_1"))).unwrap();
    let other = rusqlite::Connection::open(dir.path().join("seawall.db")).unwrap();
    let change = |arguments: &str| {
        let sql = "UPDATE holds SET arguments = ?1";
        assert_eq!(other.execute(sql, [arguments]).unwrap(), 1);
    };
    change(r#"{"amount":5000}"#);
    assert_eq!(
        wait(holds.decide("hold_1", says(&hold, true, "ada"), now())),
        refused(HoldError::OtherHold)
    );
    change(r#"{ "amount": 5 }"#);
    let error = wait(holds.get("hold_1")).unwrap_err();
    assert!(matches!(error, HoldsError::Storage(_)), "{error}");
}

#[test]
fn who_waits_for_a_decision_is_woken() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    wait(async {
        let hold = holds.open(request("hold_1")).await.unwrap();
        let (woken, decided) = tokio::join!(
            holds.decided("hold_1"),
            holds.decide("hold_1", says(&hold, false, "ada"), now())
        );
        assert_eq!(woken.unwrap(), decided.unwrap());
    });
}

#[test]
fn a_lost_key_for_receipts_is_said_and_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap().close().unwrap();
    std::fs::remove_file(dir.path().join("keys/receipts.pem")).unwrap();
    let refused = open(dir.path()).err().unwrap();
    assert!(refused.to_string().contains("receipts.pem"), "{refused}");
}
