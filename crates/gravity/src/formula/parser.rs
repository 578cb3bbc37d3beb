//! Tokens into a formula, by recursive descent.

use super::lexer::{Token, tokens};
use super::{Expression, Factor, FixedEffect, Formula, Function, Operator, Regressor};
use crate::error::{GravityError, suggestion};

const SHAPE: &str = "a formula is outcome ~ regressors | fixed effects";

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, usize)>,
    next: usize,
}

pub(super) fn formula(text: &str) -> Result<Formula, GravityError> {
    let mut p = Parser::new(text)?;
    if p.peek() == &Token::End {
        return Err(p.fail("it is empty", Some(SHAPE.to_string())));
    }
    let outcome = p.sum()?;
    p.expect("~", SHAPE)?;
    let (regressors, intercept) = p.regressors()?;
    let mut effects = Vec::new();
    if !p.instruments_next() && p.take("|") {
        if !(p.peek() == &Token::Number(0.0)
            && matches!(p.tokens[p.next + 1].0, Token::End | Token::Symbol("|")))
        {
            loop {
                effects.push(p.effect()?);
                if !p.take("+") {
                    break;
                }
            }
        } else {
            p.next += 1;
        }
    }
    let (mut endogenous, mut instruments) = (Vec::new(), Vec::new());
    if p.take("|") {
        endogenous.push(p.factorless()?);
        while p.take("+") {
            endogenous.push(p.factorless()?);
        }
        p.expect("~", "the third part is endogenous regressors ~ instruments")?;
        instruments = p.regressors()?.0;
        if instruments.is_empty() {
            return Err(p.fail("there is no instrument", None));
        }
    }
    p.end()?;
    Ok(Formula {
        text: text.to_string(),
        outcome,
        regressors,
        intercept,
        effects,
        endogenous,
        instruments,
    })
}

pub(super) fn factors(text: &str) -> Result<Vec<Factor>, GravityError> {
    let mut p = Parser::new(text)?;
    let mut out = vec![p.factor()?];
    while p.take("+") {
        out.push(p.factor()?);
    }
    p.end()?;
    Ok(out)
}

