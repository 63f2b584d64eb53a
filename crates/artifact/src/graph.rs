//! TensorFlow graphs: the operations of a `saved_model.pb` or a frozen graph, function library and
//! all, read from the wire format without TensorFlow.

use std::collections::{BTreeMap, BTreeSet};

use crate::protobuf::{Fields, Value, WireError};
use crate::report::Sink;
use crate::rules::{savedmodel_foreign_operator as foreign, savedmodel_host_access as rule};
use crate::source::{ReadAt, read_up_to};

/// Nodes and functions looked at.
const NODES_MAX: u64 = 5_000_000;

/// Operations that are not known and told one by one.
const UNKNOWN_MAX: usize = 10_000;

/// The operations of a graph that matter, each with the first node that uses it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Operation to (node name, function it lies in).
    pub(crate) operations: BTreeMap<String, (String, Option<String>)>,
    /// Operations that TensorFlow does not have, each with the first node that uses it.
    pub(crate) unknown: BTreeMap<String, String>,
    /// Names of the functions of the library, which nodes may call like operations.
    pub(crate) functions: BTreeSet<String>,
    nodes: u64,
    cut: bool,
}

/// Reads the operations of `source` and lets the rule speak.
pub(crate) fn read(source: &dyn ReadAt, sink: &mut Sink<'_>) {
    let mut graph = Graph::default();
    let saved = saved_model(source, &mut graph);
    let outcome = match saved {
        Err(WireError::Broken) if graph.nodes == 0 => graph_def(source, &mut graph),
        other => other,
    };
    rule::check(&graph, sink);
    foreign::check(&graph, sink);
    match outcome {
        Ok(()) if graph.cut => sink.broken(None, "the graph has more nodes than the limit"),
        Ok(()) if graph.nodes == 0 && sink.path().ends_with("keras_metadata.pb") => {
            crate::keras::metadata(source, sink);
        }
        Ok(()) if graph.nodes == 0 => sink.broken(None, "no graph is found in the file"),
        Ok(()) => {}
        Err(WireError::Broken) => sink.broken(None, "the graph is broken or cut short"),
        Err(WireError::Read(error)) => sink.read_failed(&error),
    }
}

/// `SavedModel`: field 2 holds the graphs, and in each field 2 is the graph itself.
fn saved_model(source: &dyn ReadAt, graph: &mut Graph) -> Result<(), WireError> {
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (2, Value::Bytes(meta_graph)) => {
                each(&meta_graph, 2, &mut |bytes| graph_def(bytes, graph))?;
            }
            (1, Value::Varint) => {}
            _ => return Err(WireError::Broken),
        }
    }
    Ok(())
}

/// `GraphDef`: field 1 holds nodes, field 2 the function library.
fn graph_def(source: &dyn ReadAt, graph: &mut Graph) -> Result<(), WireError> {
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => node(&bytes, None, graph)?,
            (2, Value::Bytes(library)) => each(&library, 1, &mut |bytes| function(bytes, graph))?,
            _ => {}
        }
    }
    Ok(())
}

/// `FunctionDef`: field 1 is the signature with the name, field 3 holds the nodes.
fn function(source: &dyn ReadAt, graph: &mut Graph) -> Result<(), WireError> {
    let mut name = String::from("?");
    each(source, 1, &mut |signature| {
        each(signature, 1, &mut |bytes| {
            name = text(bytes)?;
            Ok(())
        })
    })?;
    graph.functions.insert(name.clone());
    each(source, 3, &mut |bytes| node(bytes, Some(&name), graph))
}

/// `NodeDef`: field 1 is the name, field 2 the operation.
fn node(source: &dyn ReadAt, function: Option<&str>, graph: &mut Graph) -> Result<(), WireError> {
    graph.nodes += 1;
    if graph.nodes > NODES_MAX {
        graph.cut = true;
        return Ok(());
    }
    let (mut name, mut operation) = (String::new(), String::new());
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => name = text(&bytes)?,
            (2, Value::Bytes(bytes)) => operation = text(&bytes)?,
            _ => {}
        }
    }
    if !foreign::is_known(&operation) && graph.unknown.len() < UNKNOWN_MAX {
        graph
            .unknown
            .entry(operation.clone())
            .or_insert_with(|| name.clone());
    }
    if rule::is_host_access(&operation) {
        graph
            .operations
            .entry(operation)
            .or_insert_with(|| (name, function.map(str::to_owned)));
    }
    Ok(())
}

/// Visits every length-delimited field `wanted` of a message.
fn each(
    source: &dyn ReadAt,
    wanted: u64,
    visit: &mut dyn FnMut(&dyn ReadAt) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let mut fields = Fields::new(source);
    while let Some((number, value)) = fields.next()? {
        match value {
            Value::Bytes(bytes) if number == wanted => visit(&bytes)?,
            Value::Bytes(_) | Value::Varint | Value::Fixed => {}
        }
    }
    Ok(())
}

fn text(source: &dyn ReadAt) -> Result<String, WireError> {
    let bytes = read_up_to(source, 0, 512).map_err(WireError::Read)?;
    String::from_utf8(bytes).map_err(|_| WireError::Broken)
}
