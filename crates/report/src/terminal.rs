//! The outcome as plain text for a terminal.

use crate::numbers::{MISSING, Style, align_points, percent_change};
use crate::select;
use comfy_table::presets::NOTHING;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, ContentLineStyle, LineStyle, Table,
    TableStyle,
};
use comity_appraisal::Uncertainty;
use comity_appraisal::outcome::{Corridor, EconomyOutcome, Outcome};

/// Economies shown outside the bloc, on each side.
const OUTSIDE: usize = 5;
/// Corridors shown.
const CORRIDORS: usize = 12;
/// Letters of a name and of a tier, before they are cut.
pub(crate) const NAME: usize = 20;
const TIER: usize = 9;
/// Width from which columns stand two spaces apart.
const ROOMY: usize = 118;

const SPACED: ContentLineStyle = ContentLineStyle::none().junction(' ');
const RULE: LineStyle = LineStyle::none().fill('─').junction('─');
const STYLE: TableStyle = NOTHING
    .header_lines(SPACED)
    .header_separator(RULE)
    .content_lines(SPACED)
    .bottom_border(RULE);

/// The verdict, the bloc's economies, the largest changes outside it and the corridors that change
/// most. `width` in columns; 110 or more shows every table without wrapped cells. No escape sequences unless
/// `colour`.
pub fn render(outcome: &Outcome, width: usize, colour: bool) -> String {
    let mut page = Page::new(width, colour);
    page.bold(&outcome.verdict.sentence);
    for project in &outcome.scenario.projects {
        page.paragraph(&format!(
            "{}: {} million USD, {} million USD a year over {} years at {} %.",
            project.name,
            Style::LEVEL.format(project.cost_musd),
            Style::LEVEL.format(project.annuity_musd),
            Style::LEVEL.plain(project.life_years),
            Style::SHARE.plain(100.0 * project.discount_rate),
        ));
        for loan in &project.loans {
            page.paragraph(loan);
        }
    }
    let bloc = select::bloc(outcome);
    if !bloc.is_empty() {
        let title = format!(
            "{}: economies by net gain (hours to the ten largest partners)",
            outcome.scenario.bloc
        );
        page.table(&title, economies(&bloc, true));
    }
    if let Some(uncertainty) = &outcome.uncertainty {
        let title = format!(
            "Net gain over {} draws of {} parameters, seed {}; every member gains in {}",
            uncertainty.draws,
            uncertainty.parameters.len(),
            uncertainty.seed,
            select::probability(uncertainty.probability_that_every_member_gains),
        );
        page.table(&title, intervals(&bloc, uncertainty));
    }
    let where_ = if bloc.is_empty() {
        ""
    } else {
        " outside the bloc"
    };
    let gainers = select::gainers_outside(outcome, OUTSIDE);
    if !gainers.is_empty() {
        page.table(
            &format!("Biggest gainers{where_}"),
            economies(&gainers, false),
        );
    }
    let losers = select::losers_outside(outcome, OUTSIDE);
    if !losers.is_empty() {
        page.table(
            &format!("Biggest losers{where_}"),
            economies(&losers, false),
        );
    }
    if !outcome.corridors.is_empty() {
        let shown = &outcome.corridors[..outcome.corridors.len().min(CORRIDORS)];
        page.table(
            "Corridors where the change weighs most (general cargo; change of cost × trade)",
            corridors(shown),
        );
    }
    for warning in &outcome.diagnostics.warnings {
        page.paragraph(&format!("Note: {warning}"));
    }
    page.text
}

pub(crate) struct Page {
    text: String,
    width: usize,
    colour: bool,
}

