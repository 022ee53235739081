//! The user as whom tasks run, so that they can read neither the keys nor the server's memory.

use nix::unistd::{User, getgrouplist};
use std::ffi::CString;
use std::path::PathBuf;

/// A user of this machine, by number, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAs {
    /// Its name.
    pub name: String,
    /// Its number.
    pub user: u32,
    /// Its groups, its own first.
    pub groups: Vec<u32>,
    /// Its home.
    pub home: PathBuf,
}

/// Why nobody can be run as.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunAsError {
    /// There is no such user.
    #[error("this machine knows no user {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The machine could not be asked.
    #[error("the users of this machine could not be read")]
    Unread(#[from] nix::Error),
}

impl RunAs {
    /// The user with that name.
    pub fn named(name: &str) -> Result<Self, RunAsError> {
        let unknown = || RunAsError::Unknown { name: name.to_owned() };
        let user = User::from_name(name)?.ok_or_else(unknown)?;
        let own = user.gid;
        let of_user = CString::new(name).map_err(|_| unknown())?;
        let others = getgrouplist(&of_user, own)?.into_iter().filter(|group| *group != own);
        let groups = std::iter::once(own).chain(others).map(|group| group.as_raw()).collect();
        Ok(Self { name: user.name, user: user.uid.as_raw(), groups, home: user.dir })
    }

    /// Its own group.
    pub(crate) fn group(&self) -> u32 {
        self.groups.first().copied().unwrap_or(self.user)
    }
}
