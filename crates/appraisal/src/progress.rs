//! What a long computation tells whoever waits for it.

/// Receives progress. Stages follow one another; a stage has a number of steps.
pub trait Progress: Sync {
    /// A stage begins. `steps` is 0 where there is nothing to count.
    fn stage(&self, name: &str, steps: u64);
    /// A step of the stage is done.
    fn step(&self);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _steps: u64) {}
    fn step(&self) {}
}
