//! Estimates that take the place of a world's own parameters: `--estimates`, and what the
//! coefficients of a fit stand for.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What the coefficients of a fit stand for.
#[derive(Args)]
pub struct Mapping {
    /// What a coefficient of a fit stands for: trade_elasticity=NAME (on ln(1 + tariff)),
    /// value_of_time=NAME (on hours), value_of_time_per_day=NAME (on days). NAME is a coefficient
    /// or a column in one. For some sectors only, trade_elasticity:AGR,MAN=NAME. May be repeated.
    #[arg(long = "parameter", value_name = "WHAT=NAME")]
    pub parameters: Vec<String>,
    /// How trade was valued (default: duty-paid for duty_paid_usd of `gravity panel`, else net).
    #[arg(long, value_enum)]
    pub valued: Option<Valued>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Valued {
    /// Customs values, before duty.
    Net,
    /// What the buyer pays, duty included.
    DutyPaid,
}

/// Estimates to use in place of the world's own parameters.
#[derive(Args)]
pub struct EstimateOptions {
    /// Written by `comity gravity use`, or by `gravity fit --out` with --parameter to say what its
    /// coefficients stand for. They give the central values; draws keep their covariance.
    #[arg(long, value_name = "FILE")]
    pub estimates: Option<PathBuf>,
    #[command(flatten)]
    pub mapping: Mapping,
}

impl EstimateOptions {
    /// As typed, for the command that makes a result again; empty if nothing was.
    pub fn typed(&self) -> String {
        let Some(path) = &self.estimates else {
            return String::new();
        };
        let mut text = format!(" --estimates {}", quoted(&path.display().to_string()));
        for parameter in &self.mapping.parameters {
            text.push_str(&format!(" --parameter {}", quoted(parameter)));
        }
        if let Some(valued) = self.mapping.valued.and_then(|v| v.to_possible_value()) {
            text.push_str(&format!(" --valued {}", valued.get_name()));
        }
        text
    }
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-.,:/=^+".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_makes_the_options_again() {
        let options = EstimateOptions {
            estimates: Some("my fits/a.json".into()),
            mapping: Mapping {
                parameters: vec![
                    "trade_elasticity:AGR,MAN=log1p(tariff)".to_owned(),
                    "value_of_time=hours".to_owned(),
                ],
                valued: Some(Valued::DutyPaid),
            },
        };
        assert_eq!(
            options.typed(),
            " --estimates 'my fits/a.json' --parameter 'trade_elasticity:AGR,MAN=log1p(tariff)' \
             --parameter value_of_time=hours --valued duty-paid"
        );
    }
}
