//! Text into tokens with their places.

use crate::error::GravityError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    Text(String),
    Symbol(&'static str),
    End,
}

impl Token {
    pub(super) fn shown(&self) -> String {
        match self {
            Token::Number(v) => format!("{v}"),
            Token::Name(n) => n.clone(),
            Token::Text(t) => format!("\"{t}\""),
            Token::Symbol(s) => (*s).to_string(),
            Token::End => "the end".to_string(),
        }
    }
}

const SYMBOLS: [&str; 16] = [
    "[[", "]]", "[", "]", "(", ")", "~", "|", "+", "-", "*", "/", "^", ":", ",", "=",
];

/// Tokens with the number of characters before each; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, GravityError> {
    let characters: Vec<char> = text.chars().collect();
    let fail = |at: usize, message: String| GravityError::Formula {
        formula: text.to_string(),
        at,
        message,
        help: None,
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let c = characters[at];
        if c.is_whitespace() {
            at += 1;
        } else if c == '`' || c == '"' || c == '\'' {
            let length = characters[at + 1..]
                .iter()
                .position(|&d| d == c)
                .ok_or_else(|| fail(at, format!("{c} is not closed")))?;
            let inside: String = characters[at + 1..at + 1 + length].iter().collect();
            out.push((
                if c == '`' {
                    Token::Name(inside)
                } else {
                    Token::Text(inside)
                },
                at,
            ));
            at += length + 2;
        } else if c.is_ascii_digit()
            || c == '.' && characters.get(at + 1).is_some_and(char::is_ascii_digit)
        {
            let mut end = at;
            while end < characters.len() {
                let d = characters[end];
                let exponent_sign =
                    (d == '-' || d == '+') && matches!(characters[end - 1], 'e' | 'E');
                if d.is_ascii_alphanumeric() || d == '.' || (end > at && exponent_sign) {
                    end += 1;
                } else {
                    break;
                }
            }
            let shown: String = characters[at..end].iter().collect();
            let value = shown
                .parse()
                .map_err(|_| fail(at, format!("{shown} is not a number")))?;
            out.push((Token::Number(value), at));
            at = end;
        } else if c.is_alphabetic() || c == '_' || c == '.' {
            let mut end = at;
            while end < characters.len()
                && (characters[end].is_alphanumeric() || matches!(characters[end], '_' | '.'))
            {
                end += 1;
            }
            out.push((Token::Name(characters[at..end].iter().collect()), at));
            at = end;
        } else {
            let rest: String = characters[at..].iter().take(2).collect();
            let symbol = SYMBOLS
                .iter()
                .find(|s| rest.starts_with(**s))
                .ok_or_else(|| fail(at, format!("{c} has no meaning here")))?;
            out.push((Token::Symbol(symbol), at));
            at += symbol.len();
        }
    }
    out.push((Token::End, characters.len()));
    Ok(out)
}
