//! Ctrl-C while something is followed: it goes on, and whoever followed it is told so.

use crate::messages;
use signal_hook::consts::SIGINT;
use signal_hook::low_level::{exit, pipe};
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::thread;

/// As a shell shows it of programs that SIGINT ends: 128 and its number.
const INTERRUPTED: i32 = 130;

/// From here on Ctrl-C says that the workflow goes on, and ends the program.
pub(super) fn say_it_goes_on(id: &str) {
    say_when_interrupted(format!("{id} goes on; `triad workflow watch {id}` follows it again"));
}

/// From here on Ctrl-C says something, and ends the program.
pub(in crate::resource) fn say_when_interrupted(text: String) {
    let Ok((mut wakes, woken)) = UnixStream::pair() else { return };
    // Where the system allows no more, Ctrl-C ends the program without a word.
    if pipe::register(SIGINT, woken).is_err() {
        return;
    }
    let waiting = thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
        if wakes.read_exact(&mut [0]).is_ok() {
            messages::say(&text);
            exit(INTERRUPTED);
        }
    });
    drop(waiting);
}
