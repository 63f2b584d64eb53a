//! The machine itself: pairing, resuming, pausing, recovering a known efficacy.
