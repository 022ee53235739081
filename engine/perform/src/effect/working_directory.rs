//! Where an attempt runs: a directory made for it, or the one that its task names.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Only the task's user may look into it.
const MODE: u32 = 0o700;

/// Makes an empty one for an attempt. One that an earlier performance of it left is kept beside it, or removed.
pub(crate) fn make(below: &Path, key: &str, user: Option<(u32, u32)>, keeps: bool) -> io::Result<PathBuf> {
    let mut path = below.join(key);
    if !keeps {
        remove(&path);
    }
    for number in 2_u32.. {
        match DirBuilder::new().mode(MODE).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && keeps => {}
            done => {
                done?;
                break;
            }
        }
        path = below.join(format!("{key}-{number}"));
    }
    if let Some((user, group)) = user {
        chown(&path, Some(user), Some(group))?;
    }
    Ok(path)
}

/// Removes one with everything in it. What cannot be removed stays: it harms nobody, and the next server tries again.
pub(crate) fn remove(path: &Path) {
    if fs::remove_dir_all(path).is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
        open_up(path);
        let _stays = fs::remove_dir_all(path).is_err();
    }
}

/// Lets its owner in wherever a program has locked itself out, as module caches do.
fn open_up(path: &Path) {
    let _not_ours = fs::set_permissions(path, fs::Permissions::from_mode(MODE)).is_err();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}
