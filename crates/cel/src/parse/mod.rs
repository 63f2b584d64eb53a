//! Tokens to a tree: recursive descent with precedence climbing.
//!
//! Depth and size are bounded while the tree grows, so that neither the parser nor anything that
//! walks the tree later can run out of stack.

mod lexer;
mod literal;
mod primary;

use std::sync::Arc;

use crate::ast::{Call, Expr, Field, Fold, Kind, op};
use crate::error::{Problem, ProblemKind, Span};
use crate::limits::Limits;
use crate::macros::Macros;
use crate::parse::lexer::{Token, TokenKind};
pub(crate) use crate::parse::primary::RESERVED;

/// What the parser may accept beyond the core language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// `a.?b`, `a[?b]` and optional elements.
    pub(crate) optional_syntax: bool,
    pub(crate) macros: Macros,
}

/// Parses `source`.
pub(crate) fn parse(source: &str, options: Options, limits: &Limits) -> Result<Expr, Problem> {
    if source.len() > limits.source_bytes_max {
        let message = format!(
            "the expression is longer than {} bytes",
            limits.source_bytes_max
        );
        return Err(Problem::new(ProblemKind::Limit, Span::default(), message));
    }
    let mut parser = Parser {
        tokens: lexer::tokens(source)?,
        at: 0,
        depth: 0,
        options,
        build: Builder {
            next_id: 0,
            nodes: 0,
            limits: *limits,
        },
    };
    let expr = parser.expr()?;
    match parser.peek() {
        TokenKind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

/// Makes nodes and counts them.
pub(crate) struct Builder {
    next_id: u32,
    nodes: usize,
    limits: Limits,
}

impl Builder {
    pub(crate) fn node(&mut self, span: Span, kind: Kind) -> Result<Expr, Problem> {
        let mut expr = Expr {
            id: self.next_id,
            span,
            depth: 0,
            kind,
        };
        let deepest = expr.children().iter().map(|child| child.depth).max();
        expr.depth = deepest.unwrap_or(0).saturating_add(1);
        self.next_id = self.next_id.saturating_add(1);
        self.count(1, span)?;
        if expr.depth as usize > self.limits.depth_max {
            return Err(too_deep(span, self.limits.depth_max));
        }
        Ok(expr)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes_max {
            let message = format!(
                "the expression has more than {} parts",
                self.limits.nodes_max
            );
            return Err(Problem::new(ProblemKind::Limit, span, message));
        }
        Ok(())
    }

    /// A copy that a macro puts in a second place, counted like the first.
    pub(crate) fn copy(&mut self, expr: &Expr) -> Result<Expr, Problem> {
        self.count(expr.size(), expr.span)?;
        Ok(expr.clone())
    }

    pub(crate) fn call(
        &mut self,
        span: Span,
        function: &str,
        args: Vec<Expr>,
    ) -> Result<Expr, Problem> {
        let call = Call {
            target: None,
            function: function.into(),
            args,
        };
        self.node(span, Kind::Call(Box::new(call)))
    }

    pub(crate) fn member(
        &mut self,
        target: Expr,
        function: &str,
        args: Vec<Expr>,
    ) -> Result<Expr, Problem> {
        let span = target.span;
        let call = Call {
            target: Some(target),
            function: function.into(),
            args,
        };
        self.node(span, Kind::Call(Box::new(call)))
    }

    pub(crate) fn ident(&mut self, span: Span, name: &str) -> Result<Expr, Problem> {
        self.node(span, Kind::Ident(name.into()))
    }

    pub(crate) fn fold(&mut self, span: Span, fold: Fold) -> Result<Expr, Problem> {
        self.node(span, Kind::Fold(Box::new(fold)))
    }
}

fn too_deep(span: Span, most: usize) -> Problem {
    let message = format!("expressions nest deeper than {most}");
    Problem::new(ProblemKind::Limit, span, message)
}

pub(crate) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    options: Options,
    build: Builder,
}

/// The binary operators with how tightly they bind.
const BINARY: &[(&str, u8, &str)] = &[
    ("||", 1, op::OR),
    ("&&", 2, op::AND),
    ("==", 3, op::EQUALS),
    ("!=", 3, op::NOT_EQUALS),
    ("<", 3, op::LESS),
    ("<=", 3, op::LESS_EQUALS),
    (">", 3, op::GREATER),
    (">=", 3, op::GREATER_EQUALS),
    ("in", 3, op::IN),
    ("+", 4, op::ADD),
    ("-", 4, op::SUBTRACT),
    ("*", 5, op::MULTIPLY),
    ("/", 5, op::DIVIDE),
    ("%", 5, op::MODULO),
];

impl Parser {
    fn token(&self) -> Token {
        let end = Token {
            kind: TokenKind::End,
            span: Span::default(),
        };
        let last = self.tokens.last().cloned().unwrap_or(end);
        self.tokens.get(self.at).cloned().unwrap_or(last)
    }

    fn peek(&self) -> &TokenKind {
        self.tokens
            .get(self.at)
            .map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        let last = self.tokens.last();
        self.tokens
            .get(self.at)
            .or(last)
            .map_or_else(Span::default, |token| token.span)
    }

    fn advance(&mut self) -> Token {
        let token = self.token();
        self.at += 1;
        token
    }

    fn is(&self, punct: &str) -> bool {
        matches!(self.peek(), TokenKind::Punct(found) if *found == punct)
    }

    fn eat(&mut self, punct: &str) -> bool {
        let found = self.is(punct);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, punct: &str) -> Result<Span, Problem> {
        let span = self.span();
        if self.eat(punct) {
            return Ok(span);
        }
        Err(self.unexpected(&format!("`{punct}`")))
    }

    fn unexpected(&self, expected: &str) -> Problem {
        let found = match self.peek() {
            TokenKind::End => "the end of the expression".to_owned(),
            TokenKind::Punct(punct) => format!("`{punct}`"),
            TokenKind::Ident(name) => format!("`{name}`"),
            TokenKind::Quoted(name) => format!("`` `{name}` ``"),
            TokenKind::Literal(_) | TokenKind::Int(_) | TokenKind::Float(_) => {
                "a literal".to_owned()
            }
        };
        self.problem(format!("expected {expected}, found {found}"))
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Syntax, self.span(), message)
    }

    pub(crate) fn expr(&mut self) -> Result<Expr, Problem> {
        self.depth += 1;
        if self.depth > self.build.limits.nesting_max {
            return Err(too_deep(self.span(), self.build.limits.nesting_max));
        }
        let condition = self.binary(1)?;
        let expr = if self.eat("?") {
            let yes = self.binary(1)?;
            self.expect(":")?;
            let no = self.expr()?;
            let span = condition.span.to(no.span);
            let parts = vec![condition, yes, no];
            self.build.call(span, op::CONDITIONAL, parts)?
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    /// Operators that bind at least as tightly as `level`.
    fn binary(&mut self, level: u8) -> Result<Expr, Problem> {
        let mut left = self.unary()?;
        while let Some((punct, found, function)) = self.operator(level) {
            if found > 2 {
                self.at += 1;
                let right = self.binary(found + 1)?;
                let span = left.span.to(right.span);
                left = self.build.call(span, function, vec![left, right])?;
                continue;
            }
            // A chain of `||` or `&&` is balanced, so that a long chain stays shallow.
            let mut terms = vec![left];
            while self.eat(punct) {
                terms.push(self.binary(found + 1)?);
            }
            left = self.balanced(terms, function)?;
        }
        Ok(left)
    }

    fn balanced(&mut self, mut terms: Vec<Expr>, function: &str) -> Result<Expr, Problem> {
        if terms.len() > 1 {
            let right = terms.split_off(terms.len().div_ceil(2));
            let left = self.balanced(terms, function)?;
            let right = self.balanced(right, function)?;
            let span = left.span.to(right.span);
            return self.build.call(span, function, vec![left, right]);
        }
        terms.pop().ok_or_else(|| self.unexpected("an expression"))
    }

    fn operator(&self, level: u8) -> Option<(&'static str, u8, &'static str)> {
        let TokenKind::Punct(found) = self.peek() else {
            return None;
        };
        let operator = BINARY.iter().find(|(punct, _, _)| punct == found);
        operator.copied().filter(|(_, of, _)| *of >= level)
    }

    /// Runs of `!` or `-` before a member; an even number of them cancels out.
    fn unary(&mut self) -> Result<Expr, Problem> {
        for (punct, function) in [("!", op::NOT), ("-", op::NEGATE)] {
            if !self.is(punct) || self.is_negative_number() {
                continue;
            }
            let start = self.span();
            let mut count = 0;
            while self.is(punct) {
                self.at += 1;
                count += 1;
            }
            let operand = self.member()?;
            if count % 2 == 0 {
                return Ok(operand);
            }
            let span = start.to(operand.span);
            return self.build.call(span, function, vec![operand]);
        }
        self.member()
    }

    /// `-1` is a literal, so that the smallest integer can be written.
    fn is_negative_number(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        self.is("-") && matches!(next, Some(TokenKind::Int(_) | TokenKind::Float(_)))
    }

    fn list_of<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, Problem>,
    ) -> Result<(Vec<T>, Span), Problem> {
        let mut items = Vec::new();
        loop {
            let span = self.span();
            // A trailing comma is allowed, but not in arguments.
            let may_close = items.is_empty() || close != ")" || !self.follows(",");
            if may_close && self.eat(close) {
                return Ok((items, span));
            }
            if !items.is_empty() && !self.follows(",") {
                self.expect(",")?;
                continue;
            }
            items.push(item(self)?);
        }
    }

    /// Whether the token before the current one is `punct`.
    fn follows(&self, punct: &str) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let before = before.map(|token| &token.kind);
        matches!(before, Some(TokenKind::Punct(found)) if *found == punct)
    }

    fn optional_mark(&mut self) -> Result<bool, Problem> {
        if !self.is("?") {
            return Ok(false);
        }
        if !self.options.optional_syntax {
            return Err(self.problem("unsupported syntax '?'"));
        }
        self.at += 1;
        Ok(true)
    }

    /// The name of a field: any word, reserved or not, or a name in backticks.
    fn field_name(&mut self) -> Result<Arc<str>, Problem> {
        match self.peek().clone() {
            TokenKind::Ident(name) | TokenKind::Quoted(name) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("a field name")),
        }
    }

    fn struct_field(&mut self) -> Result<Field, Problem> {
        let optional = self.optional_mark()?;
        let name = self.field_name()?;
        self.expect(":")?;
        let value = self.expr()?;
        Ok(Field {
            name,
            value,
            optional,
        })
    }
}
