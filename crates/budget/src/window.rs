//! Windows: the span of time that a limit is about, in calendar or rolling form.
//!
//! Times are milliseconds since the epoch. A calendar window begins where a clock on the wall of its
//! time zone says so; a rolling one is cut into [`SLOTS`] slots and counts the oldest, half-left one
//! whole, which errs to the safe side by at most one slot.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{Offset, TimeZone};
use seawall_base::Timestamp;

/// Slots of a rolling window.
pub const SLOTS: i64 = 60;

/// What span of time a limit is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Window {
    /// A minute, hour, day, week or month of a time zone.
    Calendar(Period, Zone),
    /// The last so many milliseconds.
    Rolling(i64),
    /// All time: what is spent stays spent.
    Ever,
    /// No time: what is held counts while it is held, such as open streams.
    Held,
}

/// A calendar period.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Period {
    /// From :00 to :59.
    Minute,
    /// From the full hour.
    Hour,
    /// From midnight, or the first moment of the day where there is none.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
}

/// A time zone by its rule, so that no database of the machine decides about money.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rule: TimeZone,
}

/// Where a window stands at some time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// The slot that spending at that time is charged to.
    pub slot: i64,
    /// Slots from this start on count.
    pub since: i64,
    /// When the slot ends, where it ever does.
    pub ends: Option<i64>,
}

/// Why a text is no window.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is no window: say minute, hour, day, week, month, ever, held or rolling with a length such as rolling-90m"
)]
pub struct WindowError(String);

/// Why a text is no time zone.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "`{0}` is no time zone that is known here: say UTC, an offset such as +02:00, one of the listed names, or a POSIX rule such as CET-1CEST,M3.5.0,M10.5.0/3"
)]
pub struct ZoneError(String);

/// Names whose rules are built in; others are written as POSIX rules.
const NAMED: &[(&str, &str)] = &[
    ("America/Chicago", "CST6CDT,M3.2.0,M11.1.0"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Sao_Paulo", "<-03>3"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Asia/Shanghai", "CST-8"),
    ("Asia/Singapore", "<+08>-8"),
    ("Asia/Tokyo", "JST-9"),
    ("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"),
];

impl Window {
    /// Where the window stands at `now_ms`.
    #[must_use]
    pub fn span(&self, now_ms: i64) -> Span {
        match self {
            Self::Calendar(period, zone) => {
                let (slot, ends) = zone.bounds(*period, now_ms);
                Span {
                    slot,
                    since: slot,
                    ends: Some(ends),
                }
            }
            Self::Rolling(length_ms) => {
                let length = (*length_ms).max(1);
                let width = (length / SLOTS).max(1);
                let slot = now_ms.div_euclid(width).saturating_mul(width);
                Span {
                    slot,
                    since: now_ms
                        .saturating_sub(length)
                        .saturating_sub(width)
                        .saturating_add(1),
                    ends: Some(slot.saturating_add(width)),
                }
            }
            Self::Ever | Self::Held => Span {
                slot: 0,
                since: 0,
                ends: None,
            },
        }
    }
}

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rule: TimeZone::UTC,
        }
    }

    /// Start and end of the period around a time.
    fn bounds(&self, period: Period, now_ms: i64) -> (i64, i64) {
        let at = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let width = match period {
            Period::Minute => 60_000,
            Period::Hour => 3_600_000,
            Period::Day | Period::Week | Period::Month => {
                return self.days(period, at).unwrap_or((now_ms, i64::MAX));
            }
        };
        let offset = i64::from(self.rule.to_offset(at).seconds()).saturating_mul(1_000);
        let local = now_ms.saturating_add(offset);
        let start = local
            .div_euclid(width)
            .saturating_mul(width)
            .saturating_sub(offset);
        (start, start.saturating_add(width))
    }

    fn days(&self, period: Period, at: Timestamp) -> Option<(i64, i64)> {
        let date = at.to_zoned(self.rule.clone()).date();
        let (first, next) = match period {
            Period::Week => {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                let first = date.checked_sub(jiff::Span::new().days(back)).ok()?;
                let next = first.checked_add(jiff::Span::new().days(7)).ok()?;
                (first, next)
            }
            Period::Month => {
                let first = date.first_of_month();
                let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
                (first, next)
            }
            _ => (date, date.tomorrow().ok()?),
        };
        let moment = |date: jiff::civil::Date| {
            let zoned = date.to_zoned(self.rule.clone()).ok()?;
            Some(zoned.timestamp().as_millisecond())
        };
        Some((moment(first)?, moment(next)?))
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let failed = || ZoneError(text.to_owned());
        if text == "UTC" || text == "Z" {
            return Ok(Self::utc());
        }
        let rule = if text.starts_with(['+', '-']) {
            offset(text)
                .map(|offset| offset.to_time_zone())
                .ok_or_else(failed)?
        } else {
            let named = NAMED.iter().find(|(name, _)| *name == text);
            let rule = named.map_or(text, |(_, rule)| rule);
            TimeZone::posix(rule).map_err(|_| failed())?
        };
        Ok(Self {
            name: text.to_owned(),
            rule,
        })
    }
}

