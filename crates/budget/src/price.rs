//! Prices: versioned data with a source and a date, and what a call costs by them.
//!
//! A price is a whole number of millionths of the currency per million tokens, so a call's cost is
//! exact until it is rounded up once. A model without a price cannot be bounded: the caller refuses
//! it, unless an owner says otherwise.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::bound::Shape;
use crate::money::{AmountError, parse_micros};

/// The price of a million tokens that a table may name: a million units of its currency.
const PRICE_MAX: u64 = 1_000_000_000_000;
/// Schema of the file.
const SCHEMA: &str = "seawall.prices/v1";
/// The table that comes with the product.
const BUILT_IN: &str = include_str!("../data/prices.json");

/// The prices of models.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prices {
    /// Version of the data.
    pub version: String,
    /// Where the prices were read.
    pub source: String,
    /// When, as a date.
    pub date: String,
    /// The currency of all prices.
    pub currency: String,
    models: BTreeMap<String, Price>,
}

/// What a model costs, in millionths per million tokens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Price {
    /// Tokens of the prompt.
    pub input: u64,
    /// Tokens of the answer, reasoning among them.
    pub output: u64,
    /// Tokens of the prompt that came out of a cache.
    pub cache_read: u64,
    /// Tokens of the prompt that went into a cache.
    pub cache_write: u64,
    /// Each call, in millionths.
    pub call: u64,
    /// Each use of a tool that the provider runs, in millionths.
    pub tool_use: u64,
    /// The most tokens of one image; `None` where nobody knows.
    pub image_tokens_max: Option<u64>,
    /// The most tokens of one audio or file part; `None` where nobody knows.
    pub media_tokens_max: Option<u64>,
    /// Accelerators that serve one call of a self-hosted model.
    pub gpus: u64,
}

/// What an upstream says that a call used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Used {
    /// Tokens of the prompt, those from and into caches among them.
    pub input: u64,
    /// Tokens of the prompt that came out of a cache.
    pub cache_read: u64,
    /// Tokens of the prompt that went into a cache.
    pub cache_write: u64,
    /// Tokens of the answer, reasoning among them.
    pub output: u64,
    /// Uses of tools that the provider runs.
    pub tool_uses: u64,
}

/// Why a table cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// It is not such a table.
    #[error("the price table has another form: {0}")]
    Form(String),
    /// A price cannot be.
    #[error("the price `{field}` of `{model}` cannot be")]
    Amount {
        /// The model.
        model: String,
        /// The field.
        field: &'static str,
        /// Why not.
        #[source]
        source: AmountError,
    },
    /// A price of nothing that nobody meant.
    #[error("`{0}` has a price of zero; say `\"free\": true` if it costs nothing")]
    Zero(String),
    /// Free and priced.
    #[error("`{0}` is said to be free and has a price")]
    FreeAndPriced(String),
    /// Two entries for one model.
    #[error("`{0}` has two prices in one table")]
    Twice(String),
    /// The tables do not add up.
    #[error("the price table is in {theirs}, the one below it in {ours}")]
    Currency {
        /// Of the override.
        theirs: String,
        /// Of the table below.
        ours: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    schema: String,
    version: String,
    source: String,
    date: String,
    currency: String,
    models: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    model: String,
    #[serde(default)]
    free: bool,
    input: Option<String>,
    output: Option<String>,
    cache_read: Option<String>,
    cache_write: Option<String>,
    call: Option<String>,
    tool_use: Option<String>,
    image_tokens_max: Option<u64>,
    media_tokens_max: Option<u64>,
    gpus: Option<u32>,
}

impl Prices {
    /// The table that comes with the product.
    ///
    /// # Errors
    /// Never, as its test shows.
    pub fn built_in() -> Result<Self, PriceError> {
        Self::parse(BUILT_IN.as_bytes())
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When it has another form, or a price is negative, zero without being called free, too fine or
    /// too large.
    pub fn parse(bytes: &[u8]) -> Result<Self, PriceError> {
        let form = |error: &dyn std::fmt::Display| PriceError::Form(error.to_string());
        let value: Value =
            seawall_base::json::parse(bytes, &Default::default()).map_err(|error| form(&error))?;
        let table = Table::deserialize(&value).map_err(|error| form(&error))?;
        if table.schema != SCHEMA {
            return Err(PriceError::Form(format!("its schema is not {SCHEMA}")));
        }
        if table.date.parse::<jiff::civil::Date>().is_err() {
            return Err(PriceError::Form("`date` is not a date".to_owned()));
        }
        if table.source.trim().is_empty() || table.version.trim().is_empty() {
            return Err(PriceError::Form("it names no source or version".to_owned()));
        }
        let mut models = BTreeMap::new();
        for entry in table.models {
            let (model, price) = entry.price()?;
            if models.insert(model.clone(), price).is_some() {
                return Err(PriceError::Twice(model));
            }
        }
        Ok(Self {
            version: table.version,
            source: table.source,
            date: table.date,
            currency: table.currency,
            models,
        })
    }

    /// Lays an owner's table over this one; its models win.
    ///
    /// # Errors
    /// When the currencies differ.
    pub fn overlaid(mut self, over: Self) -> Result<Self, PriceError> {
        if over.currency != self.currency {
            return Err(PriceError::Currency {
                theirs: over.currency,
                ours: self.currency,
            });
        }
        self.models.extend(over.models);
        self.version = format!("{} under {}", self.version, over.version);
        Ok(self)
    }

    /// The price of a model, where it has one.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<&Price> {
        self.models.get(model)
    }

