//! Orders kept on disk: nested dissection is done once a network, not once a run.
//!
//! A file holds the order of one graph and is named by the SHA-256 of that graph, its positions and
//! our version. Any order of the right vertices gives the same results, so that a file need only be
//! a permutation to be used; what is not is ignored and written anew. A folder that cannot be read
//! or written costs the time it would have saved and nothing else.

use super::Digraph;
use super::order::Order;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Graphs with fewer vertices are ordered faster than a file is found.
const LEAST: usize = 2_000;
const MAGIC: &[u8; 16] = b"comity order 1\n\0";

static FOLDER: OnceLock<OrderFolder> = OnceLock::new();

/// Keep the orders of all engines made from now on in a folder. Without this nothing is read or
/// written. The first call counts.
pub fn keep_orders_in(folder: PathBuf) {
    let _ = FOLDER.set(OrderFolder::new(folder));
}

/// The order of a graph: from the folder of this program, if it has one.
pub(crate) fn order(graph: &Digraph, positions: &[(f64, f64)]) -> Order {
    match FOLDER.get() {
        Some(folder) if graph.vertices() >= LEAST => folder.order(graph, positions),
        _ => Order::new(graph, positions),
    }
}

/// A folder of orders. It is made when the first is written.
#[derive(Clone, Debug)]
pub struct OrderFolder(PathBuf);

impl OrderFolder {
    /// A folder that need not exist.
    pub fn new(folder: PathBuf) -> OrderFolder {
        OrderFolder(folder)
    }

    /// The order of a graph ([`Order::new`]), read if it is kept, else made and kept.
    ///
    /// # Panics
    /// If there is not one position a vertex.
    pub fn order(&self, graph: &Digraph, positions: &[(f64, f64)]) -> Order {
        let key = key(graph, positions);
        let name: String = key[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self.0.join(format!("{name}.order"));
        let kept = std::fs::read(&path).ok();
        if let Some(order) = kept.and_then(|bytes| decode(&bytes, &key, graph.vertices())) {
            return order;
        }
        let order = Order::new(graph, positions);
        // Nothing depends on it.
        let _ = self.write(&path, &encode(&order, &key));
        order
    }

    /// Under another name first, so that no reader meets half a file.
    fn write(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.0)?;
        let temporary = path.with_extension(format!("new-{}", std::process::id()));
        let written = std::fs::write(&temporary, bytes);
        let moved = written.and_then(|()| std::fs::rename(&temporary, path));
        if moved.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        moved
    }
}

fn key(graph: &Digraph, positions: &[(f64, f64)]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update((graph.vertices() as u64).to_le_bytes());
    let mut bytes = Vec::with_capacity(4 * graph.arcs() + 20 * graph.vertices());
    for number in graph.first.iter().chain(&graph.to) {
        bytes.extend(number.to_le_bytes());
    }
    for (lon, lat) in positions {
        bytes.extend(lon.to_le_bytes());
        bytes.extend(lat.to_le_bytes());
    }
    hash.update(&bytes);
    hash.finalize().into()
}

fn encode(order: &Order, key: &[u8; 32]) -> Vec<u8> {
    let mut bytes = [&MAGIC[..], key].concat();
    bytes.extend(order.0.iter().flat_map(|vertex| vertex.to_le_bytes()));
    bytes
}

fn decode(bytes: &[u8], key: &[u8; 32], vertices: usize) -> Option<Order> {
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(key)?;
    let (numbers, []) = rest.as_chunks::<4>() else {
        return None;
    };
    let order: Vec<u32> = numbers
        .iter()
        .map(|four| u32::from_le_bytes(*four))
        .collect();
    let mut seen = vec![false; vertices];
    for vertex in &order {
        let seen = seen.get_mut(*vertex as usize)?;
        if std::mem::replace(seen, true) {
            return None;
        }
    }
    (order.len() == vertices).then_some(Order(order))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder of its own, taken away at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let name = format!("comity-orders-{}-{name}", std::process::id());
            Folder(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A ladder of so many rungs.
    fn ladder(rungs: u32) -> (Digraph, Vec<(f64, f64)>) {
        let mut arcs = vec![];
        for rung in 0..rungs {
            let (a, b) = (2 * rung, 2 * rung + 1);
            arcs.extend([(a, b), (b, a)]);
            if rung > 0 {
                arcs.extend([(a, a - 2), (a - 2, a), (b, b - 2), (b - 2, b)]);
            }
        }
        arcs.sort_unstable();
        let positions = (0..2 * rungs).map(|v| (f64::from(v / 2) * 0.1, f64::from(v % 2)));
        (
            Digraph::new(2 * rungs as usize, arcs.into_iter()),
            positions.collect(),
        )
    }

    fn files(folder: &Folder) -> Vec<PathBuf> {
        let read = fs::read_dir(&folder.0).into_iter().flatten();
        let mut files: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }

    #[test]
    fn an_order_is_kept_and_read_back() {
        let home = Folder::new("kept");
        let folder = OrderFolder::new(home.0.join("deep"));
        let (graph, positions) = ladder(40);
        let fresh = Order::new(&graph, &positions);
        assert_eq!(folder.order(&graph, &positions), fresh);
        let inner = Folder(home.0.join("deep"));
        let [file] = files(&inner).try_into().expect("one file");
        // Another order of the same vertices shows that the file is what is read.
        let mut turned = fresh.clone();
        turned.0.reverse();
        fs::write(&file, encode(&turned, &key(&graph, &positions))).expect("written");
        assert_eq!(folder.order(&graph, &positions), turned);
        // Another graph, and the same one moved, have files of their own.
        let (other, elsewhere) = ladder(41);
        folder.order(&other, &elsewhere);
        let moved: Vec<(f64, f64)> = positions.iter().map(|p| (p.0 + 1.0, p.1)).collect();
        folder.order(&graph, &moved);
        assert_eq!(files(&inner).len(), 3);
    }

    #[test]
    fn a_file_that_is_not_an_order_is_written_anew() {
        let home = Folder::new("bad");
        let folder = OrderFolder::new(home.0.clone());
        let (graph, positions) = ladder(40);
        let fresh = folder.order(&graph, &positions);
        let [file] = files(&home).try_into().expect("one file");
        let good = fs::read(&file).expect("read");
        let mut twice = good.clone();
        let end = twice.len();
        twice.copy_within(end - 8..end - 4, end - 4);
        let mut far = good.clone();
        far[end - 1] = 0xff;
        let mut of_other = good.clone();
        of_other[20] ^= 1;
        let bad = [
            vec![],
            good[..end - 4].to_vec(),
            good[..end - 1].to_vec(),
            twice,
            far,
            of_other,
            [&good[..], &[0; 4]].concat(),
        ];
        for bytes in bad {
            fs::write(&file, bytes).expect("written");
            assert_eq!(folder.order(&graph, &positions), fresh);
            assert_eq!(fs::read(&file).expect("read"), good);
        }
        assert_eq!(files(&home).len(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_does_no_harm() {
        let home = Folder::new("file");
        // Not a folder, whoever asks.
        fs::write(&home.0, "mine").expect("written");
        let (graph, positions) = ladder(40);
        let found = OrderFolder::new(home.0.clone()).order(&graph, &positions);
        assert_eq!(found, Order::new(&graph, &positions));
        assert_eq!(fs::read(&home.0).expect("read"), b"mine");
        let _ = fs::remove_file(&home.0);
    }
}
