//! One run of the program: what was asked for, where logs may be written, and how results are printed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use tempfile::TempDir;
use triad_proof::sha256::{self, Way};

/// Why measuring ended.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// What was asked for.
pub(crate) struct Session {
    wanted: BTreeSet<String>,
    directory: PathBuf,
    workflows: u64,
    hashing: String,
}

/// Finished workflows of the long history, unless another number is asked for.
const WORKFLOWS: u64 = 1_000_000;

impl Session {
    /// Reads the command line. Without names, everything is wanted; without a directory, one beside the program is
    /// used, because that is on a disk where a temporary directory often is not.
    pub(crate) fn from_arguments(
        mut arguments: impl Iterator<Item = String>,
        known: &[&str],
    ) -> Result<Self, Failure> {
        let (mut wanted, mut directory, mut workflows) = (BTreeSet::new(), None, WORKFLOWS);
        let mut hashing = "the fastest way".to_owned();
        while let Some(argument) = arguments.next() {
            if argument == "--dir" {
                directory = Some(PathBuf::from(arguments.next().ok_or("--dir needs a directory")?));
            } else if argument == "--workflows" {
                workflows = arguments.next().ok_or("--workflows needs a number")?.parse()?;
            } else if argument == "--sha256" {
                hashing = arguments.next().ok_or("--sha256 needs a way")?;
                let way = Way::named(&hashing).ok_or("this processor has no such way to hash")?;
                assert!(sha256::choose(way), "nothing was hashed yet");
            } else if known.contains(&argument.as_str()) {
                wanted.insert(argument);
            } else {
                return Err(format!("there is no figure {argument}").into());
            }
        }
        let directory = match directory {
            Some(directory) => directory,
            None => std::env::current_exe()?.with_file_name("figures-scratch"),
        };
        std::fs::create_dir_all(&directory)?;
        Ok(Self { wanted, directory, workflows, hashing })
    }

    /// Whether this figure is to be printed.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.contains(name)
    }

    /// How many finished workflows the long history is to have.
    pub(crate) fn workflows(&self) -> u64 {
        self.workflows
    }

    /// What hashes.
    pub(crate) fn hashing(&self) -> &str {
        &self.hashing
    }

    /// A fresh directory that is removed when it is dropped.
    pub(crate) fn scratch(&self) -> Result<TempDir, Failure> {
        Ok(tempfile::tempdir_in(&self.directory)?)
    }

    /// Prints a figure, if it is wanted, with its ratio to the limit, if it has one.
    pub(crate) fn figure(&self, name: &str, value: f64, unit: &str, ratio: Option<f64>) {
        self.figure_of(&[name], name, value, unit, ratio);
    }

    /// The same for a figure that is also printed when one of some other names is wanted.
    pub(crate) fn figure_of(&self, asked: &[&str], name: &str, value: f64, unit: &str, ratio: Option<f64>) {
        if !asked.iter().any(|name| self.wants(name)) {
            return;
        }
        let decimals = if value.abs() >= 1000.0 { 0 } else { 3 };
        match ratio {
            Some(ratio) => println!("figure {name} {value:.decimals$} {unit} {ratio:.3}"),
            None => println!("figure {name} {value:.decimals$} {unit}"),
        }
    }
}

/// Prints a line about conditions.
pub(crate) fn remark(text: &str) {
    println!("# {text}");
}

/// Says what is going on.
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}
