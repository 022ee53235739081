//! Files that are there whole or not at all.

use crate::failure::Failure;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file that has its name only once it is whole.
pub(crate) fn write_whole<T>(
    file: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if file.exists() {
        return Err(Failure::usage(format!("{} exists already: choose another name", file.display())));
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let create = Failure::file("failed to create", &partial);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&partial).map_err(create)?);
    let written = write(&mut out).inspect_err(|_| {
        // Leaving what is incomplete would only look like the whole.
        drop(std::fs::remove_file(&partial));
    })?;
    out.flush()
        .and_then(|()| out.get_ref().sync_all())
        .map_err(Failure::file("failed to write", &partial))?;
    std::fs::rename(&partial, file).map_err(Failure::file("failed to name", file))?;
    Ok(written)
}
