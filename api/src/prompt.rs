//! Asking at the terminal: for a passphrase, without showing what is typed, and whether to go on.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use triad_keys::{Passphrase, PassphraseError};
use zeroize::Zeroizing;

/// Asks once; [`PassphraseError::Absent`] when there is no terminal.
pub(crate) fn ask(question: &str) -> Result<Passphrase, PassphraseError> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let mut terminal = terminal.map_err(|_| PassphraseError::Absent)?;
    let typed = read_hidden(&mut terminal, question).map_err(PassphraseError::Terminal)?;
    Passphrase::new(typed)
}

/// Asks twice for one that is new, so that a slip does not lock its owner out.
pub(crate) fn ask_twice(question: &str) -> Result<Passphrase, PassphraseError> {
    let passphrase = ask(question)?;
    if ask("the same again: ")?.is_same(&passphrase) { Ok(passphrase) } else { Err(PassphraseError::Differ) }
}

/// Whether somebody at the terminal says yes; none when there is no terminal.
pub(crate) fn is_agreed(question: &str) -> io::Result<Option<bool>> {
    let Ok(mut terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else {
        return Ok(None);
    };
    terminal.write_all(question.as_bytes())?;
    let (mut typed, mut byte) = (Vec::new(), [0]);
    while typed.len() < 16 && terminal.read(&mut byte)? == 1 && byte != *b"\n" {
        typed.push(byte[0].to_ascii_lowercase());
    }
    Ok(Some(typed.trim_ascii() == b"y" || typed.trim_ascii() == b"yes"))
}

fn read_hidden(terminal: &mut File, question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    terminal.write_all(question.as_bytes())?;
    let hidden = Hidden::begin(terminal)?;
    let mut typed = Zeroizing::new(Vec::with_capacity(256));
    let mut byte = [0];
    while hidden.terminal.try_clone()?.read(&mut byte)? == 1 && byte != *b"\n" {
        typed.push(byte[0]);
    }
    drop(hidden);
    terminal.write_all(b"\n")?;
    Ok(typed)
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing either.
        let _gone = tcsetattr(self.terminal, OptionalActions::Flush, &self.before).is_err();
    }
}
