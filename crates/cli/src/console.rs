//! What goes to the screen: results to stdout, the rest to stderr.

use crate::arguments::{Common, Format, When};
use crate::error::CommandResult;
use comity_appraisal::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Columns where the width of the terminal is not known.
const WIDTH: usize = 120;

/// The streams and how to use them.
pub struct Console {
    quiet: bool,
    verbose: bool,
    pub colour: bool,
    pub json: bool,
}

impl Console {
    pub fn new(common: &Common) -> Self {
        let colour = match common.colour {
            When::Always => true,
            When::Never => false,
            When::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        Console {
            quiet: common.quiet,
            verbose: common.verbose,
            colour,
            json: common.format == Format::Json,
        }
    }

    /// Columns to fill.
    pub fn width(&self) -> usize {
        if !std::io::stdout().is_terminal() {
            return WIDTH;
        }
        terminal_size::terminal_size()
            .map_or(WIDTH, |(columns, _)| usize::from(columns.0))
            .clamp(80, 160)
    }

    /// Print a result. A closed pipe is no error: whoever reads has seen enough.
    pub fn print(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = stdout.write_all(b"\n");
        }
        let _ = stdout.flush();
    }

    /// Print a result as JSON.
    pub fn print_json(&self, value: &impl serde::Serialize) -> CommandResult {
        self.print(&serde_json::to_string_pretty(value)?);
        Ok(())
    }

    /// Say something on stderr, unless asked to be quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Say something that only the curious want.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            eprintln!("{text}");
        }
    }

    /// Say what went wrong.
    pub fn error(&self, message: &str) {
        eprintln!("error: {message}");
    }

    /// A progress bar on stderr; silent if quiet or if stderr is no terminal.
    pub fn progress(&self) -> Bar {
        self.bar("{msg:22} {wide_bar} {pos}/{len} {elapsed}")
    }

    /// The same with the time left, for steps that take about equally long.
    pub fn progress_with_time_left(&self) -> Bar {
        self.bar("{msg:22} {wide_bar} {pos}/{len} {elapsed}, {eta} left")
    }

    fn bar(&self, template: &str) -> Bar {
        let target = if self.quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        Bar {
            bar,
            verbose: self.verbose,
            stage: Mutex::new(None),
        }
    }
}

/// A progress bar that follows the stages.
pub struct Bar {
    bar: ProgressBar,
    verbose: bool,
    stage: Mutex<Option<(String, Instant)>>,
}

impl Bar {
    fn close_stage(&self) {
        let last = self.stage.lock().map(|mut s| s.take()).unwrap_or(None);
        if let (true, Some((name, since))) = (self.verbose, last) {
            let line = format!("{name}: {:.2} s", since.elapsed().as_secs_f64());
            self.bar.suspend(|| eprintln!("{line}"));
        }
    }

    /// Remove the bar.
    pub fn finish(&self) {
        self.close_stage();
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn stage(&self, name: &str, steps: u64) {
        self.close_stage();
        self.bar.set_message(name.to_owned());
        self.bar.set_length(steps);
        self.bar.set_position(0);
        if let Ok(mut stage) = self.stage.lock() {
            *stage = Some((name.to_owned(), Instant::now()));
        }
    }

    fn step(&self) {
        self.bar.inc(1);
    }
}
