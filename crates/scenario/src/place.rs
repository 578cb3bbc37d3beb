//! Where in a scenario file something stands: the path of a key, and its line.

use std::collections::HashMap;
use std::fmt;

/// The keys that lead to a value: `["modification", "2", "from", "lon"]`. Positions count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct KeyPath(Vec<String>);

impl KeyPath {
    pub fn root() -> Self {
        KeyPath::default()
    }

    pub fn modification(number: usize) -> Self {
        KeyPath::root()
            .child("modification")
            .child(&number.to_string())
    }

    pub fn project(name: &str) -> Self {
        KeyPath::root().child("project").child(name)
    }

    pub fn child(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_owned());
        KeyPath(keys)
    }

    fn parent(&self) -> Option<Self> {
        let (_, head) = self.0.split_last()?;
        Some(KeyPath(head.to_vec()))
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [first, second, rest @ ..] if first == "modification" || first == "project" => {
                if first == "project" {
                    write!(f, "project {second:?}")?;
                } else {
                    write!(f, "{first} {second}")?;
                }
                if rest.is_empty() {
                    Ok(())
                } else {
                    write!(f, ", {}", rest.join("."))
                }
            }
            keys => write!(f, "{}", keys.join(".")),
        }
    }
}

/// Line of every key of a file, counted from 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(HashMap<KeyPath, u64>);

impl Lines {
    pub fn note(&mut self, path: &KeyPath, line: u64) {
        self.0.insert(path.clone(), line);
    }

    /// Line of a key, or of the table around it if the key is not there.
    pub fn of(&self, path: &KeyPath) -> Option<u64> {
        let mut path = Some(path.clone());
        while let Some(here) = path {
            if let Some(line) = self.0.get(&here) {
                return Some(*line);
            }
            path = here.parent();
        }
        None
    }
}
