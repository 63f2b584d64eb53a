//! Tensors as JSON: a type, a shape, and as many values as the shape says.

use serde_json::Value;

use crate::error::DialectError;
use crate::fields::invalid;

/// One tensor of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<'v> {
    /// Its name; empty where the protocol has none.
    pub name: &'v str,
    /// Its type in the words of the Open Inference Protocol, where it is said.
    pub datatype: Option<&'v str>,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Its values, flat or nested.
    pub data: &'v Value,
}

/// The types of the Open Inference Protocol with the least and greatest value of the integers.
const DATATYPES: &[(&str, Option<(i128, i128)>)] = &[
    ("BF16", None),
    ("BOOL", None),
    ("BYTES", None),
    ("FP16", None),
    ("FP32", None),
    ("FP64", None),
    ("INT16", Some((-32_768, 32_767))),
    ("INT32", Some((-2_147_483_648, 2_147_483_647))),
    (
        "INT64",
        Some((-9_223_372_036_854_775_808, 9_223_372_036_854_775_807)),
    ),
    ("INT8", Some((-128, 127))),
    ("UINT16", Some((0, 65_535))),
    ("UINT32", Some((0, 4_294_967_295))),
    ("UINT64", Some((0, 18_446_744_073_709_551_615))),
    ("UINT8", Some((0, 255))),
];

/// Whether the protocol defines a type of this name.
pub(crate) fn is_datatype(name: &str) -> bool {
    DATATYPES.iter().any(|(known, _)| *known == name)
}

impl Tensor<'_> {
    /// The numbers of the tensor in order; booleans count as 0 and 1, texts are left out.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        let mut numbers = Vec::new();
        gather(self.data, &mut numbers);
        numbers
    }

    /// Checks that values are as many as the shape says and within the type.
    ///
    /// # Errors
    /// Names the field.
    pub(super) fn check(&self, at: &str) -> Result<(), DialectError> {
        let declared = self
            .shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let Some(declared) = declared else {
            return Err(invalid(format!("{at}.shape"), "is too large"));
        };
        let limits = match self.datatype {
            None => None,
            Some(name) => {
                let known = DATATYPES.iter().find(|(known, _)| *known == name);
                let known = known.ok_or_else(|| {
                    invalid(format!("{at}.datatype"), "must be a type of the protocol")
                })?;
                Some(known)
            }
        };
        let mut count = 0_u64;
        let fits = leaves(self.data, &mut |value| {
            count = count.saturating_add(1);
            limits.is_none_or(|(name, range)| fits(value, name, *range))
        });
        if !fits {
            return Err(invalid(
                format!("{at}.data"),
                "must hold values of the tensor's type",
            ));
        }
        if count != declared {
            return Err(invalid(
                format!("{at}.data"),
                "must hold as many values as the shape says",
            ));
        }
        Ok(())
    }
}

fn fits(value: &Value, datatype: &str, range: Option<(i128, i128)>) -> bool {
    match (value, datatype, range) {
        (Value::Bool(_), "BOOL", _) | (Value::String(_), "BYTES", _) => true,
        (Value::Number(number), _, Some((least, most))) => {
            let whole = number.as_i64().map(i128::from);
            let whole = whole.or_else(|| number.as_u64().map(i128::from));
            whole.is_some_and(|whole| (least..=most).contains(&whole))
        }
        (Value::Number(number), "FP64" | "FP32" | "FP16" | "BF16", _) => {
            let most = match datatype {
                "FP16" => 65_504.0,
                "FP32" | "BF16" => f64::from(f32::MAX),
                _ => f64::MAX,
            };
            number.as_f64().is_some_and(|number| number.abs() <= most)
        }
        _ => false,
    }
}

/// The shape of nested lists: the length of the first list of each level.
pub(super) fn shape_of(data: &Value) -> Vec<u64> {
    let (mut shape, mut level) = (Vec::new(), data);
    while let Value::Array(items) = level {
        shape.push(u64::try_from(items.len()).unwrap_or(u64::MAX));
        let Some(first) = items.first() else {
            break;
        };
        level = first;
    }
    shape
}

/// Runs `step` on every value that is not a list, until one fails. Nulls and objects fail.
fn leaves(data: &Value, step: &mut dyn FnMut(&Value) -> bool) -> bool {
    match data {
        Value::Array(items) => items.iter().all(|item| leaves(item, step)),
        Value::Null | Value::Object(_) => false,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => step(data),
    }
}

fn gather(data: &Value, numbers: &mut Vec<f64>) {
    match data {
        Value::Array(items) => items.iter().for_each(|item| gather(item, numbers)),
        Value::Number(number) => numbers.extend(number.as_f64()),
        Value::Bool(value) => numbers.push(f64::from(u8::from(*value))),
        Value::Null | Value::String(_) | Value::Object(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(datatype: &str, shape: &[u64], data: &Value) -> Result<(), DialectError> {
        let tensor = Tensor {
            name: "x",
            datatype: Some(datatype),
            shape: shape.to_vec(),
            data,
        };
        tensor.check("inputs[0]")
    }

    #[test]
    fn values_must_fit_type_and_shape() {
        assert!(check("FP32", &[2, 2], &json!([1.0, 2, 3.5, -4])).is_ok());
        assert!(check("FP32", &[2, 2], &json!([[1, 2], [3, 4]])).is_ok());
        assert!(check("BYTES", &[1], &json!(["a"])).is_ok());
        assert!(check("UINT64", &[1], &json!([u64::MAX])).is_ok());
        for (datatype, shape, data) in [
            ("FP32", vec![3], json!([1.0])),
            ("FP32", vec![1], json!([1e300])),
            ("FP16", vec![1], json!([70_000])),
            ("INT8", vec![1], json!([128])),
            ("INT8", vec![1], json!([1.5])),
            ("UINT8", vec![1], json!([-1])),
            ("INT32", vec![1], json!(["1"])),
            ("BOOL", vec![1], json!([1])),
            ("BYTES", vec![1], json!([1])),
            ("FP32", vec![1], json!([null])),
            ("FP99", vec![1], json!([1])),
            ("FP32", vec![u64::MAX, 2], json!([1])),
        ] {
            assert!(check(datatype, &shape, &data).is_err(), "{datatype} {data}");
        }
    }

    #[test]
    fn numbers_come_in_order() {
        let data = json!([[1, 2.5], [true, "text"]]);
        let tensor = Tensor {
            name: "",
            datatype: None,
            shape: shape_of(&data),
            data: &data,
        };
        assert_eq!(tensor.shape, [2, 2]);
        assert_eq!(tensor.numbers(), [1.0, 2.5, 1.0]);
    }
}
