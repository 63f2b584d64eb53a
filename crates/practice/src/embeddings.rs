//! Embeddings: a vector that depends on the text's words alone, so that like texts lie close.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::Digest;
use serde_json::{Value, json};

/// Numbers of one vector.
const DIMENSIONS: usize = 32;

/// The answer to a request; the error names the field that is wrong.
pub(crate) fn embeddings(request: &Value) -> Result<Value, &'static str> {
    let texts: Vec<&str> = match request.get("input") {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.ok_or("input")?
        }
        _ => return Err("input"),
    };
    let encoded = request.get("encoding_format").and_then(Value::as_str) == Some("base64");
    let data = texts.iter().enumerate().map(|(index, text)| {
        let vector = vector(text);
        let embedding = match encoded {
            true => Value::from(base64(&vector)),
            false => Value::from(vector),
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    });
    let data: Vec<Value> = data.collect();
    let tokens: usize = texts.iter().map(|text| text.len().div_ceil(4)).sum();
    Ok(json!({
        "object": "list", "model": crate::MODEL, "data": data,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    }))
}

/// Counts words by their digest, scaled to length one.
fn vector(text: &str) -> Vec<f32> {
    let mut counts = [0.0_f32; DIMENSIONS];
    for word in text.split_whitespace() {
        let digest = Digest::of(word.to_lowercase().as_bytes());
        let bucket = digest
            .as_bytes()
            .first()
            .map_or(0, |byte| usize::from(*byte));
        if let Some(count) = counts.get_mut(bucket % DIMENSIONS) {
            *count += 1.0;
        }
    }
    let length = counts.iter().map(|count| count * count).sum::<f32>().sqrt();
    let scale = if length > 0.0 { length } else { 1.0 };
    counts.iter().map(|count| count / scale).collect()
}

/// The numbers, little end first.
fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_texts_lie_close_and_both_forms_are_told() {
        let near = |left: &str, right: &str| -> f32 {
            vector(left)
                .iter()
                .zip(vector(right))
                .map(|(left, right)| left * right)
                .sum()
        };
        assert!(near("water damage", "Damage water") > 0.99);
        assert!(near("water damage", "quarterly report") < 0.99);
        assert_eq!(base64(&[1.0]), "AACAPw==");
        let whole = embeddings(&json!({"input": ["a", "b"]})).unwrap();
        assert_eq!(
            whole["data"][1]["embedding"].as_array().unwrap().len(),
            DIMENSIONS
        );
        assert_eq!(embeddings(&json!({"input": [1]})), Err("input"));
    }
}