    /// The models with a price.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Price)> {
        self.models
            .iter()
            .map(|(name, price)| (name.as_str(), price))
    }
}

impl Entry {
    fn price(self) -> Result<(String, Price), PriceError> {
        let read = |field, text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => parse_micros(text)
                .and_then(|micros| {
                    let fits = micros <= PRICE_MAX;
                    fits.then_some(micros).ok_or(AmountError::TooLarge)
                })
                .map(Some)
                .map_err(|source| PriceError::Amount {
                    model: self.model.clone(),
                    field,
                    source,
                }),
        };
        let input = read("input", self.input.as_deref())?;
        let output = read("output", self.output.as_deref())?;
        let cache_read = read("cache-read", self.cache_read.as_deref())?;
        let cache_write = read("cache-write", self.cache_write.as_deref())?;
        let call = read("call", self.call.as_deref())?.unwrap_or(0);
        let tool_use = read("tool-use", self.tool_use.as_deref())?.unwrap_or(0);
        let any = [input, output, cache_read, cache_write];
        let priced = any.iter().flatten().any(|price| *price > 0) || call > 0 || tool_use > 0;
        if self.free && priced {
            return Err(PriceError::FreeAndPriced(self.model));
        }
        if !self.free && (input.unwrap_or(0) == 0 || output == Some(0)) {
            return Err(PriceError::Zero(self.model));
        }
        let input = input.unwrap_or(0);
        let price = Price {
            input,
            // An embedding has no answer; whatever else answers without a price pays as a prompt.
            output: output.unwrap_or(input),
            cache_read: cache_read.unwrap_or(input),
            cache_write: cache_write.unwrap_or(input),
            call,
            tool_use,
            image_tokens_max: self.image_tokens_max,
            media_tokens_max: self.media_tokens_max,
            gpus: u64::from(self.gpus.unwrap_or(0)),
        };
        Ok((self.model, price))
    }
}

impl Price {
    /// What a call cost, in millionths, rounded up. What an upstream says beyond sense counts at the
    /// dearer price: cached tokens beyond the prompt are no discount.
    #[must_use]
    pub fn cost(&self, used: &Used) -> u64 {
        let cache_read = used.cache_read.min(used.input);
        let rest = used.input.saturating_sub(cache_read);
        let cache_write = used.cache_write.min(rest);
        let plain = rest.saturating_sub(cache_write);
        let tokens = [
            (plain, self.input),
            (cache_read, self.cache_read),
            (cache_write, self.cache_write.max(self.input)),
            (used.output, self.output),
        ];
        let scaled = tokens.iter().fold(0_u128, |sum, (tokens, price)| {
            sum.saturating_add(u128::from(*tokens) * u128::from(*price))
        });
        let fees = u128::from(self.call)
            .saturating_add(u128::from(used.tool_uses) * u128::from(self.tool_use));
        let micros = scaled.div_ceil(1_000_000).saturating_add(fees);
        u64::try_from(micros).unwrap_or(u64::MAX)
    }

    /// The most that a call of this shape can cost, in millionths; `None` where a part of it has no
    /// bound, such as an image of a model whose images nobody has measured.
    #[must_use]
    pub fn cost_max(&self, shape: &Shape) -> Option<u64> {
        let input = shape.input_tokens_max(self)?;
        let dearest = Self {
            input: self.input.max(self.cache_write).max(self.cache_read),
            ..*self
        };
        let one = dearest.cost(&Used {
            input,
            output: shape.output_tokens_max(),
            tool_uses: shape.tool_uses_max,
            ..Used::default()
        });
        Some(one.saturating_mul(shape.attempts.max(1)))
    }

