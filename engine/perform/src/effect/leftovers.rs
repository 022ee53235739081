//! Processes that a killed server left running, found by the idempotency key in their environment.
//!
//! A process group survives the death of the server. Before an attempt is performed again, what is left of its
//! earlier performance is ended, so that two of them never run at once. A descendant that clears its
//! environment and leaves its group escapes this; the idempotency key is for what it does outside.

use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;

/// The environment variable that holds the attempt's idempotency key.
pub const KEY_VARIABLE: &str = "TRIAD_IDEMPOTENCY_KEY";

/// Ends every process whose environment bears one of these keys, and returns how many there were.
pub fn end_leftovers(is_owed: impl Fn(&str) -> bool) -> usize {
    let leftovers: Vec<i32> = processes().filter(|id| key_of(*id).is_some_and(|key| is_owed(&key))).collect();
    for id in &leftovers {
        if let Some(process) = Pid::from_raw(*id) {
            let _gone = kill_process(process, Signal::KILL).is_err();
        }
    }
    leftovers.len()
}

/// Resident memory of a process group, in bytes.
pub(crate) fn group_memory_bytes(group: i32) -> u64 {
    processes().filter_map(|id| member_pages(id, group)).sum::<u64>() * rustix::param::page_size() as u64
}

fn processes() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn key_of(id: i32) -> Option<String> {
    let environment = std::fs::read(format!("/proc/{id}/environ")).ok()?;
    let prefix = format!("{KEY_VARIABLE}=");
    let variable =
        environment.split(|byte| *byte == 0).find(|variable| variable.starts_with(prefix.as_bytes()))?;
    String::from_utf8(variable[prefix.len()..].to_vec()).ok()
}

/// Resident pages of a process, if it belongs to the group (proc(5): the fifth field of `stat` is the process group).
fn member_pages(id: i32, group: i32) -> Option<u64> {
    let directory = format!("/proc/{id}");
    let stat = std::fs::read_to_string(Path::new(&directory).join("stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    let its_group: i32 = after_name.split_whitespace().nth(2)?.parse().ok()?;
    if its_group != group {
        return None;
    }
    let pages = std::fs::read_to_string(Path::new(&directory).join("statm")).ok()?;
    pages.split_whitespace().nth(1)?.parse().ok()
}
