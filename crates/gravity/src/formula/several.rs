//! One line for several formulas: `c(y1, y2) ~ x + csw(a, b) | effects`, as in fixest.

use super::Formula;
use crate::error::GravityError;

/// The stepwise functions: whether terms add up, and whether to begin with none.
const STEPS: [(&str, bool, bool); 4] = [
    ("csw0", true, true),
    ("csw", true, false),
    ("sw0", false, true),
    ("sw", false, false),
];

/// A call in the text: where it begins, what follows it, its arguments.
struct Call {
    begin: usize,
    end: usize,
    arguments: Vec<String>,
}

/// The call of `name` that begins at a character.
fn call(text: &[char], begin: usize, name: &str) -> Option<Call> {
    let open = begin + name.chars().count();
    let before = begin.checked_sub(1).map(|b| text[b]);
    let inside_a_name = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let named = text[begin..]
        .iter()
        .take(open - begin)
        .copied()
        .eq(name.chars());
    if inside_a_name || !named || text.get(open) != Some(&'(') {
        return None;
    }
    let mut depth = 0;
    let mut arguments = vec![String::new()];
    for (at, &c) in text.iter().enumerate().skip(open) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        match (depth, c) {
            (0, _) => {
                return Some(Call {
                    begin,
                    end: at + 1,
                    arguments,
                });
            }
            (1, ',') => arguments.push(String::new()),
            (1, '(') if at == open => {}
            _ => arguments.last_mut().expect("never empty").push(c),
        }
    }
    None
}

impl Formula {
    /// Parses a formula that may stand for several: `c(y1, y2)` as the outcome is one
    /// after the other; among the regressors `sw(a, b)` is a, then b; `csw(a, b)` is a,
    /// then a + b; `sw0` and `csw0` begin with neither. All regressors of the first outcome
    /// come before those of the second.
    ///
    /// ```
    /// use comity_gravity::Formula;
    /// let formulas = Formula::parse_several("c(y, z) ~ x + csw0(a, b) | f")?;
    /// let texts: Vec<&str> = formulas.iter().map(|f| f.text.as_str()).collect();
    /// assert_eq!(texts[0], "y ~ x | f");
    /// assert_eq!(texts[2], "y ~ x + a + b | f");
    /// assert_eq!(texts[3], "z ~ x | f");
    /// # Ok::<(), comity_gravity::GravityError>(())
    /// ```
    ///
    /// # Errors
    /// [`GravityError::Formula`], which points at the place, in the formula that stands
    /// alone once outcomes and steps are chosen; two stepwise functions, or one that is
    /// not among the regressors.
    pub fn parse_several(text: &str) -> Result<Vec<Formula>, GravityError> {
        let characters: Vec<char> = text.chars().collect();
        let fail = |at: usize, message: &str, help: &str| GravityError::Formula {
            formula: text.to_string(),
            at,
            message: message.to_string(),
            help: Some(help.to_string()),
        };
        let string = |part: &[char]| -> String { part.iter().collect() };
        let tilde = characters.iter().position(|&c| c == '~');
        let bar = characters.iter().position(|&c| c == '|');
        let (Some(tilde), n) = (tilde, characters.len()) else {
            return Ok(vec![Formula::parse(text)?]);
        };
        let bar = bar.unwrap_or(n);
        let first = characters
            .iter()
            .position(|c| !c.is_whitespace())
            .unwrap_or(0);
        let outcomes = match call(&characters, first, "c") {
            Some(found)
                if string(&characters[found.end..tilde.max(found.end)])
                    .trim()
                    .is_empty() =>
            {
                found.arguments
            }
            _ => vec![string(&characters[..tilde])],
        };
        let mut steps = Vec::new();
        let mut at = 0;
        while at < n {
            let found = STEPS
                .iter()
                .find_map(|&(name, add, zero)| Some((call(&characters, at, name)?, add, zero)));
            if let Some(found) = found {
                at = found.0.end;
                steps.push(found);
            } else {
                at += 1;
            }
        }
        if let Some((second, ..)) = steps.get(1) {
            return Err(fail(
                second.begin,
                "there is a second stepwise function",
                "use one",
            ));
        }
        let mut sides = Vec::new();
        match steps.first() {
            None => sides.push(string(&characters[tilde..])),
            Some((found, ..)) if found.begin < tilde || found.begin > bar => {
                return Err(fail(
                    found.begin,
                    "steps are for regressors",
                    "move it between ~ and |",
                ));
            }
            Some((found, add, zero)) => {
                let (head, tail) = (
                    string(&characters[tilde..found.begin]),
                    string(&characters[found.end..]),
                );
                let mut chosen: Vec<&str> = Vec::new();
                if *zero {
                    // The sign before it goes with it, if there is one.
                    let head = head.trim_end();
                    let without = match head.strip_suffix('+') {
                        Some(rest) => format!("{}{tail}", rest.trim_end()),
                        None => format!("{head} 1{tail}"),
                    };
                    sides.push(without);
                }
                for argument in &found.arguments {
                    if !*add {
                        chosen.clear();
                    }
                    chosen.push(argument.trim());
                    sides.push(format!("{head}{}{tail}", chosen.join(" + ")));
                }
            }
        }
        let mut formulas = Vec::new();
        for outcome in &outcomes {
            for side in &sides {
                formulas.push(Formula::parse(&format!("{} {side}", outcome.trim()))?);
            }
        }
        Ok(formulas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let formulas = Formula::parse_several(text).unwrap_or_else(|e| panic!("{e}"));
        formulas.into_iter().map(|f| f.text).collect()
    }

    #[test]
    fn steps_and_outcomes() {
        assert_eq!(texts("y ~ x | f"), ["y ~ x | f"]);
        assert_eq!(texts("y ~ sw(log(a), b)"), ["y ~ log(a)", "y ~ b"]);
        assert_eq!(
            texts("y ~ csw0(a, b) + x"),
            ["y ~ 1 + x", "y ~ a + x", "y ~ a + b + x"]
        );
        assert_eq!(
            texts("y ~ sw0(a) | f | w ~ z"),
            ["y ~ 1 | f | w ~ z", "y ~ a | f | w ~ z"]
        );
        assert_eq!(
            texts("c(log(y), z) ~ i(t, x, ref = 1) + csw(a)"),
            ["log(y) ~ i(t, x, ref = 1) + a", "z ~ i(t, x, ref = 1) + a"]
        );
        // Names that end like a step are names.
        assert_eq!(texts("y ~ log(x)").len(), 1);
    }

    #[test]
    fn mistakes_point_at_the_place() {
        for (text, at) in [
            ("y ~ sw(a, b) + csw(c, d)", 15),
            ("y ~ x | sw(a, b)", 8),
            // In the second formula, y ~ without a regressor.
            ("y ~ sw(a, )", 4),
        ] {
            match Formula::parse_several(text) {
                Err(GravityError::Formula { at: found, .. }) => assert_eq!(found, at, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