    /// Whether calls cost nothing.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.input == 0 && self.output == 0 && self.call == 0 && self.tool_use == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(models: &str) -> Result<Prices, PriceError> {
        let text = format!(
            "{{\"schema\":\"{SCHEMA}\",\"version\":\"1\",\"source\":\"a test\",\"date\":\"2026-11-01\",\
             \"currency\":\"USD\",\"models\":[{models}]}}"
        );
        Prices::parse(text.as_bytes())
    }

    #[test]
    fn the_built_in_table_reads_and_names_source_and_date() {
        let prices = Prices::built_in().unwrap();
        assert!(!prices.source.is_empty() && !prices.date.is_empty());
        assert!(prices.of("practice").unwrap().is_free());
        assert_eq!(prices.of("no such model"), None);
    }

    #[test]
    fn costs_are_exact_and_rounded_up_once() {
        let prices = table(r#"{"model":"m","input":"0.15","output":"0.60","cache-read":"0.075"}"#);
        let prices = prices.unwrap();
        let price = prices.of("m").unwrap();
        let used = Used {
            input: 1_000_000,
            output: 1_000_000,
            ..Used::default()
        };
        assert_eq!(price.cost(&used), 750_000);
        let one = Used {
            input: 1,
            ..Used::default()
        };
        assert_eq!(price.cost(&one), 1);
        let cached = Used {
            cache_read: 2_000_000,
            ..used
        };
        // More from the cache than was sent is no discount beyond the whole prompt.
        assert_eq!(price.cost(&cached), 675_000);
    }

    #[test]
    fn negative_zero_overflowing_and_free_prices_have_an_answer() {
        let amount = |models: &str| matches!(table(models), Err(PriceError::Amount { .. }));
        assert!(amount(r#"{"model":"m","input":"-1","output":"1"}"#));
        assert!(amount(r#"{"model":"m","input":"1000001","output":"1"}"#));
        assert!(amount(r#"{"model":"m","input":"0.0000001","output":"1"}"#));
        let zero = Err(PriceError::Zero("m".to_owned()));
        assert_eq!(table(r#"{"model":"m","input":"0","output":"0"}"#), zero);
        assert_eq!(table(r#"{"model":"m"}"#), zero);
        assert!(table(r#"{"model":"m","free":true}"#).is_ok());
        assert_eq!(
            table(r#"{"model":"m","free":true,"input":"1"}"#),
            Err(PriceError::FreeAndPriced("m".to_owned()))
        );
        assert_eq!(
            table(r#"{"model":"m","input":"1"},{"model":"m","input":"1"}"#),
            Err(PriceError::Twice("m".to_owned()))
        );
        let huge = Price {
            input: PRICE_MAX,
            output: PRICE_MAX,
            ..Price::default()
        };
        let used = Used {
            input: u64::MAX,
            output: u64::MAX,
            ..Used::default()
        };
        assert_eq!(huge.cost(&used), u64::MAX);
    }

    #[test]
    fn an_owners_table_wins_and_must_have_the_same_currency() {
        let below = table(r#"{"model":"m","input":"1"},{"model":"n","input":"1"}"#).unwrap();
        let over = table(r#"{"model":"m","input":"2"}"#).unwrap();
        let both = below.clone().overlaid(over.clone()).unwrap();
        assert_eq!(both.of("m").unwrap().input, 2_000_000);
        assert_eq!(both.of("n").unwrap().input, 1_000_000);
        let euros = Prices {
            currency: "EUR".to_owned(),
            ..over
        };
        assert!(below.overlaid(euros).is_err());
    }

    proptest! {
        /// Whatever an upstream reports within the shape of the call, it fits the bound.
        #[test]
        fn the_bound_covers_every_use_within_the_shape(
            prices in proptest::array::uniform4(0u64..1_000_000_000),
            body in 0usize..100_000, choices in 1u64..4, answer in 0u64..10_000,
            shares in proptest::array::uniform4(0.0f64..=1.0),
        ) {
            let price = Price {
                input: prices[0], output: prices[1], cache_read: prices[2], cache_write: prices[3],
                call: 7, ..Price::default()
            };
            let shape = Shape::text(body, choices, answer);
            let most = shape.input_tokens_max(&price).unwrap();
            let part = |whole: u64, share: f64| (whole as f64 * share) as u64;
            let input = part(most, shares[0]);
            let used = Used {
                input,
                cache_read: part(input, shares[1]),
                cache_write: part(input, shares[2]),
                output: part(shape.output_tokens_max(), shares[3]),
                tool_uses: 0,
            };
            prop_assert!(price.cost(&used) <= price.cost_max(&shape).unwrap());
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _outcome = Prices::parse(text.as_bytes());
        }
    }
}
