//! Notebooks of Jupyter: the code of their cells and the outputs that are stored with them.

use seawall_base::{Limits, json};
use serde_json::Value;

use crate::report::Sink;
use crate::rules::notebook_active_content as rule;
use crate::source::{ReadAt, read_up_to};

/// Largest notebook that is read; pictures are stored inside.
const BYTES_MAX: usize = 64 << 20;

pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    if source.size() > BYTES_MAX as u64 {
        return sink.broken(None, "the notebook is larger than the limit");
    }
    let bytes = match read_up_to(source, 0, BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) => return sink.read_failed(&error),
    };
    let limits = json::JsonLimits {
        bytes_max: BYTES_MAX,
        ..Limits::default().json()
    };
    let notebook = match json::parse(&bytes, &limits) {
        Ok(notebook) => notebook,
        Err(error) => return sink.broken(None, format!("the notebook cannot be read: {error}")),
    };
    // The third format keeps its cells in worksheets.
    let sheets = notebook.get("worksheets").and_then(Value::as_array);
    let sheets = sheets.into_iter().flatten();
    let cells: Option<Vec<&Vec<Value>>> = std::iter::once(&notebook)
        .chain(sheets)
        .filter_map(|holder| holder.get("cells"))
        .map(Value::as_array)
        .collect();
    match cells {
        Some(cells) if !cells.is_empty() => {
            let cells = cells.into_iter().flatten().enumerate();
            cells.for_each(|(index, cell)| check(index + 1, cell, sink));
        }
        _ => sink.broken(None, "the notebook has no cells"),
    }
}

fn check(index: usize, cell: &Value, sink: &mut Sink<'_>) {
    if cell.get("cell_type").and_then(Value::as_str) == Some("code") {
        let code = cell.get("source").or_else(|| cell.get("input"));
        rule::check_code(index, &text(code), sink);
    }
    let outputs = cell.get("outputs").and_then(Value::as_array);
    for output in outputs.into_iter().flatten() {
        let data = output.get("data").and_then(Value::as_object);
        for (kind, value) in data.into_iter().flatten() {
            rule::check_output(index, kind, &text(Some(value)), sink);
        }
    }
}

/// Text is a string, or a list of lines.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}
