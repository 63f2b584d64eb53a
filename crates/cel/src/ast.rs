//! The tree that the parser builds. Macros are expanded in it, so that checker, evaluator and cost
//! model see the forms that the specification defines.

use std::sync::Arc;

use crate::error::Span;
use crate::value::Value;

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    /// Identifies the node in the tables of checker and cost model.
    pub(crate) id: u32,
    pub(crate) span: Span,
    /// How deep the tree below is, itself included.
    pub(crate) depth: u32,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Const(Value),
    /// A name; a leading dot asks for the root of the name space.
    Ident(Arc<str>),
    Select(Box<Select>),
    Call(Box<Call>),
    List(Vec<Element>),
    Map(Vec<Entry>),
    Struct(Arc<str>, Vec<Field>),
    Fold(Box<Fold>),
}

#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) operand: Expr,
    pub(crate) field: Arc<str>,
    /// `has(operand.field)`.
    pub(crate) test: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) target: Option<Expr>,
    pub(crate) function: Arc<str>,
    pub(crate) args: Vec<Expr>,
}

/// An element of a list; an optional one is left out where it has no value.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Expr,
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Arc<str>,
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// The comprehension that every loop macro becomes.
#[derive(Clone, Debug)]
pub(crate) struct Fold {
    pub(crate) range: Expr,
    pub(crate) variable: Arc<str>,
    /// The value, where `variable` holds the index or key.
    pub(crate) variable2: Option<Arc<str>>,
    pub(crate) accumulator: Arc<str>,
    pub(crate) initial: Expr,
    pub(crate) condition: Expr,
    pub(crate) step: Expr,
    pub(crate) result: Expr,
}

/// The accumulator of macros; no identifier of a source can be spelled so.
pub(crate) const ACCUMULATOR: &str = "@result";
/// The loop variable of `cel.bind`.
pub(crate) const UNUSED: &str = "#unused";

/// Operators under the names of the specification.
pub(crate) mod op {
    pub(crate) const CONDITIONAL: &str = "_?_:_";
    pub(crate) const AND: &str = "_&&_";
    pub(crate) const OR: &str = "_||_";
    pub(crate) const NOT: &str = "!_";
    pub(crate) const EQUALS: &str = "_==_";
    pub(crate) const NOT_EQUALS: &str = "_!=_";
    pub(crate) const LESS: &str = "_<_";
    pub(crate) const LESS_EQUALS: &str = "_<=_";
    pub(crate) const GREATER: &str = "_>_";
    pub(crate) const GREATER_EQUALS: &str = "_>=_";
    pub(crate) const ADD: &str = "_+_";
    pub(crate) const SUBTRACT: &str = "_-_";
    pub(crate) const MULTIPLY: &str = "_*_";
    pub(crate) const DIVIDE: &str = "_/_";
    pub(crate) const MODULO: &str = "_%_";
    pub(crate) const NEGATE: &str = "-_";
    pub(crate) const INDEX: &str = "_[_]";
    pub(crate) const OPT_INDEX: &str = "_[?_]";
    pub(crate) const OPT_SELECT: &str = "_?._";
    pub(crate) const IN: &str = "@in";
    pub(crate) const NOT_STRICTLY_FALSE: &str = "@not_strictly_false";
    pub(crate) const MAP_INSERT: &str = "cel.@mapInsert";
}

impl Expr {
    /// The expressions directly below.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Const(_) | Kind::Ident(_) => Vec::new(),
            Kind::Select(select) => vec![&select.operand],
            Kind::Call(call) => call.target.iter().chain(&call.args).collect(),
            Kind::List(elements) => elements.iter().map(|element| &element.value).collect(),
            Kind::Map(entries) => entries
                .iter()
                .flat_map(|entry| [&entry.key, &entry.value])
                .collect(),
            Kind::Struct(_, fields) => fields.iter().map(|field| &field.value).collect(),
            Kind::Fold(fold) => vec![
                &fold.range,
                &fold.initial,
                &fold.condition,
                &fold.step,
                &fold.result,
            ],
        }
    }

    /// Nodes of the tree.
    pub(crate) fn size(&self) -> usize {
        let mut nodes = 0;
        let mut open = vec![self];
        while let Some(expr) = open.pop() {
            nodes += 1;
            open.extend(expr.children());
        }
        nodes
    }

    /// The dotted name that a chain of plain selections spells.
    pub(crate) fn qualified_name(&self) -> Option<String> {
        match &self.kind {
            Kind::Ident(name) => Some(name.to_string()),
            Kind::Select(select) if !select.test => {
                let prefix = select.operand.qualified_name()?;
                Some(format!("{prefix}.{}", select.field))
            }
            _ => None,
        }
    }

    pub(crate) fn as_ident(&self) -> Option<&Arc<str>> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn as_const(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Const(value) => Some(value),
            _ => None,
        }
    }
}

impl Fold {
    /// Whether this is what `cel.bind` becomes: no iteration, only a name for a value.
    pub(crate) fn is_bind(&self) -> bool {
        matches!(&self.range.kind, Kind::List(elements) if elements.is_empty())
            && matches!(self.condition.as_const(), Some(Value::Bool(false)))
            && &*self.accumulator != ACCUMULATOR
    }
}
