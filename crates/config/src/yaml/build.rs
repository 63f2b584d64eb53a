//! Builds the tree from parser events, within limits: the only user of the parser crate.

use std::collections::BTreeMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as EventSpan};
use seawall_base::Location;

use super::entries::Entries;
use super::flaw::shorten;
use super::{Entry, Flaw, FlawKind, Node, Parsed, Scalar, Span, Style, Value, YamlLimits};

/// Reads every document of `text`; a broken document does not hide the ones after it.
pub(super) fn parse(text: &str, limits: &YamlLimits) -> Parsed {
    let depth = limits.depth_max;
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
        block_scalar_eof_without_line_feed: true,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(limits);
    while let Some(next) = parser.next_event() {
        let stop = match next {
            Ok((event, span)) => builder.event(event, &span).err(),
            Err(error) => {
                builder.syntax(&error);
                Some(Stop::Document)
            }
        };
        let Some(stop) = stop else { continue };
        builder.abandon();
        if stop == Stop::Stream || !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
    }
    builder.parsed
}

const KEY_MESSAGE: &str = "a key must be a single value, not a list or a mapping";

/// How far to give up: the flaw has been noted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stop {
    Document,
    Stream,
}

struct Anchor {
    node: Rc<Node>,
    nodes: usize,
    depth: usize,
}

enum Container {
    Sequence(Vec<Node>),
    Mapping {
        entries: Entries,
        key: Option<(String, Span)>,
        merges: Vec<Node>,
    },
}

struct Frame {
    container: Container,
    span: Span,
    anchor: usize,
    nodes_before: usize,
}

