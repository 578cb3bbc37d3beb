//! One module a command.

pub mod agree;
pub mod appraise;
mod audit;
pub mod bloc;
mod coalitions;
mod estimates;
pub mod flows;
pub mod gravity;
mod gravity_files;
pub mod gravity_panel;
pub mod gravity_use;
mod import;
mod loaded;
pub mod package;
pub mod power;
pub mod projects;
pub mod risk;
pub mod scenario;
pub mod skim;
pub mod solve;
pub mod times;
pub mod trade;
pub mod world;

use comfy_table::{CellAlignment, Table, presets};

/// A table in the style of the field: a line under the header, numbers aligned right from column
/// `first_number` on.
fn table(header: &[&str], first_number: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(header.to_vec());
    for (index, column) in table.column_iter_mut().enumerate() {
        if index >= first_number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