pub(super) fn expression(text: &str) -> Result<Expression, GravityError> {
    let mut p = Parser::new(text)?;
    let out = p.sum()?;
    p.end()?;
    Ok(out)
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, GravityError> {
        Ok(Parser {
            text,
            tokens: tokens(text)?,
            next: 0,
        })
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn at(&self) -> usize {
        self.tokens[self.next].1
    }

    fn fail_at(&self, at: usize, message: impl Into<String>, help: Option<String>) -> GravityError {
        GravityError::Formula {
            formula: self.text.to_string(),
            at,
            message: message.into(),
            help,
        }
    }

    fn fail(&self, message: impl Into<String>, help: Option<String>) -> GravityError {
        self.fail_at(self.at(), message, help)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(s) if *s == symbol);
        if found {
            self.next += 1;
        }
        found
    }

    fn expect(&mut self, symbol: &str, help: &str) -> Result<(), GravityError> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.fail(
            format!("expected {symbol}, found {}", self.peek().shown()),
            (!help.is_empty()).then(|| help.to_string()),
        ))
    }

    /// Whether the part that begins here has a `~` of its own, as `| w ~ z` without effects.
    fn instruments_next(&self) -> bool {
        let part = self.tokens[self.next..].iter().skip(1);
        let mut symbols = part.take_while(|(t, _)| *t != Token::Symbol("|"));
        symbols.any(|(t, _)| *t == Token::Symbol("~"))
    }

    fn end(&mut self) -> Result<(), GravityError> {
        match self.peek() {
            Token::End => Ok(()),
            other => Err(self.fail(format!("{} is not expected here", other.shown()), None)),
        }
    }

    /// The right-hand side: signed terms. `0`, `-1` and `+ 0` take the intercept away.
    fn regressors(&mut self) -> Result<(Vec<Regressor>, bool), GravityError> {
        let mut out = Vec::new();
        let mut intercept = true;
        loop {
            let removed = self.take("-");
            match (removed, self.peek().clone()) {
                (_, Token::Number(v)) if v == 0.0 || v == 1.0 => {
                    self.next += 1;
                    intercept = (v == 1.0) != removed;
                }
                (true, _) => {
                    return Err(self.fail(
                        "only the intercept can be taken away",
                        Some("write - 1, or leave the regressor out".to_string()),
                    ));
                }
                (false, _) => self.term(&mut out)?,
            }
            if self.peek() == &Token::Symbol("-") {
                continue;
            }
            if !self.take("+") {
                return Ok((out, intercept));
            }
        }
    }

    /// `a`, `a:b`, `a*b` (which is a + b + a:b) or `i(f)`.
    fn term(&mut self, out: &mut Vec<Regressor>) -> Result<(), GravityError> {
        if self.peek() == &Token::Name("i".to_string())
            && self.tokens[self.next + 1].0 == Token::Symbol("(")
        {
            out.push(self.indicators()?);
            return Ok(());
        }
        let first = self.factorless()?;
        if self.take("*") {
            let second = self.factorless()?;
            out.push(Regressor::Column(first.clone()));
            out.push(Regressor::Column(second.clone()));
            out.push(Regressor::Column(Expression::Product(
                Box::new(first),
                Box::new(second),
            )));
            return Ok(());
        }
        let mut product = first;
        while self.take(":") {
            let next = self.factorless()?;
            product = Expression::Product(Box::new(product), Box::new(next));
        }
        out.push(Regressor::Column(product));
        Ok(())
    }

    /// A regressor without `*`, `:`, `+` or `-` outside brackets.
    fn factorless(&mut self) -> Result<Expression, GravityError> {
        let base = self.atom()?;
        if self.take("^") {
            let power = self.atom()?;
            return Ok(Expression::Binary(
                Operator::Power,
                Box::new(base),
                Box::new(power),
            ));
        }
        Ok(base)
    }

    fn indicators(&mut self) -> Result<Regressor, GravityError> {
        self.next += 2;
        let factor = self.name("a column")?;
        let mut times = None;
        let mut reference = None;
        while self.take(",") {
            let named = self.peek() == &Token::Name("ref".to_string())
                && self.tokens[self.next + 1].0 == Token::Symbol("=");
            if named {
                self.next += 2;
                let value = match self.peek().clone() {
                    Token::Number(v) => v.to_string(),
                    Token::Text(t) | Token::Name(t) => t,
                    other => {
                        return Err(self.fail(
                            format!("expected a level, found {}", other.shown()),
                            Some("write ref = 1995 or ref = \"AUS\"".to_string()),
                        ));
                    }
                };
                self.next += 1;
                reference = Some(value);
            } else {
                times = Some(self.sum()?);
            }
        }
        self.expect(")", "")?;
        Ok(Regressor::Indicators {
            factor,
            times,
            reference,
        })
    }

    fn name(&mut self, what: &str) -> Result<(String, usize), GravityError> {
        let at = self.at();
        match self.peek().clone() {
            Token::Name(name) => {
                self.next += 1;
                Ok((name, at))
            }
            other => Err(self.fail(format!("expected {what}, found {}", other.shown()), None)),
        }
    }

    fn factor(&mut self) -> Result<Factor, GravityError> {
        let mut columns = vec![self.name("a column")?];
        while self.take("^") {
            columns.push(self.name("a column")?);
        }
        Ok(Factor { columns })
    }

    fn effect(&mut self) -> Result<FixedEffect, GravityError> {
        let factor = self.factor()?;
        let mut slopes = Vec::new();
        let mut intercept = true;
        let closing = if self.take("[[") {
            intercept = false;
            Some("]]")
        } else if self.take("[") {
            Some("]")
        } else {
            None
        };
        if let Some(closing) = closing {
            slopes.push(self.sum()?);
            while self.take(",") {
                slopes.push(self.sum()?);
            }
            self.expect(closing, "")?;
        }
        Ok(FixedEffect {
            factor,
            intercept,
            slopes,
        })
    }

    fn sum(&mut self) -> Result<Expression, GravityError> {
        let mut left = self.product()?;
        loop {
            let operator = if self.take("+") {
                Operator::Add
            } else if self.take("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn product(&mut self) -> Result<Expression, GravityError> {
        let mut left = self.power()?;
        loop {
            let operator = if self.take("*") {
                Operator::Multiply
            } else if self.take("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            let right = self.power()?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    fn power(&mut self) -> Result<Expression, GravityError> {
        if self.take("-") {
            return Ok(Expression::Negative(Box::new(self.power()?)));
        }
        let base = self.atom()?;
        if self.take("^") {
            let exponent = self.power()?;
            return Ok(Expression::Binary(
                Operator::Power,
                Box::new(base),
                Box::new(exponent),
            ));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<Expression, GravityError> {
        let at = self.at();
        match self.peek().clone() {
            Token::Number(v) => {
                self.next += 1;
                Ok(Expression::Number(v))
            }
            Token::Symbol("(") => {
                self.next += 1;
                let inside = self.sum()?;
                self.expect(")", "")?;
                Ok(inside)
            }
            Token::Name(name) => {
                self.next += 1;
                if !self.take("(") {
                    return Ok(Expression::Column(name, at));
                }
                let function = Function::NAMES
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, f)| *f)
                    .ok_or_else(|| {
                        let names = Function::NAMES.iter().map(|(n, _)| *n);
                        let known: Vec<&str> = names.clone().collect();
                        let help = suggestion(&name, names)
                            .unwrap_or_else(|| format!("functions are {}, i", known.join(", ")));
                        self.fail_at(at, format!("there is no function {name}"), Some(help))
                    })?;
                let argument = self.sum()?;
                self.expect(")", "")?;
                Ok(Expression::Call(function, Box::new(argument)))
            }
            other => Err(self.fail(format!("expected a column, found {}", other.shown()), None)),
        }
    }
}
