//! The masks over `/proc` must stay, in a user namespace too.
//!
//! Restricted, since 1.35, in place of the baseline check, which is looser from that version on.

use super::super::{Check, Level, Revision};
use super::proc_mount_baseline;

pub(super) static CHECK: Check = Check {
    id: "procMount_restricted",
    level: Level::Restricted,
    revisions: &[Revision {
        since: 35,
        check: proc_mount_baseline::masked,
    }],
    overrides: &["procMount"],
};
