//! Reconciliation: our count of tokens beside a provider's invoice export.

use std::collections::BTreeMap;

/// Rows of an invoice; more are refused rather than cut.
const ROWS_MAX: usize = 1_000_000;

/// Tokens of one model on one day.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counted {
    /// Of prompts.
    pub input: u64,
    /// Of answers.
    pub output: u64,
    /// Calls whose use nobody reported, so that a bound was counted.
    pub estimated: u64,
}

/// A provider's export, added up by day and model.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Invoice {
    rows: BTreeMap<(String, String), Counted>,
}

/// A day of a model in both counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The day.
    pub date: String,
    /// The model.
    pub model: String,
    /// Our count.
    pub ours: Counted,
    /// The provider's.
    pub theirs: Counted,
    /// Whether they differ by more than was allowed.
    pub differs: bool,
}

/// Why an export cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvoiceError {
    /// It is not text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// A column is missing, or there twice.
    #[error("it does not have one column `{0}`")]
    Column(String),
    /// A row has another number of fields than the header, or a quote that does not end.
    #[error("line {0} does not have the form of the header")]
    Row(usize),
    /// A number of tokens is none.
    #[error("line {line}: `{text}` is no number of tokens")]
    Number {
        /// The line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// It is too long.
    #[error("it has more than 1000000 rows")]
    TooLong,
}

impl Invoice {
    /// Reads CSV with a header. `columns` name date, model, input and output tokens.
    ///
    /// # Errors
    /// Names the first line or column that cannot be read; nothing is passed over.
    pub fn parse(bytes: &[u8], columns: [&str; 4]) -> Result<Self, InvoiceError> {
        let text = std::str::from_utf8(bytes).map_err(|_| InvoiceError::NotText)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate();
        let header = lines.next().map_or("", |(_, line)| line);
        let header = fields(header).ok_or(InvoiceError::Row(1))?;
        let mut places = [0; 4];
        for (place, name) in places.iter_mut().zip(columns) {
            let mut found =
                (0..header.len()).filter(|at| header.get(*at).is_some_and(|it| it == name));
            *place = match (found.next(), found.next()) {
                (Some(at), None) => at,
                _ => return Err(InvoiceError::Column(name.to_owned())),
            };
        }
        let mut invoice = Self::default();
        for (position, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            if position > ROWS_MAX {
                return Err(InvoiceError::TooLong);
            }
            let row = fields(line).filter(|row| row.len() == header.len());
            let row = row.ok_or(InvoiceError::Row(position + 1))?;
            invoice.add(&row, places, position + 1)?;
        }
        Ok(invoice)
    }

    fn add(&mut self, row: &[String], places: [usize; 4], line: usize) -> Result<(), InvoiceError> {
        let [date, model, input, output] = places.map(|at| row.get(at).map_or("", String::as_str));
        let number = |text: &str| {
            text.trim()
                .parse::<u64>()
                .map_err(|_| InvoiceError::Number {
                    line,
                    text: text.chars().take(40).collect(),
                })
        };
        let date: String = date.chars().take(10).collect();
        let sum = self.rows.entry((date, model.to_owned())).or_default();
        sum.input = sum.input.saturating_add(number(input)?);
        sum.output = sum.output.saturating_add(number(output)?);
        Ok(())
    }
}

/// Compares day by day and model by model; what stands in one count alone stands beside zero.
#[must_use]
pub fn compare(
    ours: &BTreeMap<(String, String), Counted>,
    invoice: &Invoice,
    tolerance_percent: u64,
) -> Vec<Difference> {
    let mut keys: Vec<_> = ours.keys().chain(invoice.rows.keys()).collect();
    keys.sort();
    keys.dedup();
    let within = |ours: u64, theirs: u64| {
        let allowed = u128::from(theirs) * u128::from(tolerance_percent);
        u128::from(ours.abs_diff(theirs)) * 100 <= allowed
    };
    keys.into_iter()
        .map(|key| {
            let own = ours.get(key).copied().unwrap_or_default();
            let theirs = invoice.rows.get(key).copied().unwrap_or_default();
            Difference {
                date: key.0.clone(),
                model: key.1.clone(),
                ours: own,
                theirs,
                differs: !(within(own.input, theirs.input) && within(own.output, theirs.output)),
            }
        })
        .collect()
}

/// The fields of a line: separated by commas, quoted where they hold one (RFC 4180, without line
/// breaks inside quotes). None where a quote does not end.
fn fields(line: &str) -> Option<Vec<String>> {
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: [&str; 4] = ["date", "model", "in", "out"];

    fn ours(input: u64, output: u64) -> BTreeMap<(String, String), Counted> {
        let counted = Counted {
            input,
            output,
            estimated: 1,
        };
        BTreeMap::from([(("2026-11-23".to_owned(), "m".to_owned()), counted)])
    }

    #[test]
    fn counts_are_compared_by_day_and_model() {
        let text = "date,model,project,in,out\n2026-11-23T10:00:00Z,m,\"a, b\",60,4\n2026-11-23,m,c,40,6\n2026-11-24,m,c,1,1\n";
        let invoice = Invoice::parse(text.as_bytes(), COLUMNS).unwrap();
        let rows = compare(&ours(100, 10), &invoice, 0);
        let differs: Vec<_> = rows
            .iter()
            .map(|row| (row.date.as_str(), row.differs))
            .collect();
        assert_eq!(differs, [("2026-11-23", false), ("2026-11-24", true)]);
        assert!(compare(&ours(103, 10), &invoice, 2)[0].differs);
        assert!(!compare(&ours(103, 10), &invoice, 3)[0].differs);
        assert!(!rows[0].differs && rows[0].ours.estimated == 1);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = |text: &str| Invoice::parse(text.as_bytes(), COLUMNS).unwrap_err();
        assert_eq!(
            error("date,model,in\n"),
            InvoiceError::Column("out".to_owned())
        );
        assert_eq!(
            error("date,date,model,in,out\n"),
            InvoiceError::Column("date".to_owned())
        );
        assert_eq!(error("date,model,in,out\n1,m,2\n"), InvoiceError::Row(2));
        assert_eq!(
            error("date,model,in,out\n1,\"m,2,3\n"),
            InvoiceError::Row(2)
        );
        assert!(matches!(
            error("date,model,in,out\n1,m,-2,3\n"),
            InvoiceError::Number { line: 2, .. }
        ));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(date|model|in|out|,|\"|\n|1|x){0,40}") {
            let _outcome = Invoice::parse(text.as_bytes(), COLUMNS);
        }
    }
}
