#![doc = include_str!("../README.md")]

mod account;
mod bound;
mod bucket;
mod desk;
mod meter;
mod money;
mod price;
mod queue;
pub mod reconcile;
mod reservation;
mod rule;
pub mod runaway;
mod window;
mod wire;

pub use crate::account::{Account, Alert, LEASES_MAX, Order, Reply, Report, Terms, View};
pub use crate::bound::{Shape, answer_tokens, call_tokens_max, prompt_tokens_max};
pub use crate::bucket::{Refused, TokenBucket};
pub use crate::desk::{Cost, Desk, Reserved, Ticket, Want};
pub use crate::meter::{Meter, TOKEN_BYTES_MAX};
pub use crate::money::{AmountError, MICROS_MAX, Micros, parse_micros};
pub use crate::price::{Price, PriceError, Prices, Used};
pub use crate::queue::{FairQueue, Full};
pub use crate::reservation::{Reservation, Settled};
pub use crate::rule::{Facts, Rule, RuleError, ScopeKind, Unit};
pub use crate::window::{Period, SLOTS, Span, Window, WindowError, Zone, ZoneError};
pub use crate::wire::AccountFormError;
