//! The world of one schedule: shared accounts, replicas, what is on the way between them, and the sum
//! of what really happened.

use std::sync::Arc;

use seawall_budget::{
    Account, Desk, Order, Period, Reply, Report, Reserved, Terms, Ticket, View, Want, Window, Zone,
};

use super::{Sabotage, Scenario};

/// How long a lease lives.
const TTL_MS: i64 = 10_000;
/// When the world begins: one lease before the end of a minute, so that windows end in it too.
const START_MS: i64 = 1_000_000 * 60_000 + 45_000;
/// Open calls of a replica.
const CALLS_MAX: usize = 2;
/// Messages on the way at a time.
const MESSAGES_MAX: usize = 4;

/// One step of a schedule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// A replica reserves a size.
    Reserve(usize, u64),
    /// The oldest open call of a replica ends with part of its reservation.
    SettlePart(usize),
    /// It ends and nobody says what it used.
    SettleUnknown(usize),
    /// It ends and the upstream bills more than was reserved.
    SettleOverrun(usize),
    /// A replica reports its slices.
    Round(usize),
    /// A message arrives: an order at its account, a reply at its replica.
    Deliver(usize),
    /// An order arrives and is sent again, as after a connection that broke.
    DeliverTwice(usize),
    /// A message is lost.
    Lose(usize),
    /// A replica crashes with its calls open, and starts anew.
    Crash(usize),
    /// Time passes until leases lapse.
    Lapse,
    /// The accounts' clock goes back by minutes.
    Back,
    /// The owner halves or doubles the limits.
    Change,
}

pub(super) struct World {
    scenario: Scenario,
    accounts: Vec<(Arc<str>, Account, Terms)>,
    replicas: Vec<Replica>,
    messages: Vec<Message>,
    now_ms: i64,
    /// How far the accounts' clock is behind.
    behind_ms: i64,
    /// The latest time that an account has seen.
    seen_ms: i64,
    starts: usize,
    crashed: bool,
    /// What calls really cost, those that are open or were lost with their replica as reserved.
    spent: u64,
    /// What of it is beyond a reservation.
    over: u64,
    lowered: u64,
    pub(super) granted: u64,
    pub(super) refused: u64,
}

struct Replica {
    desk: Desk,
    start: usize,
    /// Open calls with what they reserved.
    calls: Vec<(Ticket, u64)>,
}

