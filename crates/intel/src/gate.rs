//! Which import may take the place of the last snapshot.

use crate::{IntelError, Snapshot, SnapshotMeta};

/// A list may lose at most one row in ten from one import to the next.
const SHRINK_PER_CENT_MAX: u64 = 10;

/// Lets a new snapshot pass, or says why the last one stays in force.
///
/// # Errors
/// [`IntelError::Empty`] without a row, [`IntelError::Shrunk`] when it lost more than a tenth.
pub fn admit(
    new: Snapshot,
    last: Option<&SnapshotMeta>,
    accept_smaller: bool,
) -> Result<Snapshot, IntelError> {
    if new.entries.is_empty() {
        return Err(IntelError::Empty { source_id: new.meta.source });
    }
    if let Some(last) = last
        && !accept_smaller
        && new.meta.rows_taken * 100 < last.rows_taken * (100 - SHRINK_PER_CENT_MAX)
    {
        return Err(IntelError::Shrunk {
            source_id: new.meta.source,
            taken: new.meta.rows_taken,
            previous: last.rows_taken,
            kept: last.id.to_string(),
        });
    }
    Ok(new)
}
