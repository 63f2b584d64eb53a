//! Parts of timestamps, in UTC or in a time zone of the IANA database or at a fixed offset, and of
//! durations.

use jiff::tz::TimeZoneDatabase;

use crate::env::Flavour;
use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, refused};
use crate::value::{Duration, Timestamp, Value};

pub(crate) static TIME: Library = Library {
    overloads: &[
        "timestamp_to_year = timestamp->getFullYear(): int",
        "timestamp_to_year_with_tz = timestamp->getFullYear(string): int",
        "timestamp_to_month = timestamp->getMonth(): int",
        "timestamp_to_month_with_tz = timestamp->getMonth(string): int",
        "timestamp_to_day_of_year = timestamp->getDayOfYear(): int",
        "timestamp_to_day_of_year_with_tz = timestamp->getDayOfYear(string): int",
        "timestamp_to_day_of_month = timestamp->getDayOfMonth(): int",
        "timestamp_to_day_of_month_with_tz = timestamp->getDayOfMonth(string): int",
        "timestamp_to_day_of_month_1_based = timestamp->getDate(): int",
        "timestamp_to_day_of_month_1_based_with_tz = timestamp->getDate(string): int",
        "timestamp_to_day_of_week = timestamp->getDayOfWeek(): int",
        "timestamp_to_day_of_week_with_tz = timestamp->getDayOfWeek(string): int",
        "timestamp_to_hours = timestamp->getHours(): int",
        "timestamp_to_hours_with_tz = timestamp->getHours(string): int",
        "duration_to_hours = duration->getHours(): int",
        "timestamp_to_minutes = timestamp->getMinutes(): int",
        "timestamp_to_minutes_with_tz = timestamp->getMinutes(string): int",
        "duration_to_minutes = duration->getMinutes(): int",
        "timestamp_to_seconds = timestamp->getSeconds(): int",
        "timestamp_to_seconds_tz = timestamp->getSeconds(string): int",
        "duration_to_seconds = duration->getSeconds(): int",
        "timestamp_to_milliseconds = timestamp->getMilliseconds(): int",
        "timestamp_to_milliseconds_with_tz = timestamp->getMilliseconds(string): int",
        "duration_to_milliseconds = duration->getMilliseconds(): int",
    ],
    functions: &[
        ("getFullYear", |_, args| {
            of_time(args, |time, offset| time.civil(offset).year)
        }),
        ("getMonth", |_, args| {
            of_time(args, |time, offset| time.civil(offset).month - 1)
        }),
        ("getDayOfYear", |_, args| of_time(args, Timestamp::year_day)),
        ("getDayOfMonth", |_, args| {
            of_time(args, |time, offset| time.civil(offset).day - 1)
        }),
        ("getDate", |_, args| {
            of_time(args, |time, offset| time.civil(offset).day)
        }),
        ("getDayOfWeek", |_, args| of_time(args, Timestamp::weekday)),
        ("getHours", hours),
        ("getMinutes", minutes),
        ("getSeconds", seconds),
        ("getMilliseconds", milliseconds),
    ],
    types: &["timestamp", "duration"],
};

fn of_time(args: &[Value], part: fn(Timestamp, i64) -> i64) -> Result<Value, EvalError> {
    match args {
        [Value::Timestamp(time)] => Ok(Value::Int(part(*time, 0))),
        [Value::Timestamp(time), Value::String(zone)] => {
            Ok(Value::Int(part(*time, offset(zone, *time)?)))
        }
        _ => refused(),
    }
}

/// A part of either: of a timestamp the part of the clock, of a duration the whole in that unit.
fn of_either(
    args: &[Value],
    of_clock: fn(Timestamp, i64) -> i64,
    of_span: fn(Duration) -> i64,
) -> Result<Value, EvalError> {
    match args {
        [Value::Duration(span)] => Ok(Value::Int(of_span(*span))),
        _ => of_time(args, of_clock),
    }
}

const SECOND: i64 = 1_000_000_000;

fn hours(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let of_span = |span: Duration| span.nanoseconds() / (3_600 * SECOND);
    of_either(args, |time, offset| time.civil(offset).hour, of_span)
}

fn minutes(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let of_span = |span: Duration| span.nanoseconds() / (60 * SECOND);
    of_either(args, |time, offset| time.civil(offset).minute, of_span)
}

fn seconds(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let of_span = |span: Duration| span.nanoseconds() / SECOND;
    of_either(args, |time, offset| time.civil(offset).second, of_span)
}

/// Of a duration, the specification wants the milliseconds after the second, the API server gives
/// them all.
fn milliseconds(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let of_clock = |time: Timestamp, _| i64::from(time.subsecond_nanos() / 1_000_000);
    match context.dialect.flavour {
        Flavour::Specification => of_either(args, of_clock, |span| {
            span.nanoseconds() / 1_000_000 % 1_000
        }),
        Flavour::ApiServer => of_either(args, of_clock, |span| span.nanoseconds() / 1_000_000),
    }
}

/// Seconds east of Greenwich in `zone` at `time`.
fn offset(zone: &str, time: Timestamp) -> Result<i64, EvalError> {
    if zone.is_empty() || zone == "UTC" {
        return Ok(0);
    }
    if let Some(seconds) = fixed_offset(zone) {
        return Ok(seconds);
    }
    let unknown = |_| EvalError::invalid(format!("unknown time zone {zone}"));
    let found = TimeZoneDatabase::bundled().get(zone).map_err(unknown)?;
    let instant = jiff::Timestamp::from_second(time.seconds()).map_err(unknown)?;
    Ok(i64::from(found.to_offset(instant).seconds()))
}

/// `+HH:MM`, `-HH:MM` or `HH:MM`.
fn fixed_offset(zone: &str) -> Option<i64> {
    let (hours, minutes) = zone.split_once(':')?;
    let (sign, hours) = match hours.strip_prefix('-') {
        Some(hours) => (-1, hours),
        None => (1, hours.strip_prefix('+').unwrap_or(hours)),
    };
    let number = |digits: &str| -> Option<i64> {
        let valid =
            (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| digits.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}
