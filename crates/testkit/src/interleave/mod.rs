//! A checker that runs budgets through every interleaving of a small scenario.
//!
//! The code under test is the real one: desks, accounts, orders and replies of `seawall-budget`. What
//! is simulated is everything between and around them: messages that are delivered, lost, delivered
//! twice or out of order, replicas that crash with calls open, clocks that jump, limits that change.
//! A schedule is a sequence of choices; the checker counts through all of them like an odometer, so
//! no two schedules that it counts are the same.
//!
//! Beside the code runs a plain sum of what calls really cost. It is checked after every step:
//!
//! 1. what is spent and reserved in truth, without overruns, never exceeds the limit;
//! 2. the account never grants beyond its ceiling;
//! 3. at the end, when nobody reports any more, nothing is leased;
//! 4. and the account has counted at least what was spent, exactly that where nobody crashed.

mod world;

use self::world::World;

/// What is explored.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Replicas.
    pub replicas: usize,
    /// Nested limits that every call falls under, smallest first.
    pub limits: Vec<u64>,
    /// What calls reserve.
    pub sizes: Vec<u64>,
    /// Steps of a schedule.
    pub depth: usize,
    /// Whether the limits are about a calendar minute, else about all time.
    pub minute: bool,
    /// What may go wrong.
    pub faults: Faults,
    /// A mistake that is planted, to show that the checker sees it.
    pub sabotage: Option<Sabotage>,
    /// Schedules after which the checker stops; all where it is `u64::MAX`.
    pub schedules_max: u64,
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Faults {
    /// Replicas crash.
    pub crashes: bool,
    /// Messages are lost or arrive twice: a database or a network that fails at any point.
    pub losses: bool,
    /// Clocks jump, windows end and leases lapse.
    pub clocks: bool,
    /// Upstreams bill more than was reserved.
    pub overruns: bool,
    /// The owner changes the limit.
    pub changes: bool,
}

/// Mistakes that real systems made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sabotage {
    /// What lapses is given back, as if a silent replica had spent nothing.
    RefundLapsed,
    /// An order that arrives twice is granted twice.
    GrantTwice,
    /// Overruns are not reported.
    ForgiveOverruns,
    /// What was spent is not reported when its slice is given back.
    ForgetSettled,
}

/// What was explored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Explored {
    /// Distinct schedules.
    pub schedules: u64,
    /// Steps over all schedules.
    pub steps: u64,
    /// Whether there was none left.
    pub complete: bool,
    /// Reservations that were granted, over all schedules: proof that something happened.
    pub granted: u64,
    /// Reservations that the accounts refused.
    pub refused: u64,
    /// Leases that lapsed.
    pub lapsed: u64,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// Which, with its numbers.
    pub what: String,
    /// The steps that lead there.
    pub schedule: Vec<String>,
}

impl Faults {
    /// Everything goes wrong.
    pub const ALL: Self = Self {
        crashes: true,
        losses: true,
        clocks: true,
        overruns: true,
        changes: true,
    };
    /// Nothing does.
    pub const NONE: Self = Self {
        crashes: false,
        losses: false,
        clocks: false,
        overruns: false,
        changes: false,
    };
}

/// Runs all schedules of a scenario.
///
/// # Errors
/// The first schedule that breaks an invariant.
pub fn explore(scenario: &Scenario) -> Result<Explored, Violation> {
    let mut explored = Explored::default();
    // One choice per step, with how many there were.
    let mut choices: Vec<(usize, usize)> = Vec::new();
    while explored.schedules < scenario.schedules_max {
        let mut world = World::new(scenario);
        let mut trail = Vec::new();
        for depth in 0..scenario.depth {
            let mut steps = world.enabled();
            if depth == choices.len() {
                choices.push((0, steps.len()));
            }
            let (choice, _) = choices.get(depth).copied().unwrap_or_default();
            if choice >= steps.len() {
                break;
            }
            let step = steps.swap_remove(choice);
            trail.push(step);
            world.take(step);
            explored.steps += 1;
            world.check().map_err(|what| violation(what, &trail))?;
        }
        explored.schedules += 1;
        let ended = world.end();
        ended.map_err(|what| violation(what, &trail))?;
        explored.granted += world.granted;
        explored.refused += world.refused;
        explored.lapsed += world.lapsed();
        if !next(&mut choices) {
            explored.complete = true;
            return Ok(explored);
        }
    }
    Ok(explored)
}

/// The next sequence of choices; false after the last.
fn next(choices: &mut Vec<(usize, usize)>) -> bool {
    while let Some((choice, count)) = choices.pop() {
        if choice + 1 < count {
            choices.push((choice + 1, count));
            return true;
        }
    }
    false
}

fn violation(what: String, trail: &[world::Step]) -> Violation {
    Violation {
        what,
        schedule: trail.iter().map(|step| format!("{step:?}")).collect(),
    }
}
