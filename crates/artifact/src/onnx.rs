//! ONNX: the operators of a graph with its functions and inner graphs, and where weights lie.

use std::collections::{BTreeMap, BTreeSet};

use crate::protobuf::{Fields, Value, WireError};
use crate::report::Sink;
use crate::rules::{onnx_external_data, onnx_foreign_operator};
use crate::source::{ReadAt, read_up_to};

const NODES_MAX: u64 = 5_000_000;
/// Graphs inside of attributes of nodes of graphs.
const DEPTH_MAX: u32 = 24;
/// Domains, operators and locations kept.
const KEPT_MAX: usize = 4096;

/// What a model asks for beyond the standard, each with the first node or tensor that does.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// (domain, operator) of other than the standard domains.
    pub(crate) operators: BTreeMap<(String, String), String>,
    /// (domain, name) of the functions that the model brings along.
    pub(crate) functions: BTreeSet<(String, String)>,
    /// Files that hold weights.
    pub(crate) locations: BTreeMap<String, String>,
    nodes: u64,
    has_graph: bool,
    has_opset: bool,
    cut: bool,
}

/// Reads the model of `source` and lets the rules speak.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let mut model = Model::default();
    let outcome = fields_of(source, &mut model);
    onnx_external_data::check(&model, sink);
    onnx_foreign_operator::check(&model, sink);
    match outcome {
        Ok(()) if model.cut => sink.broken(None, "the graph is larger than the limit"),
        Ok(()) if !model.has_graph || !model.has_opset => {
            sink.broken(None, "the file lacks parts that every ONNX model has");
        }
        Ok(()) => {}
        Err(WireError::Broken) => sink.broken(None, "the model is broken or cut short"),
        Err(WireError::Read(error)) => sink.read_failed(&error),
    }
}

/// `ModelProto`: 7 is the graph, 8 the operator sets, 20 training, 25 functions.
fn fields_of(source: &dyn ReadAt, model: &mut Model) -> Result<(), WireError> {
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (7, Value::Bytes(bytes)) => {
                model.has_graph = true;
                graph(&bytes, model, 0)?;
            }
            (8, Value::Bytes(_)) => model.has_opset = true,
            (20, Value::Bytes(bytes)) => {
                inside(&bytes, &[1, 2], &mut |part| graph(part, model, 1))?
            }
            (25, Value::Bytes(bytes)) => function(&bytes, model)?,
            _ => {}
        }
    }
    Ok(())
}

/// `FunctionProto`: 1 is the name, 7 the nodes, 10 the domain.
fn function(source: &dyn ReadAt, model: &mut Model) -> Result<(), WireError> {
    let (mut name, mut domain) = (String::new(), String::new());
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => name = text(&bytes)?,
            (7, Value::Bytes(bytes)) => node(&bytes, model, 1)?,
            (10, Value::Bytes(bytes)) => domain = text(&bytes)?,
            _ => {}
        }
    }
    if model.functions.len() < KEPT_MAX {
        model.functions.insert((domain, name));
    } else {
        model.cut = true;
    }
    Ok(())
}

/// `GraphProto`: 1 are nodes, 5 initial tensors, 15 sparse ones.
fn graph(source: &dyn ReadAt, model: &mut Model, depth: u32) -> Result<(), WireError> {
    if depth > DEPTH_MAX {
        model.cut = true;
        return Ok(());
    }
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => node(&bytes, model, depth)?,
            (5, Value::Bytes(bytes)) => tensor(&bytes, model)?,
            (15, Value::Bytes(bytes)) => inside(&bytes, &[1, 2], &mut |part| tensor(part, model))?,
            _ => {}
        }
    }
    Ok(())
}

/// `NodeProto`: 3 is the name, 4 the operator, 5 attributes, 7 the domain.
fn node(source: &dyn ReadAt, model: &mut Model, depth: u32) -> Result<(), WireError> {
    model.nodes += 1;
    if model.nodes > NODES_MAX {
        model.cut = true;
        return Ok(());
    }
    let (mut name, mut operator, mut domain) = (String::new(), String::new(), String::new());
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (3, Value::Bytes(bytes)) => name = text(&bytes)?,
            (4, Value::Bytes(bytes)) => operator = text(&bytes)?,
            (5, Value::Bytes(bytes)) => attribute(&bytes, model, depth)?,
            (7, Value::Bytes(bytes)) => domain = text(&bytes)?,
            _ => {}
        }
    }
    if onnx_foreign_operator::is_standard(&domain, &operator) {
        return Ok(());
    }
    if model.operators.len() < KEPT_MAX {
        model.operators.entry((domain, operator)).or_insert(name);
    } else {
        model.cut = true;
    }
    Ok(())
}

/// `AttributeProto`: 5 and 10 are tensors, 6 and 11 graphs, 22 and 23 sparse tensors.
fn attribute(source: &dyn ReadAt, model: &mut Model, depth: u32) -> Result<(), WireError> {
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (5 | 10, Value::Bytes(bytes)) => tensor(&bytes, model)?,
            (6 | 11, Value::Bytes(bytes)) => graph(&bytes, model, depth + 1)?,
            (22 | 23, Value::Bytes(bytes)) => {
                inside(&bytes, &[1, 2], &mut |part| tensor(part, model))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// `TensorProto`: 8 is the name, 13 where the numbers lie if not here.
fn tensor(source: &dyn ReadAt, model: &mut Model) -> Result<(), WireError> {
    let (mut name, mut location) = (String::new(), None);
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (8, Value::Bytes(bytes)) => name = text(&bytes)?,
            (13, Value::Bytes(bytes)) => {
                let (key, value) = pair(&bytes)?;
                if key == "location" {
                    location = Some(value);
                }
            }
            _ => {}
        }
    }
    if let Some(location) = location {
        if model.locations.len() < KEPT_MAX {
            model.locations.entry(location).or_insert(name);
        } else {
            model.cut = true;
        }
    }
    Ok(())
}

fn pair(source: &dyn ReadAt) -> Result<(String, String), WireError> {
    let (mut key, mut value) = (String::new(), String::new());
    let mut fields = Fields::new(source);
    while let Some((number, field)) = fields.next()? {
        match (number, field) {
            (1, Value::Bytes(bytes)) => key = text(&bytes)?,
            (2, Value::Bytes(bytes)) => value = text(&bytes)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// Visits the messages in the fields `wanted`.
fn inside(
    source: &dyn ReadAt,
    wanted: &[u64],
    visit: &mut dyn FnMut(&dyn ReadAt) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match value {
            Value::Bytes(bytes) if wanted.contains(&number) => visit(&bytes)?,
            Value::Bytes(_) | Value::Varint | Value::Fixed => {}
        }
    }
    Ok(())
}

fn text(source: &dyn ReadAt) -> Result<String, WireError> {
    let bytes = read_up_to(source, 0, 4096).map_err(WireError::Read)?;
    if source.size() > 4096 {
        return Err(WireError::Broken);
    }
    String::from_utf8(bytes).map_err(|_| WireError::Broken)
}
