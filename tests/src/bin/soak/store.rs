//! Damages files of small fjall directories: flipped bits, cut files, pages that did not reach the disk. Opening and
//! verifying must notice, or the log must be what it was; what is refused names the last acknowledged sequence, and
//! repair brings back everything acknowledged or says what would be lost.

mod damage;
pub(crate) mod judge;
mod subject;
mod worker;

use crate::program::Failure;
use damage::{Change, Damage};
use fixtures::directory_image::{DirectoryImage, FileImage};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use subject::SUBJECTS;
use worker::Worker;

const FLIPS: u64 = 6_000;
/// Places along each file at which it is cut.
const CUTS_PER_FILE: u64 = 24;
/// Pages of each journal of each size that are damaged, in each way.
const PAGES_PER_JOURNAL: u64 = 120;
const PAGE_BYTES: [u64; 2] = [512, 4096];
/// Parts of a file from which flips are taken in turn, so that a small header is met as often as a large body.
const REGIONS: u64 = 32;
/// One flip in so many of a journal lies among the zeros after its end.
const ZEROS_EVERY: u64 = 16;
const MEMORY: &str = "/dev/shm";
const WORKERS: usize = 2;
const PROGRESS_STEP: usize = 500;

/// What may come of a damage. Every other word is a failure.
const ALLOWED: [&str; 7] =
    ["harmless", "shorter", "repaired", "lost", "late-repaired", "late-lost", "panicked"];

/// Verdicts by word, with an example of each.
type Tally = BTreeMap<String, (u64, String)>;

/// Runs the proof.
pub(crate) fn run(flips: Option<u64>) -> Result<(), Failure> {
    let directory = scratch().map_err(|error| error.to_string())?;
    let mut images = BTreeMap::new();
    for name in SUBJECTS {
        let path = directory.path().join(name);
        subject::write(name, &path)?;
        images.insert(name, DirectoryImage::of(&path).map_err(|error| error.to_string())?);
    }
    let unchanged: Vec<_> = SUBJECTS.map(|name| (name, nothing())).into();
    let unchanged = judge_all(directory.path(), "unchanged directories", &unchanged)?;
    if unchanged.keys().any(|word| word != "harmless") {
        return Err(format!("an unchanged directory does not open as it was: {unchanged:?}"));
    }
    let mut wrong = 0;
    for (figure, what, damages) in [
        ("store_flips", "flipped bits", flipped(&images, flips.unwrap_or(FLIPS))),
        ("store_cuts", "cut files", cut(&images)),
        ("torn_pages", "torn pages", torn(&images)),
    ] {
        let tally = judge_all(directory.path(), what, &damages)?;
        wrong += report(figure, damages.len(), &tally);
    }
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} damages were not met as they must be")) }
}

/// In memory where that is possible: what a damage does has nothing to do with how long a sync takes.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir())
}

fn nothing() -> Damage {
    Damage { file: "watermark".into(), change: Change::Nothing }
}

fn report(figure: &str, sampled: usize, tally: &Tally) -> u64 {
    println!("figure {figure}_sampled {sampled} count");
    let wrong = tally.iter().filter(|(word, _)| !ALLOWED.contains(&word.as_str()));
    let wrong: u64 = wrong.map(|(_, (count, _))| count).sum();
    let bad = if figure == "torn_pages" { "wrong" } else { "undetected" };
    println!("figure {figure}_{bad} {wrong} count");
    for (word, (count, example)) in tally {
        println!("figure {figure}_{} {count} count", word.replace('-', "_"));
        eprintln!("soak: store: {figure} {word}: {count}, such as {example}");
    }
    wrong
}

/// A number between 0 and `below`, chosen by what it is for.
fn draw(purpose: &str, number: u64, below: u64) -> u64 {
    let mut hasher = blake3::Hasher::new_derive_key("triad soak: damages");
    hasher.update(purpose.as_bytes()).update(&number.to_le_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes) % below.max(1)
}

/// Files in turn, and within each file its regions in turn.
fn flipped(images: &BTreeMap<&'static str, DirectoryImage>, count: u64) -> Vec<(&'static str, Damage)> {
    let files: Vec<_> = images
        .iter()
        .flat_map(|(name, image)| image.files.iter().map(move |(path, file)| (*name, path, file)))
        .filter(|(_, _, file)| !file.bytes.is_empty())
        .collect();
    let flip = |number: u64| {
        let (name, path, file) = files[(number % files.len() as u64) as usize];
        let round = number / files.len() as u64;
        let place = place_in(file, round, &format!("{name} {}", path.display()));
        let change = Change::Flip { bit: place * 8 + draw("bit", number, 8) };
        (name, Damage { file: path.clone(), change })
    };
    (0..count).map(flip).collect()
}