impl Page {
    /// An empty page of so many columns.
    pub(crate) fn new(width: usize, colour: bool) -> Page {
        Page {
            text: String::new(),
            width: width.clamp(60, 200),
            colour,
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn bold(&mut self, words: &str) {
        let start = self.text.len();
        self.paragraph(words);
        if self.colour {
            self.text.insert_str(start, "\u{1b}[1m");
            let end = self.text.trim_end().len();
            self.text.insert_str(end, "\u{1b}[0m");
        }
    }

    pub(crate) fn paragraph(&mut self, words: &str) {
        let mut column = 0;
        for word in words.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > self.width {
                self.text.push('\n');
                column = 0;
            } else if column > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        self.text.push('\n');
    }

    pub(crate) fn table(&mut self, title: &str, columns: Vec<Column>) {
        self.text.push('\n');
        self.bold(title);
        let mut table = Table::new();
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width as u16)
            .force_no_tty();
        if self.colour {
            table.enforce_styling();
        }
        table.set_header(
            columns
                .iter()
                .map(|c| Cell::new(&c.header).set_alignment(c.alignment())),
        );
        let rows = columns.first().map_or(0, |c| c.cells.len());
        for row in 0..rows {
            table.add_row(columns.iter().map(|c| c.cell(row)));
        }
        let gap = u16::from(self.width >= ROOMY);
        for column in table.column_iter_mut() {
            column.set_padding((0, gap));
        }
        for line in table.lines() {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }
}

/// A column and how it stands.
pub(crate) struct Column {
    header: String,
    cells: Vec<String>,
    numeric: bool,
    /// Losses in colour, where colour is allowed.
    judged: bool,
}

impl Column {
    pub(crate) fn words(header: &str, most: usize, cells: impl Iterator<Item = String>) -> Column {
        Column {
            header: header.to_owned(),
            cells: cells.map(|c| shorten(&c, most)).collect(),
            numeric: false,
            judged: false,
        }
    }

    pub(crate) fn numbers(header: &str, style: Style, values: Vec<Option<f64>>) -> Column {
        let style = style.widened(values.iter().copied().flatten());
        let cells = values.into_iter().map(|v| style.optional(v)).collect();
        Column::aligned(header, cells)
    }

    /// Numbers in words, their points brought in line.
    fn aligned(header: &str, mut cells: Vec<String>) -> Column {
        align_points(&mut cells);
        Column {
            header: header.to_owned(),
            cells,
            numeric: true,
            judged: false,
        }
    }

    /// "before → after", both sides aligned.
    fn change(
        header: &str,
        style: Style,
        before: Vec<Option<f64>>,
        after: Vec<Option<f64>>,
    ) -> Column {
        let side = |values: Vec<Option<f64>>| {
            let cells: Vec<String> = values.into_iter().map(|v| style.optional(v)).collect();
            let widest = cells.iter().map(|c| c.chars().count()).max().unwrap_or(0);
            cells.into_iter().map(move |c| format!("{c:>widest$}"))
        };
        Column {
            header: header.to_owned(),
            cells: side(before)
                .zip(side(after))
                .map(|(b, a)| format!("{b} → {a}"))
                .collect(),
            numeric: true,
            judged: false,
        }
    }

    pub(crate) fn judged(mut self) -> Column {
        self.judged = true;
        self
    }

    fn alignment(&self) -> CellAlignment {
        if self.numeric {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        }
    }

    fn cell(&self, row: usize) -> Cell {
        let text = &self.cells[row];
        let cell = Cell::new(text).set_alignment(self.alignment());
        match (self.judged, text.chars().next()) {
            (true, Some('+')) => cell.fg(Color::Green).add_attribute(Attribute::Bold),
            (true, Some('−')) => cell.fg(Color::Red).add_attribute(Attribute::Bold),
            _ => cell,
        }
    }
}

fn shorten(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(most - 1).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

fn economies(rows: &[&EconomyOutcome], inside: bool) -> Vec<Column> {
    let number = |header: &str, style: Style, f: &dyn Fn(&EconomyOutcome) -> Option<f64>| {
        Column::numbers(header, style, rows.iter().map(|e| f(e)).collect())
    };
    let mut columns = vec![Column::words(
        "economy",
        NAME,
        rows.iter().map(|e| e.name.clone()),
    )];
    if inside {
        let tier = rows
            .iter()
            .map(|e| e.tier.clone().unwrap_or_else(|| MISSING.to_owned()));
        columns.push(Column::words("tier", TIER, tier));
    }
    columns.extend([
        number("partners\nΔ h", Style::HOURS, &|e| {
            select::partner_hours(e).0
        }),
        number("partners\n%", Style::PERCENT, &|e| {
            select::partner_hours(e).1
        }),
        number("trade\ncost %", Style::PERCENT, &|e| {
            Some(e.trade_cost_change_percent)
        }),
        number("exports\n%", Style::PERCENT, &select::exports_percent),
        number("income\n%", Style::PERCENT, &|e| {
            Some(e.real_income_change_percent)
        }),
        number("income\nm USD/yr", Style::MUSD, &|e| {
            Some(e.real_income_change_musd)
        }),
    ]);
    if inside {
        columns.push(number("cost\nshare %", Style::SHARE, &|e| {
            Some(100.0 * e.cost_share)
        }));
    }
    columns.extend([
        number("net\nm USD/yr", Style::MUSD, &|e| Some(e.net_change_musd)).judged(),
        number("net\n% income", Style::PERCENT, &|e| {
            Some(e.net_change_percent)
        })
        .judged(),
    ]);
    columns
}

fn intervals(rows: &[&EconomyOutcome], of: &Uncertainty) -> Vec<Column> {
    let interval = |e: &EconomyOutcome| select::interval(of, &e.iso3);
    let moved = |e: &EconomyOutcome| select::sensitivity(of, &e.iso3);
    let words = |header: &str, most: usize, f: &dyn Fn(&EconomyOutcome) -> Option<String>| {
        let missing = || MISSING.to_owned();
        Column::words(
            header,
            most,
            rows.iter().map(|e| f(e).unwrap_or_else(missing)),
        )
    };
    let median = |e: &&EconomyOutcome| interval(e).map_or(MISSING.to_owned(), select::median);
    vec![
        words("economy", NAME, &|e| Some(e.name.clone())),
        Column::aligned("median\nm USD/yr", rows.iter().map(median).collect()),
        words("90 % interval\nm USD/yr", 22, &|e| {
            interval(e).map(|i| select::range(Style::MUSD, i.low_musd, i.high_musd))
        }),
        words("P(gain)", 8, &|e| {
            interval(e).map(|i| select::probability(i.probability_of_gain))
        }),
        words("moved most by", 34, &|e| {
            moved(e).map(|m| m.parameter.clone())
        }),
        words("sign turns at", 28, &|e| {
            moved(e).map(select::turning_point)
        }),
    ]
}

fn corridors(rows: &[Corridor]) -> Vec<Column> {
    let side = |f: &dyn Fn(&Corridor) -> Option<f64>| rows.iter().map(f).collect::<Vec<_>>();
    vec![
        Column::words("from", NAME, rows.iter().map(|c| c.from.clone())),
        Column::words("to", NAME, rows.iter().map(|c| c.to.clone())),
        Column::change(
            "hours",
            select::CORRIDOR_HOURS,
            side(&|c| c.hours_before),
            side(&|c| c.hours_after),
        ),
        Column::change(
            "USD per TEU",
            Style::new(4, 0, false),
            side(&|c| c.usd_per_teu_before),
            side(&|c| c.usd_per_teu_after),
        ),
        Column::change(
            "rail share %",
            Style::SHARE,
            side(&|c| select::mode_share(&c.mode_shares_before, "rail")),
            side(&|c| select::mode_share(&c.mode_shares_after, "rail")),
        ),
        Column::numbers(
            "generalised cost\n%",
            Style::PERCENT,
            side(&|c| percent_change(c.generalised_before, c.generalised_after)),
        ),
    ]
}
