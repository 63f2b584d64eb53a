//! Simulated sessions: ordinary ones of several kinds, and ones that run away from some call on.
//!
//! Everything is drawn from one seed. Ordinary traffic is made to look guilty on purpose: polls that
//! wait for a job, retries after errors, coding agents whose context grows for an hour, batches that
//! call fast, sessions that change their pace. The runaways keep what makes a loop and vary the rest:
//! pauses, results that differ in part, detours between the rounds.

use seawall_budget::runaway::Step;

/// A generator of simulated sessions (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Traffic {
    state: u64,
}

/// Kinds of ordinary sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ordinary {
    /// A person talks.
    Chat,
    /// An agent edits, runs tests, reads, for many calls without a word of a person.
    Coding,
    /// An agent asks for the state of a job until it is done; the answers differ.
    Polling,
    /// Questions with retrieval: the same tool, other arguments.
    Retrieval,
    /// A batch: one call after another, fast, each about something else.
    Batch,
    /// A tool fails a few times and the agent tries again, then goes on.
    Retrying,
    /// An agent at work whose person comes back with a faster pace.
    Paced,
    /// An agent that makes many calls at once, and then reads the answers.
    FanOut,
}

/// Kinds of runaways.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Runaway {
    /// The same call for ever.
    Same,
    /// The same call for ever, with a detour now and then.
    Detours,
    /// Two agents hand to each other.
    PingPong,
    /// A cycle of three to five calls.
    Circle,
    /// The context grows by its own errors, over three kinds of calls in any order.
    Growing,
    /// Calls as fast as they go.
    Burst,
}

impl Ordinary {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Chat,
        Self::Coding,
        Self::Polling,
        Self::Retrieval,
        Self::Batch,
        Self::Retrying,
        Self::Paced,
        Self::FanOut,
    ];
}

impl Runaway {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Same,
        Self::Detours,
        Self::PingPong,
        Self::Circle,
        Self::Growing,
        Self::Burst,
    ];
}

impl Traffic {
    /// The sessions of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.word() % most.max(1)
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A pause around `middle_ms`: from a third of it to three times as long, short ones more often.
    fn pause(&mut self, middle_ms: u64) -> i64 {
        let share = (self.word() >> 11) as f64 / (1_u64 << 53) as f64;
        let factor = (share * 2.0 - 1.0).exp2() * 1.3_f64.powf(self.below(5) as f64 - 2.0);
        (middle_ms as f64 * factor) as i64
    }

    /// An ordinary session.
    pub fn ordinary(&mut self, kind: Ordinary) -> Vec<Step> {
        let count = match kind {
            Ordinary::Chat | Ordinary::Retrieval => self.between(2, 40),
            Ordinary::Coding | Ordinary::Paced => self.between(10, 150),
            Ordinary::Polling | Ordinary::Retrying => self.between(5, 60),
            Ordinary::Batch | Ordinary::FanOut => self.between(20, 120),
        };
        let mut session = Session::default();
        for at in 0..count {
            self.ordinary_call(kind, &mut session, (at, count));
        }
        session.steps
    }

    fn ordinary_call(&mut self, kind: Ordinary, session: &mut Session, (at, count): (u64, u64)) {
        match kind {
            Ordinary::Chat => {
                let pause = self.pause(25_000);
                let tokens = self.between(30, 900);
                session.say(pause, tokens, true);
            }
            Ordinary::Coding => self.work(session, 9_000),
            Ordinary::Polling => {
                let (pause, result) = (self.pause(6_000), self.word());
                let tokens = self.between(30, 250);
                session.call(pause, 77, result, tokens);
            }
            Ordinary::Retrieval => {
                let (pause, call, result) = (self.pause(15_000), self.word(), self.word());
                session.call(pause, call, result, 700);
                session.person(at % 2 == 0);
            }
            Ordinary::Batch => {
                let pause = self.pause(900);
                let tokens = self.between(200, 4_000);
                session.input_tokens = 0;
                session.say(pause, tokens, false);
            }
            Ordinary::Retrying => self.retrying_call(session),
            Ordinary::FanOut => self.fan_out_call(session),
            Ordinary::Paced => {
                let middle = if at > count / 2 { 5_000 } else { 14_000 };
                self.work(session, middle);
                let back = self.chance(4);
                session.person(back);
            }
        }
    }

