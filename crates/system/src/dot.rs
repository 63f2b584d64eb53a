//! Reads the part of the Graphviz DOT language that graphs are written in: statements, attributes
//! and their defaults, subgraphs, chains of edges. Layout is skipped.

mod token;
mod tree;

use std::collections::BTreeMap;

use seawall_base::{Location, Problem};

use self::token::{Token, tokens};
pub use self::tree::{Gate, Tree, TreeNode, tree};

/// More of anything than this is refused: people draw these.
const BYTES_MAX: usize = 8 << 20;
const NODES_MAX: usize = 100_000;
const EDGES_MAX: usize = 400_000;
const DEPTH_MAX: usize = 64;

/// Attributes by name in lower case.
pub type Attributes = BTreeMap<String, String>;

/// A graph as it was written.
#[derive(Clone, Debug, Default)]
pub struct Dot {
    /// Nodes in the order of their first mention.
    pub nodes: Vec<DotNode>,
    /// Edges in the order of the text.
    pub edges: Vec<DotEdge>,
    /// Attributes of the graph itself.
    pub graph: Attributes,
    by_id: BTreeMap<String, usize>,
}

/// One node.
#[derive(Clone, Debug)]
pub struct DotNode {
    /// Its id.
    pub id: String,
    /// Its attributes, the defaults where it was first mentioned included.
    pub attributes: Attributes,
    /// Where it was first mentioned.
    pub location: Option<Location>,
}

/// One edge between positions in [`Dot::nodes`].
#[derive(Clone, Debug)]
pub struct DotEdge {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Its attributes, defaults included.
    pub attributes: Attributes,
}

