//! Runaway detection: notices an agent that spends without getting anywhere, long before a ceiling.
//!
//! A [`Watch`] follows one session and is fed one [`Step`] per call. Its detectors look at structure,
//! never at words: the same tool with the same arguments again, a cycle of calls, a context that only
//! grows, more calls than any person or sound agent makes, a sudden change of rate. A [`Patrol`] keeps
//! the watches of all sessions, and looks at identities over their sessions and beside their peers. A
//! signal carries the action that goes with it; defaults need no tuning and were measured on
//! simulated traffic.

mod change;
mod crowd;
mod cycle;
mod forecast;
mod patrol;
mod peers;
mod signal;
mod watch;

pub use change::{Cusum, PageHinkley};
pub use crowd::Crowd;
pub use cycle::{Cycle, Cycles};
pub use forecast::{Forecast, forecast};
pub use patrol::{Patrol, Sighting};
pub use peers::robust_z;
pub use signal::{Action, Detector, Settings, Signal, Step};
pub use watch::Watch;
