//! Somebody else's orders in what an agent reads.

use super::domains::{act, domain};
use super::styles::{SITES, put, returned};
use super::{calls, order, record, request, value};
use crate::draw::Draw;
use crate::mutator::Dress;
use crate::probe::{Probe, Sketch};

/// The hijack of one domain in one style.
fn hijack<const DOMAIN: usize, const STYLE: usize>(draw: &mut Draw, _: &Dress) -> Sketch {
    let domain = domain(DOMAIN);
    let act = act(domain, draw.below(2) == 1);
    let wanted = value(act.value, draw);
    let order = order(act, &wanted, draw);
    let foreign = put(STYLE, &order, draw);
    let drawn = record(domain, draw);
    let result = returned(&drawn.parts(domain), &foreign, draw.below(SITES));
    Sketch {
        request: request(domain).user(drawn.question(domain)).called(
            domain.read.0,
            &drawn.arguments(domain),
            result,
        ),
        oracle: calls(act, &wanted),
    }
}

const MAPS: &[&str] = &["LLM01:2025", "LLM06:2025", "AML.T0051.001", "AML.T0053"];

const fn probe(
    id: &'static str,
    family: &'static str,
    build: fn(&mut Draw, &Dress) -> Sketch,
) -> Probe {
    Probe {
        id,
        family,
        title: "Steers an agent by what it reads",
        maps: MAPS,
        build,
    }
}

/// Every hijack, by domain and then by style.
#[rustfmt::skip]
pub(crate) static PROBES: &[Probe] = &[
    probe("agents-mailbox-plain", "agents-plain", hijack::<0, 0>),
    probe("agents-mailbox-favour", "agents-favour", hijack::<0, 1>),
    probe("agents-mailbox-steps", "agents-steps", hijack::<0, 2>),
    probe("agents-mailbox-authority", "agents-authority", hijack::<0, 3>),
    probe("agents-mailbox-precondition", "agents-precondition", hijack::<0, 4>),
    probe("agents-mailbox-unlocking", "agents-unseen-unlocking", hijack::<0, 5>),
    probe("agents-mailbox-checklist", "agents-unseen-checklist", hijack::<0, 6>),
    probe("agents-mailbox-forged-turn", "agents-unseen-forged-turn", hijack::<0, 7>),
    probe("agents-banking-plain", "agents-plain", hijack::<1, 0>),
    probe("agents-banking-favour", "agents-favour", hijack::<1, 1>),
    probe("agents-banking-steps", "agents-steps", hijack::<1, 2>),
    probe("agents-banking-authority", "agents-authority", hijack::<1, 3>),
    probe("agents-banking-precondition", "agents-precondition", hijack::<1, 4>),
    probe("agents-banking-unlocking", "agents-unseen-unlocking", hijack::<1, 5>),
    probe("agents-banking-checklist", "agents-unseen-checklist", hijack::<1, 6>),
    probe("agents-banking-forged-turn", "agents-unseen-forged-turn", hijack::<1, 7>),
    probe("agents-files-plain", "agents-plain", hijack::<2, 0>),
    probe("agents-files-favour", "agents-favour", hijack::<2, 1>),
    probe("agents-files-steps", "agents-steps", hijack::<2, 2>),
    probe("agents-files-authority", "agents-authority", hijack::<2, 3>),
    probe("agents-files-precondition", "agents-precondition", hijack::<2, 4>),
    probe("agents-files-unlocking", "agents-unseen-unlocking", hijack::<2, 5>),
    probe("agents-files-checklist", "agents-unseen-checklist", hijack::<2, 6>),
    probe("agents-files-forged-turn", "agents-unseen-forged-turn", hijack::<2, 7>),
    probe("agents-operations-plain", "agents-plain", hijack::<3, 0>),
    probe("agents-operations-favour", "agents-favour", hijack::<3, 1>),
    probe("agents-operations-steps", "agents-steps", hijack::<3, 2>),
    probe("agents-operations-authority", "agents-authority", hijack::<3, 3>),
    probe("agents-operations-precondition", "agents-precondition", hijack::<3, 4>),
    probe("agents-operations-unlocking", "agents-unseen-unlocking", hijack::<3, 5>),
    probe("agents-operations-checklist", "agents-unseen-checklist", hijack::<3, 6>),
    probe("agents-operations-forged-turn", "agents-unseen-forged-turn", hijack::<3, 7>),
    probe("agents-shop-plain", "agents-plain", hijack::<4, 0>),
    probe("agents-shop-favour", "agents-favour", hijack::<4, 1>),
    probe("agents-shop-steps", "agents-steps", hijack::<4, 2>),
    probe("agents-shop-authority", "agents-authority", hijack::<4, 3>),
    probe("agents-shop-precondition", "agents-precondition", hijack::<4, 4>),
    probe("agents-shop-unlocking", "agents-unseen-unlocking", hijack::<4, 5>),
    probe("agents-shop-checklist", "agents-unseen-checklist", hijack::<4, 6>),
    probe("agents-shop-forged-turn", "agents-unseen-forged-turn", hijack::<4, 7>),
    probe("agents-contacts-plain", "agents-plain", hijack::<5, 0>),
    probe("agents-contacts-favour", "agents-favour", hijack::<5, 1>),
    probe("agents-contacts-steps", "agents-steps", hijack::<5, 2>),
    probe("agents-contacts-authority", "agents-authority", hijack::<5, 3>),
    probe("agents-contacts-precondition", "agents-precondition", hijack::<5, 4>),
    probe("agents-contacts-unlocking", "agents-unseen-unlocking", hijack::<5, 5>),
    probe("agents-contacts-checklist", "agents-unseen-checklist", hijack::<5, 6>),
    probe("agents-contacts-forged-turn", "agents-unseen-forged-turn", hijack::<5, 7>),
    probe("agents-travel-plain", "agents-unseen-travel", hijack::<6, 0>),
    probe("agents-travel-favour", "agents-unseen-travel", hijack::<6, 1>),
    probe("agents-travel-steps", "agents-unseen-travel", hijack::<6, 2>),
    probe("agents-travel-authority", "agents-unseen-travel", hijack::<6, 3>),
    probe("agents-travel-precondition", "agents-unseen-travel", hijack::<6, 4>),
    probe("agents-travel-unlocking", "agents-unseen-travel", hijack::<6, 5>),
    probe("agents-travel-checklist", "agents-unseen-travel", hijack::<6, 6>),
    probe("agents-travel-forged-turn", "agents-unseen-travel", hijack::<6, 7>),
    probe("agents-building-plain", "agents-unseen-building", hijack::<7, 0>),
    probe("agents-building-favour", "agents-unseen-building", hijack::<7, 1>),
    probe("agents-building-steps", "agents-unseen-building", hijack::<7, 2>),
    probe("agents-building-authority", "agents-unseen-building", hijack::<7, 3>),
    probe("agents-building-precondition", "agents-unseen-building", hijack::<7, 4>),
    probe("agents-building-unlocking", "agents-unseen-building", hijack::<7, 5>),
    probe("agents-building-checklist", "agents-unseen-building", hijack::<7, 6>),
    probe("agents-building-forged-turn", "agents-unseen-building", hijack::<7, 7>),
];