    /// Two to five failures in a row now and then, and always something else after them.
    fn retrying_call(&mut self, session: &mut Session) {
        if session.pending > 0 {
            session.pending -= 1;
            let pause = self.pause(4_000);
            session.call(pause, 13, 0, 80);
            return;
        }
        self.work(session, 7_000);
        let fails = self.chance(15);
        session.pending = u64::from(fails) * self.between(2, 5);
    }

    /// Four to sixteen calls at once.
    fn fan_out_call(&mut self, session: &mut Session) {
        if session.pending == 0 {
            session.pending = self.between(4, 16);
        }
        session.pending -= 1;
        let middle = if session.pending == 0 { 20_000 } else { 20 };
        let (pause, call, result) = (self.pause(middle), self.word(), self.word());
        session.call(pause, call, result, 90);
    }

    /// One call of an agent at work: reads, edits, runs; now and then the same again.
    fn work(&mut self, session: &mut Session, pause_ms: u64) {
        let pause = self.pause(pause_ms);
        let call = match self.below(10) {
            // The same test command again; what it prints differs with the code.
            0..=2 => 1,
            3..=4 => 10 + self.below(12),
            _ => 1_000 + self.below(1 << 40),
        };
        let result = self.word();
        let tokens = self.between(40, 1_500);
        session.call(pause, call, result, tokens);
        if self.chance(3) {
            // The context is compacted.
            session.input_tokens /= 4;
        }
    }

    /// A session that runs away, and the position of the call at which that begins.
    pub fn runaway(&mut self, kind: Runaway) -> (Vec<Step>, usize) {
        let mut session = Session::default();
        let begins = self.between(3, 30);
        for _ in 0..begins {
            self.work(&mut session, 9_000);
        }
        let period = match kind {
            Runaway::PingPong => 2,
            _ => self.between(3, 5),
        };
        for at in 0..60 {
            self.runaway_call(kind, &mut session, at % period);
        }
        (session.steps, begins as usize)
    }

    fn runaway_call(&mut self, kind: Runaway, session: &mut Session, turn: u64) {
        let pause = self.pause(7_000);
        if kind == Runaway::Detours && self.chance(4) {
            self.work(session, 7_000);
        }
        match kind {
            Runaway::Same | Runaway::Detours => session.call(pause, 5, 9, 120),
            Runaway::PingPong | Runaway::Circle => session.call(pause, 20 + turn, 9, 150),
            Runaway::Growing => {
                let (call, result) = (40 + self.below(3), self.word());
                let tokens = self.between(300, 1_500);
                session.call(pause, call, result, tokens);
            }
            Runaway::Burst => {
                let (pause, call) = (self.pause(110), self.word());
                session.call(pause, call, call, 10);
            }
        }
    }
}

#[derive(Debug, Default)]
struct Session {
    steps: Vec<Step>,
    at_ms: i64,
    input_tokens: u64,
    pending: u64,
}

impl Session {
    fn say(&mut self, pause_ms: i64, tokens: u64, person: bool) {
        self.at_ms += pause_ms.max(1);
        self.input_tokens += tokens;
        self.steps.push(Step {
            at_ms: self.at_ms,
            input_tokens: self.input_tokens,
            output_tokens: tokens / 2,
            person,
            ..Step::default()
        });
    }

    fn call(&mut self, pause_ms: i64, call: u64, result: u64, tokens: u64) {
        self.say(pause_ms, tokens, false);
        if let Some(step) = self.steps.last_mut() {
            step.calls.push(call);
            step.tools.push(call % 7);
            step.result = Some(result);
        }
    }

    fn person(&mut self, person: bool) {
        if let Some(step) = self.steps.last_mut() {
            step.person = person;
        }
    }
}