struct Message {
    replica: usize,
    start: usize,
    account: usize,
    order: Order,
    reply: Option<Reply>,
    sent_ms: i64,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let window = match scenario.minute {
            true => Window::Calendar(Period::Minute, Zone::utc()),
            false => Window::Ever,
        };
        let account = |(position, limit): (usize, &u64)| {
            let terms = Terms {
                limit: *limit,
                window: window.clone(),
                carry_max: 0,
                alerts: Vec::new(),
                shares: Default::default(),
                ttl_ms: TTL_MS,
                revision: 0,
            };
            (
                Arc::from(format!("limit-{position}")),
                Account::default(),
                terms,
            )
        };
        let mut world = Self {
            accounts: scenario.limits.iter().enumerate().map(account).collect(),
            scenario: scenario.clone(),
            replicas: Vec::new(),
            messages: Vec::new(),
            now_ms: START_MS,
            behind_ms: 0,
            seen_ms: START_MS,
            starts: 0,
            crashed: false,
            spent: 0,
            over: 0,
            lowered: 0,
            granted: 0,
            refused: 0,
        };
        for _ in 0..scenario.replicas {
            let replica = world.fresh();
            world.replicas.push(replica);
        }
        world
    }

    fn fresh(&mut self) -> Replica {
        self.starts += 1;
        Replica {
            desk: Desk::new(&format!("replica-{}", self.starts)),
            start: self.starts,
            calls: Vec::new(),
        }
    }

    /// The steps that can be taken and change something.
    pub(super) fn enabled(&self) -> Vec<Step> {
        let faults = self.scenario.faults;
        let mut steps = Vec::new();
        for (at, replica) in self.replicas.iter().enumerate() {
            self.of_replica(at, replica, &mut steps);
        }
        for (at, message) in self.messages.iter().enumerate() {
            steps.push(Step::Deliver(at));
            steps.extend(faults.losses.then_some(Step::Lose(at)));
            let twice = faults.losses && message.reply.is_none();
            steps.extend(twice.then_some(Step::DeliverTwice(at)));
        }
        if faults.clocks {
            steps.push(Step::Lapse);
            if self.behind_ms == 0 {
                steps.push(Step::Back);
            }
        }
        if faults.changes && self.lowered == 0 {
            steps.push(Step::Change);
        }
        steps
    }

    fn of_replica(&self, at: usize, replica: &Replica, steps: &mut Vec<Step>) {
        let faults = self.scenario.faults;
        let room = self.messages.len() < MESSAGES_MAX;
        if replica.calls.len() < CALLS_MAX && room {
            steps.extend(
                self.scenario
                    .sizes
                    .iter()
                    .map(|size| Step::Reserve(at, *size)),
            );
        }
        if !replica.calls.is_empty() {
            steps.push(Step::SettlePart(at));
            steps.push(Step::SettleUnknown(at));
            if faults.overruns {
                steps.push(Step::SettleOverrun(at));
            }
        }
        if room && !replica.desk.clone().round(self.now_ms).is_empty() {
            steps.push(Step::Round(at));
        }
        if faults.crashes && !self.crashed && !replica.calls.is_empty() {
            steps.push(Step::Crash(at));
        }
    }

    pub(super) fn take(&mut self, step: Step) {
        match step {
            Step::Reserve(at, size) => self.reserve(at, size),
            Step::SettlePart(at) => self.settle(at, |reserved| Some(reserved / 2)),
            Step::SettleUnknown(at) => self.settle(at, |_| None),
            Step::SettleOverrun(at) => self.settle(at, |reserved| Some(reserved + 3)),
            Step::Round(at) => self.round(at),
            Step::Deliver(at) => self.deliver(at),
            Step::DeliverTwice(at) => {
                let twice = self.messages.get(at).and_then(|message| {
                    message.reply.is_none().then(|| Message {
                        order: message.order.clone(),
                        reply: None,
                        ..*message
                    })
                });
                self.deliver(at);
                self.messages.extend(twice);
            }
            Step::Lose(at) => {
                self.messages.remove(at);
            }
            Step::Crash(at) => {
                // Its open calls go on at the upstream and are billed; nobody is there to say so.
                self.crashed = true;
                let fresh = self.fresh();
                if let Some(replica) = self.replicas.get_mut(at) {
                    *replica = fresh;
                }
            }
            Step::Lapse => {
                self.now_ms += TTL_MS;
                if self.scenario.sabotage == Some(Sabotage::RefundLapsed) {
                    self.refund_lapsed();
                }
            }
            Step::Back => self.behind_ms = 5 * 60_000,
            Step::Change => {
                for (_, _, terms) in &mut self.accounts {
                    self.lowered = self.lowered.max(terms.limit.div_ceil(2));
                    terms.limit /= 2;
                    terms.revision += 1;
                }
            }
        }
    }

    fn refund_lapsed(&mut self) {
        let leases = (1..=self.starts)
            .flat_map(|replica| (1..4).map(move |number| format!("replica-{replica}/{number}")));
        for lease in leases {
            let refund = Order::Report(Report {
                lease,
                returned: u64::MAX,
                ..Report::default()
            });
            for (_, account, terms) in &mut self.accounts {
                account.apply(terms, &refund, self.now_ms);
            }
        }
    }

    fn reserve(&mut self, at: usize, size: u64) {
        let now_ms = self.now_ms;
        let want = |(account, _, _): &(Arc<str>, Account, Terms)| Want {
            account: Arc::clone(account),
            class: "".into(),
            amount: size,
            slice: 3 * size,
        };
        let wants: Vec<Want> = self.accounts.iter().map(want).collect();
        let Some(replica) = self.replicas.get_mut(at) else {
            return;
        };
        match replica.desk.reserve(&wants, now_ms) {
            Reserved::Granted(ticket) => {
                replica.calls.push((ticket, size));
                self.spent += size;
                self.granted += 1;
            }
            Reserved::Missing(orders) => self.send(at, orders.into_iter()),
        }
    }

    fn settle(&mut self, at: usize, charged: impl Fn(u64) -> Option<u64>) {
        let count = self.accounts.len();
        let Some(replica) = self.replicas.get_mut(at) else {
            return;
        };
        let (ticket, reserved) = replica.calls.remove(0);
        let charged = charged(reserved);
        drop(replica.desk.settle(ticket, &vec![charged; count]));
        let charged = charged.unwrap_or(reserved);
        self.spent = self.spent + charged - reserved;
        self.over += charged.saturating_sub(reserved);
    }

    fn round(&mut self, at: usize) {
        let now_ms = self.now_ms;
        let Some(replica) = self.replicas.get_mut(at) else {
            return;
        };
        let mut orders = replica.desk.round(now_ms);
        let asked: Vec<_> = self.messages.iter().map(|message| &message.order).collect();
        let lost = replica.desk.unanswered();
        // What is still on the way is not asked again.
        orders
            .extend(lost.into_iter().filter(|(_, order)| {
                !asked.iter().any(|asked| lease_of(asked) == lease_of(order))
            }));
        self.send(at, orders.into_iter());
    }

    fn send(&mut self, at: usize, orders: impl Iterator<Item = (Arc<str>, Order)>) {
        let start = self.replicas.get(at).map_or(0, |replica| replica.start);
        for (account, order) in orders {
            let account = self
                .accounts
                .iter()
                .position(|(name, _, _)| *name == account);
            self.messages.push(Message {
                replica: at,
                start,
                account: account.unwrap_or(usize::MAX),
                order,
                reply: None,
                sent_ms: self.now_ms,
            });
        }
    }

    fn deliver(&mut self, at: usize) {
        let mut message = self.messages.remove(at);
        let now_ms = self.now_ms - self.behind_ms;
        let Some((name, account, terms)) = self.accounts.get_mut(message.account) else {
            return;
        };
        if let Some(reply) = message.reply {
            let replica = self.replicas.get_mut(message.replica);
            if let Some(replica) = replica.filter(|replica| replica.start == message.start) {
                let (order, sent_ms) = (&message.order, message.sent_ms);
                replica.desk.take_reply(name, order, &reply, sent_ms);
            }
            return;
        }
        let order = sabotaged(self.scenario.sabotage, &message.order, account);
        let (reply, _) = account.apply(terms, &order, now_ms);
        self.seen_ms = self.seen_ms.max(now_ms);
        self.refused += u64::from(matches!(reply, Reply::Refused { .. }));
        message.reply = Some(reply);
        self.messages.push(message);
    }

    /// Leases that lapsed, where an account remembers.
    pub(super) fn lapsed(&self) -> u64 {
        let views = self.views(self.seen_ms);
        views.iter().filter(|view| view.lost > 0).count() as u64
    }

    fn views(&self, now_ms: i64) -> Vec<View> {
        let view = |(_, account, terms): &(_, Account, Terms)| account.view(terms, now_ms);
        self.accounts.iter().map(view).collect()
    }

    /// How many windows the accounts have seen.
    fn windows(&self) -> u64 {
        let minutes = self.seen_ms / 60_000 - START_MS / 60_000;
        1 + if self.scenario.minute {
            minutes.unsigned_abs()
        } else {
            0
        }
    }

    /// What must hold after every step.
    pub(super) fn check(&self) -> Result<(), String> {
        let smallest = self.scenario.limits.iter().copied().min().unwrap_or(0);
        let authorised = self.spent - self.over;
        let most = smallest * self.windows();
        if authorised > most {
            return Err(format!("{authorised} authorised under a limit of {most}"));
        }
        for view in self.views(self.seen_ms) {
            let owed = i64::try_from(view.overrun + self.lowered).unwrap_or(i64::MAX);
            if view.left < -owed {
                return Err(format!("an account grants beyond its ceiling: {view:?}"));
            }
        }
        Ok(())
    }

    /// What must hold at the end: everybody ends their calls; what is on the way arrives; replicas
    /// report until they have nothing left; then nobody says anything any more.
    pub(super) fn end(&mut self) -> Result<(), String> {
        for at in 0..self.replicas.len() {
            while self
                .replicas
                .get(at)
                .is_some_and(|replica| !replica.calls.is_empty())
            {
                self.settle(at, |_| None);
            }
        }
        for _ in 0..6 {
            while !self.messages.is_empty() {
                self.deliver(0);
            }
            for at in 0..self.replicas.len() {
                self.round(at);
            }
        }
        let rest = self.replicas.iter().map(|replica| replica.desk.reserved());
        if rest.sum::<u64>() > 0 {
            return Err("a desk keeps a reservation for ever".to_owned());
        }
        self.seen_ms += 2 * TTL_MS;
        self.check()?;
        for view in self.views(self.seen_ms) {
            self.check_end(&view)?;
        }
        Ok(())
    }

    fn check_end(&self, view: &View) -> Result<(), String> {
        if view.leased > 0 || view.leases > 0 {
            return Err(format!("something is leased for ever: {view:?}"));
        }
        if self.scenario.minute {
            return Ok(());
        }
        if view.spent < self.spent {
            return Err(format!("{} was spent, and counted is {view:?}", self.spent));
        }
        if !self.crashed && view.spent != self.spent {
            return Err(format!(
                "nobody crashed, {} was spent, and counted is {view:?}",
                self.spent
            ));
        }
        Ok(())
    }
}

/// The order as a careless system would carry it out.
fn sabotaged(sabotage: Option<Sabotage>, order: &Order, account: &Account) -> Order {
    let mut order = order.clone();
    match (&mut order, sabotage) {
        (Order::Lease { lease, .. }, Some(Sabotage::GrantTwice)) => {
            // Another name each time, so that nothing is known twice.
            lease.push_str(&format!("-{}", account.encode().len()));
        }
        (Order::Report(report), Some(Sabotage::ForgiveOverruns)) => report.over = 0,
        (Order::Report(report), Some(Sabotage::ForgetSettled)) => {
            report.returned = report.returned.saturating_add(report.settled);
            report.settled = 0;
        }
        _ => {}
    }
    order
}

fn lease_of(order: &Order) -> &str {
    match order {
        Order::Lease { lease, .. } => lease,
        Order::Report(report) => &report.lease,
    }
}
