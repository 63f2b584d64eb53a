//! Charts as values: what is plotted, not how.

use crate::document::Tone;

/// A chart. Every figure that has an interval carries it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Chart {
    /// How likely a year's loss is to exceed an amount: logarithmic losses, probabilities 0 to 1.
    Exceedance {
        /// The currency of the losses, such as `EUR`.
        currency: String,
        /// The curves, in the order of the legend.
        series: Vec<Series>,
        /// What the owner of the risk accepts.
        appetite: Option<Appetite>,
    },
    /// One horizontal bar with an interval per label.
    Bars {
        /// What the bars measure, with its unit.
        title: String,
        /// The currency when the values are money, else nothing.
        currency: Option<String>,
        /// The bars, top to bottom.
        bars: Vec<Bar>,
    },
    /// How far each number alone moves a figure: a tornado.
    Spans {
        /// What is moved, with its unit.
        title: String,
        /// The currency when the values are money, else nothing.
        currency: Option<String>,
        /// The figure with nothing moved.
        middle: f64,
        /// The spans, top to bottom.
        spans: Vec<Span>,
    },
    /// Amounts by row and column, the larger the darker.
    Heat {
        /// What the amounts are.
        title: String,
        /// The currency when the values are money, else nothing.
        currency: Option<String>,
        /// The columns, left to right.
        columns: Vec<String>,
        /// The rows, top to bottom, each with an amount for every column.
        rows: Vec<(String, Vec<f64>)>,
    },
}

/// What a figure becomes at both ends of one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The number that is moved.
    pub label: String,
    /// The figure where the number is at its low end.
    pub at_low: f64,
    /// The figure where it is at its high end.
    pub at_high: f64,
}

/// One exceedance curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name in the legend.
    pub label: String,
    /// (loss, probability of exceeding it), losses ascending.
    pub points: Vec<(f64, f64)>,
    /// (loss, 5th percentile, 95th percentile of that probability), losses ascending.
    pub band: Option<Vec<(f64, f64, f64)>>,
    /// How the curve is meant.
    pub tone: Tone,
}

/// What the owner of the risk accepts: at most `probability` of losing more than `loss` in a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Appetite {
    /// The loss.
    pub loss: f64,
    /// The probability, where one is stated.
    pub probability: Option<f64>,
}

/// One bar: a value and the interval around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is measured.
    pub label: String,
    /// The value.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// How the value is meant.
    pub tone: Tone,
}
