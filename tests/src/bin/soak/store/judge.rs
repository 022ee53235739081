//! The process that suffers the damage: it opens, verifies, goes on or repairs, and says on a line what came of it. It may
//! hang or die; the process that started it notices.

use super::damage::Damage;
use super::subject::{SUBJECTS, Subject};
use fixtures::directory_image::DirectoryImage;
use fixtures::disk_log::{entry, start};
use fixtures::sample_log::LOG_ID;
use fixtures::whole_log::{NotWhole, WholeLog, check_whole};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::SystemTime;
use triad_log::directory::LogDirectory;
use triad_log::repair::{RepairError, repair};
use triad_log::salt::Salts;
use triad_log::storage::{LogRead, Outcome, ReadError};
use triad_log::{LogWriter, Opened};
use triad_proof::with_causes;

/// A word for what came of a damage, and its reason.
type Verdict = (&'static str, String);

/// A failure of the harness, not of the log.
type Harness = Box<dyn Error>;

/// Serves damages from standard input, `SUBJECT DAMAGE` on a line, each answered by a line `VERDICT TEXT`.
pub(crate) fn serve(templates: &Path, scratch: &Path) -> Result<(), Harness> {
    let mut subjects = BTreeMap::new();
    for name in SUBJECTS {
        subjects.insert(name, Subject::load(&templates.join(name), scratch)?);
    }
    let panicked = note_panics();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (name, damage) = line.split_once(' ').ok_or("a line without a subject")?;
        let subject = subjects.get(name).ok_or("an unknown subject")?;
        let damage = Damage::parse(damage).ok_or("an unknown damage")?;
        let (verdict, text) = match catch_unwind(AssertUnwindSafe(|| judge(subject, &damage, scratch))) {
            Ok(judged) => judged.unwrap_or_else(|error| ("unjudged", with_causes(&*error))),
            Err(_) => ("panicked", panicked.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        };
        writeln!(out, "{verdict} {}", text.replace('\n', " "))?;
        out.flush()?;
        std::fs::remove_dir_all(scratch)?;
    }
    Ok(())
}

/// Keeps the text of the newest panic instead of printing it.
fn note_panics() -> Arc<Mutex<String>> {
    let newest = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&newest);
    std::panic::set_hook(Box::new(move |panic| {
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    newest
}

fn judge(subject: &Subject, damage: &Damage, scratch: &Path) -> Result<Verdict, Harness> {
    let damaged = damage.done_to(&subject.image);
    damaged.write_to(scratch)?;
    match LogDirectory::open(scratch) {
        Ok(opened) => {
            let whole = check_whole(opened.reader());
            let whole = whole.and_then(|whole| Ok((whole, subject.attached_in(opened.reader())?)));
            match whole {
                Ok((_, Attached { lost, changed })) if lost + changed > 0 => {
                    Ok(("misread", format!("{lost} attachments are said to be absent, {changed} are others")))
                }
                Ok((whole, _)) => go_on(subject, &whole, opened, scratch),
                // Whoever reads would have been given this as the truth.
                Err(error @ (NotWhole::Stream { .. } | NotWhole::Read(ReadError::Index { .. }))) => {
                    Ok(("misread", error.to_string()))
                }
                Err(error) => {
                    drop(opened);
                    let (verdict, text) = mend(subject, damage, &damaged, scratch)?;
                    let verdict = if verdict == "repaired" { "late-repaired" } else { late(verdict) };
                    Ok((verdict, format!("{error}; {text}")))
                }
            }
        }
        Err(error) => {
            let refused = with_causes(&error);
            let named = refused.contains(&subject.watermark.to_string());
            if !named && damage.file != Path::new("watermark") {
                return Ok(("unnamed", refused));
            }
            let (verdict, text) = mend(subject, damage, &damaged, scratch)?;
            Ok((verdict, format!("{refused}; {text}")))
        }
    }
}

fn late(verdict: &'static str) -> &'static str {
    if verdict == "lost" { "late-lost" } else { verdict }
}

/// A log that opened as it was can be written to, and then reads as it was with one record more.
fn go_on(subject: &Subject, whole: &WholeLog, opened: Opened, scratch: &Path) -> Result<Verdict, Harness> {
    let bytes = whole.bytes();
    let verdict = if bytes == subject.blocks.concat() {
        "harmless"
    } else if bytes == subject.acknowledged().concat() {
        "shorter"
    } else {
        return Ok(("changed", format!("{} blocks instead of {}", whole.blocks.len(), subject.blocks.len())));
    };
    append_one(opened)?;
    let opened = match LogDirectory::open(scratch) {
        Ok(opened) => opened,
        Err(error) => return Ok(("broken", format!("after one append: {}", with_causes(&error)))),
    };
    match check_whole(opened.reader()) {
        Ok(after) if after.blocks.len() == whole.blocks.len() + 1 && after.bytes().starts_with(&bytes) => {
            Ok((verdict, String::new()))
        }
        Ok(after) => Ok(("changed", format!("{} blocks after one append", after.blocks.len()))),
        Err(error) => Ok(("broken", format!("after one append: {error}"))),
    }
}

fn append_one(opened: Opened) -> Result<(), Harness> {
    let position = opened.position.clone();
    let (sender, completions) = mpsc::channel();
    let (storage, directory) = opened.start(LOG_ID, Box::new(move |done| drop(sender.send(done))))?;
    let salts = Salts::Counting(position.next_sequence);
    let mut writer = LogWriter::new(start(position, storage.durable(), salts), storage);
    writer.append(&entry(1, "one more"))?;
    writer.submit();
    let outcome = completions.recv()?.outcome;
    writer.into_storage().close()?;
    drop(directory);
    if outcome == Outcome::Durable { Ok(()) } else { Err(format!("{outcome:?}").into()) }
}

/// Repair brings back everything acknowledged, or refuses, says that something would be lost, and changes nothing.
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever is not known to be whole is broken")]
fn mend(
    subject: &Subject,
    damage: &Damage,
    damaged: &DirectoryImage,
    scratch: &Path,
) -> Result<Verdict, Harness> {
    let before = state_of(scratch)?;
    let refusal = match repair(scratch, false) {
        Ok(_) => return Ok(mended(subject, scratch)),
        Err(refusal) => refusal,
    };
    let text = format!("repair: {}", with_causes(&refusal));
    if state_of(scratch)? != before {
        return Ok(("meddled", text));
    }
    match refusal {
        RepairError::NoWatermark { .. } if damage.file == Path::new("watermark") => Ok(("lost", text)),
        RepairError::Loss { .. } | RepairError::NothingFound => {
            let there = everything_is_there(subject, damage, damaged);
            Ok((if there { "mislaid" } else { "lost" }, text))
        }
        _ => Ok(("broken", text)),
    }
}

/// What reads otherwise than it was attached.
struct Attached {
    lost: usize,
    changed: usize,
}

impl Subject {
    fn attached_in(&self, reader: &impl LogRead) -> Result<Attached, ReadError> {
        let mut attached = Attached { lost: 0, changed: 0 };
        for (key, value) in &self.attached {
            match reader.attachment(key)? {
                Some(found) => attached.changed += usize::from(*found != **value),
                None => attached.lost += 1,
            }
        }
        Ok(attached)
    }
}

/// Each file with its length and the time of its last change.
fn state_of(directory: &Path) -> Result<BTreeMap<PathBuf, (u64, SystemTime)>, Harness> {
    let mut state = BTreeMap::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            state.append(&mut state_of(&entry.path())?);
        } else {
            state.insert(entry.path(), (metadata.len(), metadata.modified()?));
        }
    }
    Ok(state)
}

fn mended(subject: &Subject, scratch: &Path) -> Verdict {
    let opened = match LogDirectory::open(scratch) {
        Ok(opened) => opened,
        Err(error) => return ("broken", format!("after repair: {}", with_causes(&error))),
    };
    match check_whole(opened.reader()) {
        Ok(whole) if whole.bytes().starts_with(&subject.acknowledged().concat()) => {
            // What damage took of attachments is gone; what is left is what it was.
            match subject.attached_in(opened.reader()) {
                Ok(Attached { changed: 0, .. }) => ("repaired", String::new()),
                Ok(Attached { changed, .. }) => ("changed", format!("after repair: {changed} attachments")),
                Err(error) => ("broken", format!("after repair: {error}")),
            }
        }
        Ok(whole) => ("changed", format!("after repair: {} blocks", whole.blocks.len())),
        Err(error) => ("broken", format!("after repair: {error}")),
    }
}

/// Whether every acknowledged block still lies whole in a journal, or in tables that were not touched.
fn everything_is_there(subject: &Subject, damage: &Damage, damaged: &DirectoryImage) -> bool {
    let (before, after) = (blocks_in(&subject.image, subject), blocks_in(damaged, subject));
    let tables_are_whole = damage.file.extension().is_some_and(|extension| extension == "jnl");
    (0..subject.acknowledged().len())
        .all(|block| after.contains(&block) || (tables_are_whole && !before.contains(&block)))
}

fn blocks_in(image: &DirectoryImage, subject: &Subject) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for path in image.journals() {
        let bytes = &image.files[&path].bytes;
        let magics = bytes.windows(8).enumerate().filter(|(_, window)| window == b"TRIADBLK");
        for (at, _) in magics {
            let here = subject.blocks.iter().position(|block| bytes[at..].starts_with(block));
            found.extend(here);
        }
    }
    found
}
