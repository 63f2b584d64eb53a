//! The nodes that the evaluator walks.

use std::sync::Arc;

use crate::env::Implementation;
use crate::error::EvalError;
use crate::value::Value;

#[derive(Debug)]
pub(crate) enum Node {
    Const(Value),
    /// A variable of a comprehension.
    Local(usize),
    /// A variable of the environment.
    Variable(Arc<str>),
    /// What can only fail.
    Fail(EvalError),
    Select(Box<SelectNode>),
    Index(Box<IndexNode>),
    And(Box<[Self; 2]>),
    Or(Box<[Self; 2]>),
    Conditional(Box<[Self; 3]>),
    NotStrictlyFalse(Box<Self>),
    Call(Box<CallNode>),
    /// `in` a list of constants.
    Member(Box<Self>, Value),
    /// `.or()`, or `.orValue()` where the flag says so: the second is looked at only where the first
    /// is absent.
    Either(Box<[Self; 2]>, bool),
    List(Vec<(Self, bool)>),
    Map(Vec<(Self, Self, bool)>),
    Struct(Arc<str>, Vec<(Arc<str>, Self, bool)>),
    Fold(Box<FoldNode>),
    Bind(Box<BindNode>),
    /// `accumulator + [value]`, in place.
    Append(usize, Box<Self>),
    /// `cel.@mapInsert(accumulator, key, value)`, in place; one that inserts a whole map has no key.
    Insert(usize, Option<Box<Self>>, Box<Self>),
}

/// How a field is selected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SelectMode {
    Plain,
    /// `has()`.
    Test,
    /// `.?`.
    Optional,
}

#[derive(Debug)]
pub(crate) struct SelectNode {
    pub(crate) operand: Node,
    pub(crate) field: Arc<str>,
    pub(crate) mode: SelectMode,
}

#[derive(Debug)]
pub(crate) struct IndexNode {
    pub(crate) operand: Node,
    pub(crate) key: Node,
    pub(crate) optional: bool,
}

#[derive(Debug)]
pub(crate) struct CallNode {
    pub(crate) name: Arc<str>,
    pub(crate) implementations: Vec<Implementation>,
    pub(crate) args: Vec<Node>,
}

#[derive(Debug)]
pub(crate) struct FoldNode {
    pub(crate) range: Node,
    pub(crate) slot: usize,
    pub(crate) slot2: Option<usize>,
    pub(crate) accumulator: usize,
    pub(crate) initial: Node,
    /// `None` where the condition is always true.
    pub(crate) condition: Option<Node>,
    pub(crate) step: Node,
    pub(crate) result: Node,
}

#[derive(Debug)]
pub(crate) struct BindNode {
    pub(crate) slot: usize,
    pub(crate) value: Node,
    pub(crate) body: Node,
}

impl Node {
    /// The value of a node that has one before the evaluation.
    pub(crate) const fn as_const(&self) -> Option<&Value> {
        match self {
            Self::Const(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the node reads a place; selections from other nodes cost one unit more.
    pub(crate) fn is_attribute(&self) -> bool {
        match self {
            Self::Local(_) | Self::Variable(_) | Self::Select(_) | Self::Index(_) => true,
            Self::Conditional(parts) => {
                let [_, yes, no] = &**parts;
                yes.is_attribute() && no.is_attribute()
            }
            _ => false,
        }
    }
}
