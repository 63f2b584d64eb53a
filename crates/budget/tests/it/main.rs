//! The algebra as a whole: every interleaving of small scenarios, and simulated traffic.

mod interleavings;
