//! `triad-replay receipt`

use crate::failure::{Failure, unreadable};
use clap::Args;
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use triad_proof::note::Verifier;
use triad_proof::with_causes;
use triad_replay::receipt::{RECEIPT_BYTES_MAX, Receipt, verify};

/// A receipt, and what it is checked against.
#[derive(Debug, Args)]
pub(crate) struct Handed {
    /// The receipt.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Verifying key of genesis or of a later epoch (name+id+base64), received by other means; may be repeated.
    #[arg(long, value_name = "VKEY", required = true)]
    key: Vec<String>,
    /// A signed checkpoint of the same size received another way, in a file; may be repeated.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
}

/// Checks it and says what it proves.
pub(crate) fn run(handed: &Handed, json: bool) -> Result<String, Failure> {
    let parse = |key: &String| Verifier::parse(key).map_err(|error| Failure::Usage(error.to_string()));
    let keys: Vec<Verifier> = handed.key.iter().map(parse).collect::<Result<_, _>>()?;
    let receipt = verify(&read(&handed.file)?, &keys).map_err(|error| refused(&handed.file, &error))?;
    for file in &handed.checkpoint {
        compare(&receipt, file, &keys)?;
    }
    let compared = handed.checkpoint.len();
    if json {
        let mut document = receipt.document();
        document["checkpoints_compared"] = compared.into();
        return Ok(document.to_string());
    }
    let held = match compared {
        0 => String::new(),
        _ => format!("\ncompared   the same as in {compared} checkpoints that are held"),
    };
    Ok(receipt.text() + &held)
}

fn compare(receipt: &Receipt, file: &Path, keys: &[Verifier]) -> Result<(), Failure> {
    let note = String::from_utf8(read(file)?)
        .map_err(|_| Failure::Refused(format!("{}: it is not UTF-8 text", file.display())))?;
    receipt.compare(&note, keys).map_err(|error| refused(file, &error))
}

/// Reads a file that is no longer than a receipt may be.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut bytes = Vec::new();
    file.take(RECEIPT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > RECEIPT_BYTES_MAX {
        let text =
            format!("{}: it is longer than {RECEIPT_BYTES_MAX} bytes, and no receipt is", path.display());
        return Err(Failure::Refused(text));
    }
    Ok(bytes)
}

/// The answer is no, and why, with its causes.
fn refused(file: &Path, error: &dyn Error) -> Failure {
    Failure::Refused(format!("{}: {}", file.display(), with_causes(error)))
}
