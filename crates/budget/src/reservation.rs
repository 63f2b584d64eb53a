//! A reservation: an upper bound that is taken before a call and settled once after it.

/// Tokens taken for one call. Not `Clone`, and settling consumes it: it settles at most once.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "a reservation that is not settled costs its whole bound"]
pub struct Reservation {
    tokens: u64,
}

/// What a call cost in the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settled {
    /// Tokens that were reserved.
    pub reserved: u64,
    /// Tokens that are charged.
    pub charged: u64,
    /// Whether nobody reported the use, so that the reservation is charged.
    pub estimated: bool,
}

impl Reservation {
    /// A reservation of `tokens`.
    pub const fn new(tokens: u64) -> Self {
        Self { tokens }
    }

    /// Tokens that are reserved.
    #[must_use]
    pub const fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Settles with the use that was reported, or with the whole bound where none was.
    #[must_use]
    pub fn settle(self, used: Option<u64>) -> Settled {
        Settled {
            reserved: self.tokens,
            charged: used.unwrap_or(self.tokens),
            estimated: used.is_none(),
        }
    }
}

impl Settled {
    /// What the bucket still has to be charged; negative gives back.
    #[must_use]
    pub fn more(&self) -> i64 {
        let signed = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        signed(self.charged).saturating_sub(signed(self.reserved))
    }

    /// Tokens beyond the reservation, which later calls pay for.
    #[must_use]
    pub const fn overrun(&self) -> u64 {
        self.charged.saturating_sub(self.reserved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_use_costs_the_reservation_and_overruns_are_charged() {
        let unknown = Reservation::new(100).settle(None);
        assert_eq!((unknown.more(), unknown.estimated), (0, true));
        let small = Reservation::new(100).settle(Some(30));
        assert_eq!((small.more(), small.overrun()), (-70, 0));
        let large = Reservation::new(100).settle(Some(130));
        assert_eq!((large.more(), large.overrun()), (30, 30));
    }
}
