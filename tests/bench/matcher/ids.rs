//! Names and numbers of the protocol as row numbers of the house: by their order, so that no order of lines matters.

use super::ask::Id;

/// The known names, in order.
pub struct Ids<'a>(Vec<&'a Id>);

impl<'a> Ids<'a> {
    pub fn new(ids: impl Iterator<Item = &'a Id>) -> Self {
        let mut known: Vec<&Id> = ids.collect();
        known.sort_unstable();
        known.dedup();
        Self(known)
    }

    /// The row number of a name.
    pub fn number(&self, id: &Id) -> Option<i64> {
        self.0.binary_search(&id).ok().map(|at| at as i64 + 1)
    }

    /// The name of a row number.
    pub fn name(&self, number: i64) -> Option<&'a Id> {
        self.0.get(usize::try_from(number - 1).ok()?).copied()
    }
}
