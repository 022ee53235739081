//! Where the passphrase and the TPM of a key come from: options, the environment, the terminal. Asked only when a file
//! needs one, and once.

use crate::environment::{NEW_PASSPHRASE, PASSPHRASE, secret};
use crate::failure::Failure;
use crate::options::{KeepOptions, Protection, UnlockOptions};
use crate::prompt;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use triad_keys::{Keeping, Passphrase, PassphraseError, Tpm, TpmError, Unlock};
use zeroize::Zeroizing;

/// Opens keys with what the command line names.
pub(crate) struct Unlocking {
    connection: String,
    passphrase_file: Option<PathBuf>,
    tpm: OnceCell<Tpm>,
    typed: OnceCell<Passphrase>,
}

impl Unlocking {
    pub(crate) fn new(options: &UnlockOptions) -> Self {
        let named = &options.tpm;
        let connection = if named.starts_with('/') { format!("device:{named}") } else { named.clone() };
        Self {
            connection,
            passphrase_file: options.passphrase_file.clone(),
            tpm: OnceCell::new(),
            typed: OnceCell::new(),
        }
    }

    /// The TPM; opened once, so that a simulator, which serves one client, is asked by one.
    pub(crate) fn tpm(&self) -> Result<Tpm, TpmError> {
        if let Some(tpm) = self.tpm.get() {
            return Ok(tpm.clone());
        }
        let tpm = Tpm::open(&self.connection)?;
        Ok(self.tpm.get_or_init(|| tpm).clone())
    }

    fn passphrase(&self, file: &Path) -> Result<Passphrase, PassphraseError> {
        match given(self.passphrase_file.as_deref(), PASSPHRASE)? {
            Some(passphrase) => Ok(passphrase),
            None => self.typed_for(file),
        }
    }

    /// What protects the files of one log is typed once.
    fn typed_for(&self, file: &Path) -> Result<Passphrase, PassphraseError> {
        if let Some(typed) = self.typed.get() {
            return Ok(typed.clone());
        }
        let typed = prompt::ask(&format!("passphrase of {}: ", file.display()))?;
        Ok(self.typed.get_or_init(|| typed).clone())
    }

    /// Does something with a key that these options open.
    pub(crate) fn with<T>(&self, work: impl FnOnce(Unlock<'_>) -> T) -> T {
        work(Unlock { passphrase: &|file| self.passphrase(file), tpm: &|| self.tpm() })
    }

    /// Keeps the first secret of something as the options say.
    pub(crate) fn keep_first<T>(
        &self,
        options: &KeepOptions,
        work: impl FnOnce(Keeping<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.keep(options, self.passphrase_file.as_deref(), PASSPHRASE, work)
    }

    /// Keeps a secret that follows one which had a passphrase of its own.
    pub(crate) fn keep_next<T>(
        &self,
        options: &KeepOptions,
        passphrase_file: Option<&Path>,
        work: impl FnOnce(Keeping<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.keep(options, passphrase_file, NEW_PASSPHRASE, work)
    }

    fn keep<T>(
        &self,
        options: &KeepOptions,
        passphrase_file: Option<&Path>,
        variable: &str,
        work: impl FnOnce(Keeping<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match options.protection {
            Protection::File => work(Keeping::File),
            Protection::Passphrase => {
                let given = given(passphrase_file, variable).map_err(Failure::refused)?;
                let passphrase = given.map_or_else(|| prompt::ask_twice("passphrase for the new key: "), Ok);
                work(Keeping::Passphrase(&passphrase.map_err(Failure::refused)?))
            }
            Protection::Tpm => {
                let tpm = self.tpm().map_err(Failure::refused)?;
                work(Keeping::Tpm(&tpm, options.pcrs))
            }
        }
    }
}

/// A passphrase that somebody laid ready.
fn given(file: Option<&Path>, variable: &str) -> Result<Option<Passphrase>, PassphraseError> {
    if let Some(file) = file {
        let read = std::fs::read(file).map(Zeroizing::new);
        let read = read.map_err(|source| PassphraseError::File { path: file.to_owned(), source })?;
        return Passphrase::new(read).map(Some);
    }
    secret(variable).map(Passphrase::new).transpose()
}