struct Builder<'a> {
    limits: &'a YamlLimits,
    parsed: Parsed,
    stack: Vec<Frame>,
    anchors: BTreeMap<usize, Anchor>,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn new(limits: &'a YamlLimits) -> Self {
        Self {
            limits,
            parsed: Parsed::default(),
            stack: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
        }
    }

    fn abandon(&mut self) {
        self.stack.clear();
        self.anchors.clear();
    }

    fn flaw(&mut self, kind: FlawKind, at: Location, message: impl Into<String>) {
        self.parsed.flaws.push(Flaw::new(kind, at, message.into()));
    }

    fn syntax(&mut self, error: &ScanError) {
        let mark = error.marker();
        let at = Location {
            line: narrow(mark.line()),
            column: narrow(mark.col()).saturating_add(1),
            byte: mark.byte_offset().unwrap_or_default() as u64,
        };
        self.flaw(FlawKind::Syntax, at, format!("not YAML: {}", error.kind()));
    }

    fn event(&mut self, event: Event<'_>, span: &EventSpan) -> Result<(), Stop> {
        let place = convert(span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain
                    && !tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let style = if plain { Style::Plain } else { Style::Quoted };
                // The parser writes an absent value as `~`; its span is empty then.
                let text = if plain && span.is_empty() {
                    String::new()
                } else {
                    text.into_owned()
                };
                self.scalar(Scalar { text, style }, anchor, place)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.open(Container::Sequence(Vec::new()), anchor, place)
            }
            Event::MappingStart(_, anchor, _) => {
                let container = Container::Mapping {
                    entries: Entries::default(),
                    key: None,
                    merges: Vec::new(),
                };
                self.open(container, anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            Event::Alias(id) => self.alias(id, place),
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            // Comments and anchor names are switched off; the rest only frames the stream.
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, place: Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes_max {
            let message = format!(
                "more than {} values, aliases expanded",
                self.limits.nodes_max
            );
            self.flaw(FlawKind::Limit, place.location(), message);
            return Err(Stop::Stream);
        }
        Ok(())
    }

    fn depth(&mut self, more: usize, place: Span) -> Result<(), Stop> {
        if self.stack.len().saturating_add(more) > self.limits.depth_max {
            let message = format!("nested deeper than {} levels", self.limits.depth_max);
            self.flaw(FlawKind::Limit, place.location(), message);
            return Err(Stop::Document);
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, anchor: usize, place: Span) -> Result<(), Stop> {
        self.count(1, place)?;
        let is_key = self.awaits_key();
        // A key such as `on:` is read as text by every tool that matters; a value is not.
        if !is_key && let Some(trap) = scalar.trap() {
            let mut flaw = Flaw::new(
                FlawKind::Ambiguous,
                place.location(),
                format!("`{}` without quotes {trap}", shorten(&scalar.text)),
            );
            flaw.word.clone_from(&scalar.text);
            self.parsed.flaws.push(flaw);
        }
        let node = Node {
            value: Value::Scalar(scalar),
            span: place,
        };
        self.remember(anchor, &node, 1, 0);
        self.put(node)
    }

    fn open(&mut self, container: Container, anchor: usize, place: Span) -> Result<(), Stop> {
        self.count(1, place)?;
        self.depth(1, place)?;
        if self.awaits_key() {
            self.flaw(FlawKind::Syntax, place.location(), KEY_MESSAGE);
            return Err(Stop::Document);
        }
        self.stack.push(Frame {
            container,
            span: place,
            anchor,
            nodes_before: self.nodes,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.container {
            Container::Sequence(items) => Value::Sequence(items),
            Container::Mapping {
                mut entries,
                merges,
                key: _,
            } => {
                for merged in merges {
                    self.merge(&mut entries, merged)?;
                }
                Value::Mapping(entries.into_list())
            }
        };
        let mut span = frame.span;
        span.end = end.end.max(span.start);
        let node = Node { value, span };
        if frame.anchor > 0 {
            let nodes = self.nodes.saturating_sub(frame.nodes_before) + 1;
            let depth = depth_of(&node);
            self.remember(frame.anchor, &node, nodes, depth);
        }
        self.put(node)
    }

    fn alias(&mut self, id: usize, place: Span) -> Result<(), Stop> {
        let Some(anchor) = self.anchors.get(&id) else {
            self.flaw(
                FlawKind::Syntax,
                place.location(),
                "the alias stands inside what it refers to",
            );
            return Err(Stop::Document);
        };
        let (nodes, depth, node) = (anchor.nodes, anchor.depth, Rc::clone(&anchor.node));
        self.count(nodes, place)?;
        self.depth(depth, place)?;
        self.put(Node::clone(&node))
    }

    fn remember(&mut self, anchor: usize, node: &Node, nodes: usize, depth: usize) {
        if anchor > 0 {
            let node = Rc::new(node.clone());
            self.anchors.insert(anchor, Anchor { node, nodes, depth });
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                container: Container::Mapping { key: None, .. },
                ..
            })
        )
    }

    fn put(&mut self, node: Node) -> Result<(), Stop> {
        let place = node.span;
        match self.stack.last_mut().map(|frame| &mut frame.container) {
            None => {
                if self.parsed.documents.len() >= self.limits.documents_max {
                    let message = format!("more than {} documents", self.limits.documents_max);
                    self.flaw(FlawKind::Limit, place.location(), message);
                    return Err(Stop::Stream);
                }
                self.parsed.documents.push(node);
            }
            Some(Container::Sequence(items)) => items.push(node),
            Some(Container::Mapping {
                entries,
                key,
                merges,
            }) => match (key.take(), node.value) {
                (None, Value::Scalar(scalar)) => *key = Some((scalar.text, place)),
                // `open` refuses lists and mappings as keys; what is left are aliases to them.
                (None, Value::Sequence(_) | Value::Mapping(_)) => {
                    self.flaw(FlawKind::Syntax, place.location(), KEY_MESSAGE);
                    return Err(Stop::Document);
                }
                (Some((key, _)), value @ (Value::Mapping(_) | Value::Sequence(_)))
                    if key == "<<" =>
                {
                    merges.push(Node { value, span: place });
                }
                (Some((key, key_span)), value) => {
                    let value = Node { value, span: place };
                    let flaw = entries.insert(Entry {
                        key,
                        key_span,
                        value,
                    });
                    self.parsed.flaws.extend(flaw);
                }
            },
        }
        Ok(())
    }

    /// Merge keys (`<<`): what the mapping says itself wins, then the first of several merged ones.
    fn merge(&mut self, entries: &mut Entries, merged: Node) -> Result<(), Stop> {
        let sources = match merged.value {
            Value::Sequence(items) => items,
            value => vec![Node {
                value,
                span: merged.span,
            }],
        };
        for source in sources {
            let Value::Mapping(list) = source.value else {
                let place = source.span.location();
                self.flaw(FlawKind::Syntax, place, "`<<` merges mappings only");
                return Err(Stop::Document);
            };
            list.into_iter().for_each(|entry| entries.merge(entry));
        }
        Ok(())
    }
}

fn depth_of(node: &Node) -> usize {
    let deepest = match &node.value {
        Value::Scalar(_) => return 0,
        Value::Sequence(items) => items.iter().map(depth_of).max(),
        Value::Mapping(entries) => entries.iter().map(|entry| depth_of(&entry.value)).max(),
    };
    deepest.unwrap_or_default() + 1
}

fn convert(span: &EventSpan) -> Span {
    Span {
        line: narrow(span.start.line()),
        column: narrow(span.start.col()).saturating_add(1),
        start: narrow(span.start.byte_offset().unwrap_or_default()),
        end: narrow(span.end.byte_offset().unwrap_or_default()),
    }
}

/// Texts are at most 4 GiB long (checked by the caller), so this never saturates in practice.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
