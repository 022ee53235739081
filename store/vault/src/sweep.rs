//! Removing large blobs whose record never came: a process died, or a decision was refused, between the two.

use crate::disk::Disk;
use crate::error::{ReadAttachment, VaultError, at};
use crate::layout::{Layout, address_of, names};
use crate::rows::named_key;
use std::time::SystemTime;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs that were removed.
    pub removed: u64,
    /// Their sealed bytes.
    pub removed_bytes: u64,
    /// Blobs that were kept, since a record names them or they are young.
    pub kept: u64,
}

pub(crate) fn sweep(
    layout: &Layout,
    disk: &Disk,
    before: SystemTime,
    read: &ReadAttachment,
) -> Result<Swept, VaultError> {
    let mut swept = Swept::default();
    for address in names(&layout.blobs())?.iter().filter_map(|name| address_of(name)) {
        let path = layout.blob(&address);
        let metadata = std::fs::metadata(&path).map_err(at(&path))?;
        let old = metadata.modified().map_err(at(&path))? < before;
        let is_named = || read(&named_key(&address)).map_err(VaultError::Attachments);
        if old && is_named()?.is_none() {
            disk.remove(&path).map_err(at(&path))?;
            swept.removed += 1;
            swept.removed_bytes += metadata.len();
        } else {
            swept.kept += 1;
        }
    }
    Ok(swept)
}
