//! Members and primaries: names, calls, selections, indexes, literals, brackets.

use std::sync::Arc;

use crate::ast::{Element, Entry, Expr, Kind, Select, op};
use crate::error::{Problem, ProblemKind, Span};
use crate::macros;
use crate::parse::Parser;
use crate::parse::lexer::{Digits, TokenKind};
use crate::value::Value;

/// Words that no variable or function may be named, kept for languages that embed this one.
pub(crate) const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

impl Parser {
    pub(super) fn member(&mut self) -> Result<Expr, Problem> {
        let mut expr = self.primary()?;
        loop {
            if self.eat(".") {
                expr = self.selection(expr)?;
            } else if self.eat("[") {
                expr = self.index(expr)?;
            } else if self.is("{") && is_type_name(&expr) {
                expr = self.message(&expr)?;
            } else {
                return Ok(expr);
            }
        }
    }

    fn selection(&mut self, operand: Expr) -> Result<Expr, Problem> {
        let optional = self.optional_mark()?;
        let quoted = matches!(self.peek(), TokenKind::Quoted(_));
        let span = operand.span.to(self.span());
        let name = self.field_name()?;
        if optional {
            let field = self.build.node(span, Kind::Const(Value::String(name)))?;
            return self.build.call(span, op::OPT_SELECT, vec![operand, field]);
        }
        if !quoted && self.eat("(") {
            let (args, end) = self.list_of(")", Self::expr)?;
            return self.member_call(operand, &name, args, span.to(end));
        }
        let select = Select {
            operand,
            field: name,
            test: false,
        };
        self.build.node(span, Kind::Select(Box::new(select)))
    }

    fn member_call(
        &mut self,
        target: Expr,
        name: &str,
        args: Vec<Expr>,
        span: Span,
    ) -> Result<Expr, Problem> {
        let call = macros::Candidate {
            target: Some(target),
            function: name,
            args,
            span,
        };
        let call = match macros::expand(call, self.options.macros, &mut self.build)? {
            macros::Expansion::Done(expr) => return Ok(expr),
            macros::Expansion::NotAMacro(call) => call,
        };
        let Some(target) = call.target else {
            return self.build.call(span, name, call.args);
        };
        let mut expr = self.build.member(target, name, call.args)?;
        expr.span = span;
        Ok(expr)
    }

    fn index(&mut self, operand: Expr) -> Result<Expr, Problem> {
        let optional = self.optional_mark()?;
        let key = self.expr()?;
        let span = operand.span.to(self.expect("]")?);
        let function = if optional { op::OPT_INDEX } else { op::INDEX };
        self.build.call(span, function, vec![operand, key])
    }

    fn message(&mut self, name: &Expr) -> Result<Expr, Problem> {
        self.expect("{")?;
        let (fields, end) = self.list_of("}", Self::struct_field)?;
        let type_name = name.qualified_name().unwrap_or_default();
        self.build
            .node(name.span.to(end), Kind::Struct(type_name.into(), fields))
    }

    fn primary(&mut self) -> Result<Expr, Problem> {
        let token = self.advance();
        let span = token.span;
        match token.kind {
            TokenKind::Literal(value) => self.build.node(span, Kind::Const(value)),
            TokenKind::Int(digits) => self.integer(&digits, false, span),
            TokenKind::Float(value) => self.build.node(span, Kind::Const(Value::Double(value))),
            TokenKind::Ident(name) => self.name(&name, "", span),
            TokenKind::Punct(".") => match self.advance().kind {
                TokenKind::Ident(name) => self.name(&name, ".", span),
                _ => Err(self.rejected("a name")),
            },
            TokenKind::Punct("-") => self.negative(span),
            TokenKind::Punct("(") => {
                let expr = self.expr()?;
                self.expect(")")?;
                Ok(expr)
            }
            TokenKind::Punct("[") => {
                let (elements, end) = self.list_of("]", Self::element)?;
                self.build.node(span.to(end), Kind::List(elements))
            }
            TokenKind::Punct("{") => {
                let (entries, end) = self.list_of("}", Self::entry)?;
                self.build.node(span.to(end), Kind::Map(entries))
            }
            TokenKind::Quoted(_) | TokenKind::Punct(_) | TokenKind::End => {
                Err(self.rejected("an expression"))
            }
        }
    }

    /// The problem with the token before the current one.
    fn rejected(&mut self, expected: &str) -> Problem {
        self.at = self.at.saturating_sub(1);
        self.unexpected(expected)
    }

    fn negative(&mut self, start: Span) -> Result<Expr, Problem> {
        let token = self.advance();
        let span = start.to(token.span);
        match token.kind {
            TokenKind::Int(digits) => self.integer(&digits, true, span),
            TokenKind::Float(value) => self.build.node(span, Kind::Const(Value::Double(-value))),
            _ => Err(self.rejected("a number")),
        }
    }

    fn integer(&mut self, digits: &Digits, negative: bool, span: Span) -> Result<Expr, Problem> {
        let sign = if negative { "-" } else { "" };
        let value = i64::from_str_radix(&format!("{sign}{}", digits.text), digits.radix);
        let message = "integer literal out of range";
        let value = value.map_err(|_| Problem::new(ProblemKind::Syntax, span, message))?;
        self.build.node(span, Kind::Const(Value::Int(value)))
    }

    /// A variable or a call of a global function.
    fn name(&mut self, name: &str, dot: &str, span: Span) -> Result<Expr, Problem> {
        if RESERVED.contains(&name) {
            let message = format!("reserved identifier: {name}");
            return Err(Problem::new(ProblemKind::Syntax, span, message));
        }
        let full: Arc<str> = format!("{dot}{name}").into();
        if !self.eat("(") {
            return self.build.node(span, Kind::Ident(full));
        }
        let (args, end) = self.list_of(")", Self::expr)?;
        let span = span.to(end);
        let call = macros::Candidate {
            target: None,
            function: &full,
            args,
            span,
        };
        match macros::expand(call, self.options.macros, &mut self.build)? {
            macros::Expansion::Done(expr) => Ok(expr),
            macros::Expansion::NotAMacro(call) => self.build.call(span, &full, call.args),
        }
    }

    fn element(&mut self) -> Result<Element, Problem> {
        let optional = self.optional_mark()?;
        let value = self.expr()?;
        Ok(Element { value, optional })
    }

    fn entry(&mut self) -> Result<Entry, Problem> {
        let optional = self.optional_mark()?;
        let key = self.expr()?;
        self.expect(":")?;
        let value = self.expr()?;
        Ok(Entry {
            key,
            value,
            optional,
        })
    }
}

/// Whether what precedes `{` can name a type.
fn is_type_name(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Ident(_) => true,
        Kind::Select(select) => !select.test && is_type_name(&select.operand),
        _ => false,
    }
}
