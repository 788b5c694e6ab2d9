//! One page of a listing that goes through rows in the order of their keys.

use super::MAX_SCAN;
use super::problem::Problem;

/// What is left of the rows after `after`: `most` at most, and after which key the next page goes
/// on, `None` at the end. `read` gives up to `most` rows after a key; `pick` takes what a row is
/// worth to this page. Stops early after [`MAX_SCAN`] rows.
pub(super) fn scan<K, R, T>(
    most: usize,
    mut after: Option<K>,
    mut read: impl FnMut(Option<&K>) -> Result<Vec<(K, R)>, Problem>,
    mut pick: impl FnMut(&K, R) -> Result<Option<T>, Problem>,
) -> Result<(Vec<T>, Option<K>), Problem> {
    let mut items = Vec::new();
    let mut looked_at = 0;
    while looked_at < MAX_SCAN {
        let rows = read(after.as_ref())?;
        let last = rows.len() < most;
        for (key, row) in rows {
            looked_at += 1;
            items.extend(pick(&key, row)?);
            after = Some(key);
            if items.len() == most {
                return Ok((items, after));
            }
        }
        if last {
            return Ok((items, None));
        }
    }
    Ok((items, after))
}