/// Parses a DOT text.
///
/// # Errors
/// What cannot be read, with its place.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Dot, Vec<Problem>> {
    let fail = |location, message: String| {
        vec![Problem {
            path: path.to_owned(),
            location,
            message,
        }]
    };
    if bytes.len() > BYTES_MAX {
        return Err(fail(None, format!("larger than {BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| fail(None, error.to_string()))?;
    let tokens = tokens(text).map_err(|(place, message)| fail(Some(place), message))?;
    let mut parser = Parser {
        tokens,
        at: 0,
        dot: Dot::default(),
    };
    match parser.graph() {
        Ok(()) => Ok(parser.dot),
        Err(message) => Err(fail(parser.place(), message)),
    }
}

struct Parser {
    tokens: Vec<(Token, Location)>,
    at: usize,
    dot: Dot,
}

/// Defaults that a subgraph takes over from what is around it.
#[derive(Clone, Default)]
struct Defaults {
    node: Attributes,
    edge: Attributes,
}

impl Parser {
    fn place(&self) -> Option<Location> {
        let last = self.tokens.get(self.at).or_else(|| self.tokens.last());
        last.map(|(_, place)| *place)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn eat(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), String> {
        if self.eat(sign) {
            Ok(())
        } else {
            Err(format!("`{sign}` is expected here"))
        }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(own)) if own.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    /// A word or text; texts may be joined by `+`.
    fn id(&mut self) -> Option<String> {
        let mut id = match self.peek()? {
            Token::Word(word) | Token::Text(word) => word.clone(),
            Token::Sign(_) => return None,
        };
        self.at += 1;
        while self.eat("+") {
            if let Some(Token::Text(more)) = self.peek() {
                id.push_str(more);
                self.at += 1;
            }
        }
        Some(id)
    }

    fn graph(&mut self) -> Result<(), String> {
        self.keyword("strict");
        if !self.keyword("digraph") && !self.keyword("graph") {
            return Err("a DOT file begins with `digraph` or `graph`".to_owned());
        }
        self.id();
        self.expect("{")?;
        self.statements(&mut Defaults::default(), 0, true)?;
        self.expect("}")?;
        if self.peek().is_some() {
            return Err("one graph is expected".to_owned());
        }
        Ok(())
    }

    /// Statements up to the closing brace; the nodes that they mention.
    fn statements(
        &mut self,
        defaults: &mut Defaults,
        depth: usize,
        is_root: bool,
    ) -> Result<Vec<usize>, String> {
        let mut mentioned = Vec::new();
        while !matches!(self.peek(), None | Some(Token::Sign("}"))) {
            if self.eat(";") || self.eat(",") {
                continue;
            }
            mentioned.extend(self.statement(defaults, depth, is_root)?);
        }
        Ok(mentioned)
    }

    fn statement(
        &mut self,
        defaults: &mut Defaults,
        depth: usize,
        is_root: bool,
    ) -> Result<Vec<usize>, String> {
        let ahead = self.tokens.get(self.at + 1).map(|(token, _)| token.clone());
        let is_list = ahead == Some(Token::Sign("["));
        if is_list && self.keyword("node") {
            defaults.node.extend(self.attributes()?);
            return Ok(Vec::new());
        }
        if is_list && self.keyword("edge") {
            defaults.edge.extend(self.attributes()?);
            return Ok(Vec::new());
        }
        if is_list && self.keyword("graph") {
            let own = self.attributes()?;
            if is_root {
                self.dot.graph.extend(own);
            }
            return Ok(Vec::new());
        }
        if ahead == Some(Token::Sign("=")) {
            let name = self.id().unwrap_or_default().to_ascii_lowercase();
            self.expect("=")?;
            let value = self.id().ok_or("a value is expected after `=`")?;
            if is_root {
                self.dot.graph.insert(name, value);
            }
            return Ok(Vec::new());
        }
        self.chain(defaults, depth)
    }

    /// A node, a subgraph, or several of them joined by arrows.
    fn chain(&mut self, defaults: &mut Defaults, depth: usize) -> Result<Vec<usize>, String> {
        let mut groups = vec![self.operand(defaults, depth)?];
        while self.eat("->") || self.eat("--") {
            groups.push(self.operand(defaults, depth)?);
        }
        let own = self.attributes()?;
        if let [nodes] = groups.as_slice() {
            self.describe(nodes, &own);
            return Ok(groups.concat());
        }
        let mut attributes = defaults.edge.clone();
        attributes.extend(own);
        for pair in groups.windows(2) {
            let [left, right] = pair else { continue };
            self.join(left, right, &attributes)?;
        }
        Ok(groups.concat())
    }

    fn describe(&mut self, nodes: &[usize], attributes: &Attributes) {
        for node in nodes {
            let known = self.dot.nodes.get_mut(*node);
            known
                .into_iter()
                .for_each(|node| node.attributes.extend(attributes.clone()));
        }
    }

    fn join(&mut self, left: &[usize], right: &[usize], with: &Attributes) -> Result<(), String> {
        let more = left.len().saturating_mul(right.len());
        if self.dot.edges.len().saturating_add(more) > EDGES_MAX {
            return Err(format!("more than {EDGES_MAX} edges"));
        }
        for (from, to) in left
            .iter()
            .flat_map(|from| right.iter().map(move |to| (from, to)))
        {
            self.dot.edges.push(DotEdge {
                from: *from,
                to: *to,
                attributes: with.clone(),
            });
        }
        Ok(())
    }

    fn operand(&mut self, defaults: &mut Defaults, depth: usize) -> Result<Vec<usize>, String> {
        let is_subgraph = self.keyword("subgraph");
        if is_subgraph {
            self.id();
        }
        if self.eat("{") {
            if depth >= DEPTH_MAX {
                return Err(format!("subgraphs nest deeper than {DEPTH_MAX}"));
            }
            let nodes = self.statements(&mut defaults.clone(), depth + 1, false)?;
            self.expect("}")?;
            return Ok(nodes);
        }
        let location = self.place();
        let id = self.id().ok_or("a node is expected here")?;
        // Ports are layout.
        while self.eat(":") {
            self.id();
        }
        if let Some(known) = self.dot.by_id.get(&id) {
            return Ok(vec![*known]);
        }
        if self.dot.nodes.len() >= NODES_MAX {
            return Err(format!("more than {NODES_MAX} nodes"));
        }
        let number = self.dot.nodes.len();
        self.dot.by_id.insert(id.clone(), number);
        self.dot.nodes.push(DotNode {
            id,
            attributes: defaults.node.clone(),
            location,
        });
        Ok(vec![number])
    }

    fn attributes(&mut self) -> Result<Attributes, String> {
        let mut found = Attributes::new();
        while self.eat("[") {
            while !self.eat("]") {
                self.attribute(&mut found)?;
            }
        }
        Ok(found)
    }

    fn attribute(&mut self, found: &mut Attributes) -> Result<(), String> {
        if self.eat(";") || self.eat(",") {
            return Ok(());
        }
        let name = self.id().ok_or("an attribute is expected here")?;
        let mut value = "true".to_owned();
        if self.eat("=") {
            value = self.id().ok_or("a value is expected after `=`")?;
        }
        found.insert(name.to_ascii_lowercase(), value);
        Ok(())
    }
}