/// `+05:30` east of Greenwich.
fn offset(text: &str) -> Option<Offset> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours * 3_600 + minutes * 60;
    if minutes > 59 || hours > 18 {
        return None;
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Offset::from_seconds(sign * seconds).ok()
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calendar(period, _) => formatter.write_str(match period {
                Period::Minute => "minute",
                Period::Hour => "hour",
                Period::Day => "day",
                Period::Week => "week",
                Period::Month => "month",
            }),
            Self::Rolling(length) if length % 1_000 == 0 => {
                write!(formatter, "rolling-{}s", length / 1_000)
            }
            Self::Rolling(length) => write!(formatter, "rolling-{length}ms"),
            Self::Ever => formatter.write_str("ever"),
            Self::Held => formatter.write_str("held"),
        }
    }
}

impl Window {
    /// Reads a window; a calendar one stands in `zone`.
    ///
    /// # Errors
    /// When the text is no window.
    pub fn parse(text: &str, zone: &Zone) -> Result<Self, WindowError> {
        let calendar = |period| Self::Calendar(period, zone.clone());
        Ok(match text {
            "minute" => calendar(Period::Minute),
            "hour" => calendar(Period::Hour),
            "day" => calendar(Period::Day),
            "week" => calendar(Period::Week),
            "month" => calendar(Period::Month),
            "ever" => Self::Ever,
            "held" => Self::Held,
            _ => {
                let length = text.strip_prefix("rolling-").and_then(length_ms);
                Self::Rolling(length.ok_or_else(|| WindowError(text.to_owned()))?)
            }
        })
    }

    /// The time zone of a calendar window.
    #[must_use]
    pub const fn zone(&self) -> Option<&Zone> {
        match self {
            Self::Calendar(_, zone) => Some(zone),
            Self::Rolling(_) | Self::Ever | Self::Held => None,
        }
    }
}

/// `90m` and its like, from a second to 366 days.
fn length_ms(text: &str) -> Option<i64> {
    let split = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(split)?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let length = number.parse::<i64>().ok()?.checked_mul(unit)?;
    (1_000..=366 * 86_400_000)
        .contains(&length)
        .then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn span(window: &str, zone: &str, at: &str) -> (i64, Option<i64>) {
        let window = Window::parse(window, &zone.parse().unwrap()).unwrap();
        let span = window.span(ms(at));
        (span.slot, span.ends)
    }

    #[test]
    fn calendar_windows_follow_the_clock_on_the_wall() {
        let month = span("month", "Europe/Berlin", "2026-11-30T23:30:00Z");
        assert_eq!(
            month,
            (ms("2026-11-30T23:00:00Z"), Some(ms("2026-12-31T23:00:00Z")))
        );
        // The day on which the clocks go back has 25 hours.
        let day = span("day", "Europe/Berlin", "2026-10-25T12:00:00Z");
        assert_eq!(day.1.unwrap() - day.0, 25 * 3_600_000);
        let week = span("week", "UTC", "2026-11-23T00:00:00Z");
        assert_eq!(week.0, ms("2026-11-23T00:00:00Z"));
        let before = span("week", "UTC", "2026-11-22T23:59:59Z");
        assert_eq!(before.1, Some(week.0));
        let hour = span("hour", "+05:30", "2026-01-01T00:10:00Z");
        assert_eq!(hour.0, ms("2025-12-31T23:30:00Z"));
    }

    #[test]
    fn rolling_windows_count_the_oldest_slot_whole() {
        let window = Window::Rolling(60_000);
        let span = window.span(120_500);
        assert_eq!((span.slot, span.ends), (120_000, Some(121_000)));
        // What was charged at 60.0 s stands in the slot that ends at 61.0 s, within 60 s of now.
        assert!(span.since <= 60_000);
        assert!(window.span(121_000).since > 60_000);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "fortnight",
            "rolling-",
            "rolling-0s",
            "rolling-9",
            "rolling-999d",
        ] {
            assert!(Window::parse(text, &Zone::utc()).is_err(), "{text}");
        }
        for text in ["", "Mars/Olympus", "+25:00", "+1:00", "+01:99"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_time_lies_in_its_window(now in 0i64..4_000_000_000_000, zone in 0usize..12, kind in 0usize..5) {
            let zone: Zone = NAMED[zone].0.parse().unwrap();
            let name = ["minute", "hour", "day", "week", "month"][kind];
            let window = Window::parse(name, &zone).unwrap();
            let span = window.span(now);
            let ends = span.ends.unwrap();
            prop_assert!(span.slot <= now && now < ends);
            // Neighbours meet: no time is in two windows or in none.
            prop_assert_eq!(window.span(ends).slot, ends);
            prop_assert_eq!(window.span(ends - 1).slot, span.slot);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _window = Window::parse(&text, &Zone::utc());
            let _zone = text.parse::<Zone>();
        }
    }
}
