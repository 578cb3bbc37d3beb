//! Formulas in the syntax of fixest: `y ~ x1 + log(x2) | a^b + c[x3]`.

mod lexer;
mod parser;
mod several;

use std::fmt;

use crate::error::GravityError;

/// A function of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Natural logarithm.
    Log,
    /// log(1 + x).
    Log1p,
    /// Exponential.
    Exp,
    /// Square root.
    Sqrt,
    /// Absolute value.
    Abs,
    /// The expression itself, as `I()` in R.
    Identity,
}

impl Function {
    pub(crate) const NAMES: [(&'static str, Function); 7] = [
        ("log", Function::Log),
        ("ln", Function::Log),
        ("log1p", Function::Log1p),
        ("exp", Function::Exp),
        ("sqrt", Function::Sqrt),
        ("abs", Function::Abs),
        ("I", Function::Identity),
    ];

    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Function::Log => x.ln(),
            Function::Log1p => x.ln_1p(),
            Function::Exp => x.exp(),
            Function::Sqrt => x.sqrt(),
            Function::Abs => x.abs(),
            Function::Identity => x,
        }
    }
}

/// Arithmetic between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// a + b
    Add,
    /// a - b
    Subtract,
    /// a * b inside a function, `a:b` between regressors.
    Multiply,
    /// a / b
    Divide,
    /// a ^ b
    Power,
}

/// A number for every row.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A constant.
    Number(f64),
    /// A column and its place in the formula (characters before it).
    Column(String, usize),
    /// A function of an expression.
    Call(Function, Box<Expression>),
    /// Arithmetic.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// Minus an expression.
    Negative(Box<Expression>),
    /// `a:b`, a product of regressors.
    Product(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// Calls `visit` for each column and its place.
    pub(crate) fn columns<'a>(&'a self, visit: &mut impl FnMut(&'a str, usize)) {
        match self {
            Expression::Number(_) => {}
            Expression::Column(name, at) => visit(name, *at),
            Expression::Call(_, a) | Expression::Negative(a) => a.columns(visit),
            Expression::Binary(_, a, b) | Expression::Product(a, b) => {
                a.columns(visit);
                b.columns(visit);
            }
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Number(v) => write!(f, "{v}"),
            Expression::Column(name, _) => write!(f, "{name}"),
            Expression::Call(function, a) => {
                let name = Function::NAMES
                    .iter()
                    .find(|(_, g)| g == function)
                    .map_or("", |(n, _)| n);
                write!(f, "{name}({a})")
            }
            Expression::Negative(a) => write!(f, "-{a}"),
            Expression::Product(a, b) => write!(f, "{a}:{b}"),
            Expression::Binary(operator, a, b) => {
                let sign = match operator {
                    Operator::Add => " + ",
                    Operator::Subtract => " - ",
                    Operator::Multiply => " * ",
                    Operator::Divide => "/",
                    Operator::Power => "^",
                };
                let part = |e: &Expression| match e {
                    Expression::Binary(..) | Expression::Negative(_) => format!("({e})"),
                    _ => e.to_string(),
                };
                write!(f, "{}{sign}{}", part(a), part(b))
            }
        }
    }
}

/// A regressor: one column of numbers, or one for each level of a factor.
#[derive(Debug, Clone, PartialEq)]
pub enum Regressor {
    /// One column.
    Column(Expression),
    /// `i(factor, x, ref = level)`: an indicator of each level, times x if given.
    Indicators {
        /// The factor and its place.
        factor: (String, usize),
        /// What each indicator is multiplied with.
        times: Option<Expression>,
        /// The level without an indicator.
        reference: Option<String>,
    },
}

/// Columns combined to one factor: `exporter^year`.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// The columns with their places.
    pub columns: Vec<(String, usize)>,
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, _)) in self.columns.iter().enumerate() {
            if index > 0 {
                write!(f, "^")?;
            }
            write!(f, "{name}")?;
        }
        Ok(())
    }
}

/// Fixed effects of one factor: an intercept for each level (`f`), an intercept
/// and slopes (`f[x]`), or slopes alone (`f[[x]]`).
#[derive(Debug, Clone, PartialEq)]
pub struct FixedEffect {
    /// The factor.
    pub factor: Factor,
    /// Whether each level has an intercept.
    pub intercept: bool,
    /// What has a slope in each level.
    pub slopes: Vec<Expression>,
}

/// A parsed formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// The formula as written.
    pub text: String,
    /// The outcome.
    pub outcome: Expression,
    /// The regressors in their order.
    pub regressors: Vec<Regressor>,
    /// Whether there is an intercept. With fixed effects there is none to estimate.
    pub intercept: bool,
    /// The fixed effects in their order.
    pub effects: Vec<FixedEffect>,
    /// Endogenous regressors, of the third part `endogenous ~ instruments`.
    pub endogenous: Vec<Expression>,
    /// Their instruments.
    pub instruments: Vec<Regressor>,
}

impl Formula {
    /// Parses a formula.
    ///
    /// ```
    /// use comity_gravity::Formula;
    /// let formula = Formula::parse("trade ~ rta + log(dist) | exporter^year + importer^year")?;
    /// assert_eq!(formula.effects.len(), 2);
    /// let error = Formula::parse("trade ~ log(dist | exporter").unwrap_err();
    /// assert!(error.to_string().contains("expected )"));
    /// # Ok::<(), comity_gravity::GravityError>(())
    /// ```
    ///
    /// # Errors
    /// [`GravityError::Formula`], which points at the place.
    pub fn parse(text: &str) -> Result<Self, GravityError> {
        parser::formula(text)
    }

    /// The columns the formula needs, each once, in the order of appearance.
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        self.visit(&mut |name, _| {
            if !names.iter().any(|n| n == name) {
                names.push(name.to_string());
            }
        });
        names
    }

    /// Calls `visit` for each column and its place.
    pub(crate) fn visit<'a>(&'a self, visit: &mut impl FnMut(&'a str, usize)) {
        self.outcome.columns(visit);
        self.endogenous.iter().for_each(|e| e.columns(visit));
        for regressor in self.regressors.iter().chain(&self.instruments) {
            match regressor {
                Regressor::Column(e) => e.columns(visit),
                Regressor::Indicators { factor, times, .. } => {
                    visit(&factor.0, factor.1);
                    if let Some(e) = times {
                        e.columns(visit);
                    }
                }
            }
        }
        for effect in &self.effects {
            for (name, at) in &effect.factor.columns {
                visit(name, *at);
            }
            for slope in &effect.slopes {
                slope.columns(visit);
            }
        }
    }
}

/// Parses factors joined by `+`, as clusters are given: `exporter^importer + year`.
///
/// # Errors
/// [`GravityError::Formula`], which points at the place.
pub fn parse_factors(text: &str) -> Result<Vec<Factor>, GravityError> {
    parser::factors(text)
}

/// Parses one expression, as weights and offsets are given: `log(population)`.
///
/// # Errors
/// [`GravityError::Formula`], which points at the place.
pub fn parse_expression(text: &str) -> Result<Expression, GravityError> {
    parser::expression(text)
}
