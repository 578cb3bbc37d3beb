//! What happened to the rows.

use serde::Serialize;
use std::collections::BTreeMap;

/// Counts by reason, and what could not be attached.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Rows read, by table.
    pub read: BTreeMap<String, usize>,
    /// Rows left out, by reason.
    pub dropped: BTreeMap<String, usize>,
    /// Rows changed, by reason.
    pub repaired: BTreeMap<String, usize>,
    /// Cells that were empty, by what filled them.
    pub filled: BTreeMap<String, usize>,
    /// What a reader should know.
    pub notes: Vec<String>,
    pub nodes_written: usize,
    pub links_written: usize,
    /// Places and terminals with no node of the network near enough.
    pub unattached: Vec<Unattached>,
}

/// A place or terminal without a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unattached {
    /// `place` or the kind of terminal.
    pub kind: String,
    pub id: String,
    /// To the nearest node; `None` if there are none.
    pub km: Option<f64>,
    /// Whether the row had to go, since a rail terminal needs a node.
    pub removed: bool,
}
