//! The `comity` command.
//!
//! Results go to stdout, everything else to stderr. Exit code 0 for success, 2 for a mistake of the
//! user (in the command line or an input), 1 for one of ours, 130 when interrupted.

mod arguments;
mod cache;
mod commands;
mod console;
mod error;
mod interrupt;
mod lookup;

use arguments::{Arguments, Command};
use clap::Parser;
use console::Console;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = Console::new(&arguments.common);
    if let Err(error) = interrupt::watch() {
        console.error(&format!("cannot listen for Ctrl-C: {error}"));
        return ExitCode::from(1);
    }
    if let Some(threads) = arguments.common.threads
        && let Err(error) = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
    {
        console.error(&format!("cannot use {threads} threads: {error}"));
        return ExitCode::from(1);
    }
    if let Some(folder) = cache::folder() {
        comity_network::hierarchy::kept::keep_orders_in(folder);
    }
    let result = match &arguments.command {
        Command::Appraise(options) => commands::appraise::run(options, &console),
        Command::Agree(options) => commands::agree::run(options, &console),
        Command::Package(options) => commands::package::run(options, &console),
        Command::Bloc(action) => commands::bloc::run(action, &console),
        Command::Power(options) => commands::power::run(options, &console),
        Command::Solve(options) => commands::solve::run(options, &console),
        Command::Times(options) => commands::times::run(options, &console),
        Command::Skim(options) => commands::skim::run(options, &console),
        Command::Trade(options) => commands::trade::run(options, &console),
        Command::Flows(options) => commands::flows::run(options, &console),
        Command::Risk(action) => commands::risk::run(action, &console),
        Command::Gravity(action) => commands::gravity::run(action, &console),
        Command::World(action) => commands::world::run(action, &console),
        Command::Projects(action) => commands::projects::run(action, &console),
        Command::Scenario(action) => commands::scenario::run(action, &console),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&error.message);
            ExitCode::from(if error.of_user { 2 } else { 1 })
        }
    }
}