fn place_in(file: &FileImage, round: u64, purpose: &str) -> u64 {
    let length = file.bytes.len() as u64;
    if round % ZEROS_EVERY == ZEROS_EVERY - 1 && file.length > length {
        return length + draw(purpose, round, file.length - length);
    }
    let start = length * (round % REGIONS) / REGIONS;
    let end = length * (round % REGIONS + 1) / REGIONS;
    (start + draw(purpose, round, end - start)).min(length - 1)
}

fn cut(images: &BTreeMap<&'static str, DirectoryImage>) -> Vec<(&'static str, Damage)> {
    let mut damages = Vec::new();
    for (name, image) in images {
        for (path, file) in image.files.iter().filter(|(_, file)| file.length > 0) {
            let content = file.bytes.len() as u64;
            let purpose = format!("cut {name} {}", path.display());
            let drawn = (0..CUTS_PER_FILE).map(|number| draw(&purpose, number, content));
            let edges = [0, 1, content.saturating_sub(1), content, file.length - 1];
            for length in drawn.chain(edges).filter(|length| *length < file.length) {
                damages.push((*name, Damage { file: path.clone(), change: Change::Cut { length } }));
            }
        }
    }
    damages
}

/// Pages of the journals of logs whose process did not end: lost, half lost, or holding what belongs elsewhere.
fn torn(images: &BTreeMap<&'static str, DirectoryImage>) -> Vec<(&'static str, Damage)> {
    let mut damages = Vec::new();
    for name in ["abandoned", "mixed", "in-flight"] {
        let image = &images[name];
        for path in image.journals() {
            let content = image.files[&path].bytes.len() as u64;
            for page_bytes in PAGE_BYTES {
                let pages = content.div_ceil(page_bytes);
                for number in 0..PAGES_PER_JOURNAL.min(pages) {
                    let page = pages * number / PAGES_PER_JOURNAL.min(pages);
                    for change in page_changes(page, page_bytes, number) {
                        damages.push((name, Damage { file: path.clone(), change }));
                    }
                }
            }
        }
    }
    damages
}

fn page_changes(page: u64, page_bytes: u64, number: u64) -> [Change; 3] {
    let (start, end) = (page * page_bytes, (page + 1) * page_bytes);
    let torn_at = start + draw("torn at", number, page_bytes);
    let from = draw("misdirected from", number, page + 1) * page_bytes + page_bytes;
    [
        Change::Zero { start, end },
        Change::Zero { start: torn_at, end },
        Change::Misdirect { start, end, from },
    ]
}

fn judge_all(templates: &Path, what: &str, damages: &[(&'static str, Damage)]) -> Result<Tally, Failure> {
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::new()));
    std::thread::scope(|scope| {
        let work = |number: usize| {
            let (next, tally) = (&next, &tally);
            scope.spawn(move || -> Result<(), Failure> {
                let mut worker = Worker::start(templates, &templates.join(format!("scratch-{number}")))?;
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((subject, damage)) = damages.get(at) else { return Ok(()) };
                    let (word, text) = worker.judge(subject, damage)?;
                    note(
                        &mut tally.lock().expect("invariant: noting does not panic"),
                        subject,
                        damage,
                        word,
                        text,
                    );
                    if (at + 1).is_multiple_of(PROGRESS_STEP) {
                        eprintln!("soak: store: {} of {} {what}", at + 1, damages.len());
                    }
                }
            })
        };
        let workers: Vec<_> = (0..WORKERS).map(work).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("invariant: a worker does not panic"))
    })?;
    Ok(tally.into_inner().expect("invariant: noting does not panic"))
}

fn note(tally: &mut Tally, subject: &str, damage: &Damage, word: String, text: String) {
    let example = format!("`{subject} {}`: {text}", damage.line());
    if !ALLOWED.contains(&word.as_str()) {
        eprintln!("soak: store: {word}: {example}");
    }
    tally.entry(word).or_insert((0, example)).0 += 1;
}
