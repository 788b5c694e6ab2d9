//! Read-only opening, for tools beside a running writer.

use crate::error::Result;
use crate::open;
use crate::view::View;
use std::ops::Deref;
use std::path::Path;

/// A log opened for reading; changes nothing on disk and takes no lock. Reading goes through
/// [`View`].
///
/// It sees the whole records that are in the files. Beyond the stored [`View::head`] the last of them
/// may belong to an append that is still being written, and that is taken back if it fails: what must
/// hold is read up to the head.
#[derive(Debug)]
pub struct Reader {
    view: View,
}

impl Deref for Reader {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Reader {
    /// Opens the log in `dir`. `progress` gets bytes done and bytes to do while records that the
    /// derived files do not cover are read.
    ///
    /// # Errors
    /// As [`crate::Log::open`], except [`crate::Error::Locked`].
    pub fn open(dir: &Path, origin: &str, mut progress: impl FnMut(u64, u64)) -> Result<Reader> {
        Ok(Reader {
            view: open::load(dir, origin, false, &mut progress)?.view,
        })
    }
}
