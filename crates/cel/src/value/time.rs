//! Timestamps and durations with the ranges of Protocol Buffers and of 64-bit nanoseconds.

use std::fmt;

use crate::error::EvalError;

const BILLION: i128 = 1_000_000_000;

/// A point in time from year 1 to year 9999, to the nanosecond.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

/// A span of time of up to 292 years either way, to the nanosecond.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Duration(i64);

/// A date and a time of day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

/// 0001-01-01T00:00:00Z.
const SECONDS_MIN: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const SECONDS_MAX: i64 = 253_402_300_799;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self {
        seconds: 0,
        nanos: 0,
    };

    /// A timestamp, if it is in range.
    #[must_use]
    pub fn new(seconds: i64, nanos: u32) -> Option<Self> {
        let in_range = (SECONDS_MIN..=SECONDS_MAX).contains(&seconds) && nanos < 1_000_000_000;
        in_range.then_some(Self { seconds, nanos })
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after the second.
    #[must_use]
    pub const fn subsecond_nanos(self) -> u32 {
        self.nanos
    }

    fn total(self) -> i128 {
        i128::from(self.seconds) * BILLION + i128::from(self.nanos)
    }

    fn from_total(total: i128) -> Result<Self, EvalError> {
        let seconds = i64::try_from(total.div_euclid(BILLION)).ok();
        let nanos = u32::try_from(total.rem_euclid(BILLION)).ok();
        let found = seconds
            .zip(nanos)
            .and_then(|(seconds, nanos)| Self::new(seconds, nanos));
        found.ok_or_else(|| EvalError::Range("timestamp".to_owned()))
    }

    pub(crate) fn plus(self, span: Duration) -> Result<Self, EvalError> {
        Self::from_total(self.total() + i128::from(span.0))
    }

    pub(crate) fn minus(self, span: Duration) -> Result<Self, EvalError> {
        Self::from_total(self.total() - i128::from(span.0))
    }

    pub(crate) fn since(self, other: Self) -> Result<Duration, EvalError> {
        Duration::from_total(self.total() - other.total())
    }

    /// Date and time of day `offset` seconds east of Greenwich.
    pub(crate) fn civil(self, offset: i64) -> Civil {
        let local = self.seconds + offset;
        let (days, clock) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: clock / 3_600,
            minute: clock / 60 % 60,
            second: clock % 60,
        }
    }

    /// Days since Sunday.
    pub(crate) fn weekday(self, offset: i64) -> i64 {
        let days = (self.seconds + offset).div_euclid(86_400);
        // 1970-01-01 was a Thursday.
        (days + 4).rem_euclid(7)
    }

    /// Days since the first of January.
    pub(crate) fn year_day(self, offset: i64) -> i64 {
        let civil = self.civil(offset);
        let days = |month, day| days_from_civil(civil.year, month, day);
        days(civil.month, civil.day) - days(1, 1)
    }

    /// The time that an RFC 3339 text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (civil, nanos, rest) = parse_date_time(text)?;
        let offset = parse_offset(rest)?;
        let days = days_from_civil(civil.year, civil.month, civil.day);
        let clock = civil.hour * 3_600 + civil.minute * 60 + civil.second;
        Self::new(days * 86_400 + clock - offset, nanos)
    }
}

fn parse_date_time(text: &str) -> Option<(Civil, u32, &str)> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        all_digits.then(|| digits.parse().ok())?
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let bytes = text.as_bytes();
    let separated = separators
        .iter()
        .all(|(at, byte)| bytes.get(*at) == Some(byte));
    let civil = Civil {
        year: number(0..4)?,
        month: number(5..7)?,
        day: number(8..10)?,
        hour: number(11..13)?,
        minute: number(14..16)?,
        second: number(17..19)?,
    };
    let valid = separated
        && civil.year >= 1
        && (1..=12).contains(&civil.month)
        && (1..=days_in_month(civil.year, civil.month)).contains(&civil.day)
        && civil.hour < 24
        && civil.minute < 60
        && civil.second < 60;
    let rest = text.get(19..).filter(|_| valid)?;
    let Some(fraction) = rest.strip_prefix(['.', ',']) else {
        return Some((civil, 0, rest));
    };
    let end = fraction.bytes().position(|byte| !byte.is_ascii_digit())?;
    let digits = fraction.get(..end).filter(|digits| !digits.is_empty())?;
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    Some((civil, nine.parse().ok()?, fraction.get(end..)?))
}

/// Seconds east of Greenwich of `Z` or `±HH:MM`.
fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let number = |digits: &str| {
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse::<i64>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of the Gregorian calendar, by counting years from March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let since_march = (month + 9) % 12;
    let of_year = (153 * since_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let since_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * since_march + 2) / 5 + 1;
    let month = if since_march < 10 {
        since_march + 3
    } else {
        since_march - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.civil(0);
        write!(
            out,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        out.write_str(&fraction(self.nanos))?;
        out.write_str("Z")
    }
}

/// `.` and the digits without trailing zeros, or nothing.
fn fraction(nanos: u32) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{nanos:09}").trim_end_matches('0').to_owned()
}

impl Duration {
    /// A duration in nanoseconds.
    #[must_use]
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    fn from_total(total: i128) -> Result<Self, EvalError> {
        let nanos = i64::try_from(total);
        nanos
            .map(Self)
            .map_err(|_| EvalError::Range("duration".to_owned()))
    }

    pub(crate) fn plus(self, other: Self) -> Result<Self, EvalError> {
        Self::from_total(i128::from(self.0) + i128::from(other.0))
    }

    pub(crate) fn minus(self, other: Self) -> Result<Self, EvalError> {
        Self::from_total(i128::from(self.0) - i128::from(other.0))
    }

    pub(crate) fn negated(self) -> Result<Self, EvalError> {
        Self::from_total(-i128::from(self.0))
    }

    /// The duration that a text such as `1h30m`, `-1.5s` or `300ms` names.
    ///
    /// # Errors
    /// Says whether the text is malformed or the duration out of range.
    pub fn parse(text: &str) -> Result<Self, EvalError> {
        let malformed = || EvalError::invalid(format!("invalid duration: {text:?}"));
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        let mut total: i128 = 0;
        if rest.is_empty() {
            return Err(malformed());
        }
        while !rest.is_empty() {
            let (part, after) = parse_part(rest).ok_or_else(malformed)?;
            total = total.saturating_add(part);
            rest = after;
        }
        Self::from_total(if negative { -total } else { total })
    }
}

/// One number with its unit, in nanoseconds.
fn parse_part(text: &str) -> Option<(i128, &str)> {
    let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let end = text.bytes().position(|byte| !is_number(byte))?;
    let (number, rest) = text.split_at_checked(end)?;
    let units: [(&str, i128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", BILLION),
        ("m", 60 * BILLION),
        ("h", 3_600 * BILLION),
    ];
    let is_unit = |byte: u8| !is_number(byte);
    let unit_end = rest
        .bytes()
        .position(|byte| !is_unit(byte))
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(unit_end)?;
    let (_, scale) = units.into_iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    // Anything longer is out of range anyway.
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.get(..whole.len().min(30))?.parse().ok()?
    };
    let mut part = whole.saturating_mul(scale);
    let mut unit = scale;
    for digit in fraction.bytes() {
        // Digits below a nanosecond are cut off.
        part = part.saturating_add(i128::from(digit - b'0') * unit / 10);
        unit /= 10;
    }
    Some((part, rest))
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let below = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
        write!(out, "{sign}{}{}s", nanos / 1_000_000_000, fraction(below))
    }
}
