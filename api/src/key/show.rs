//! `triad key show`

use crate::failure::Failure;
use crate::output::{Output, hex};
use std::path::Path;
use triad_keys::{FILE, SecretFile};
use triad_log::ReadOnly;
use triad_proof::KeyStatement;
use triad_proof::key::Authority;

pub(super) fn run(directory: &Path, output: &Output) -> Result<(), Failure> {
    let head = ReadOnly::open(directory)?.head;
    let epochs = head.epochs.statements();
    let file = file_of(directory, &head.statement);
    let text = || {
        let lines: Vec<String> = epochs.iter().map(line).collect();
        let recovery = head.statement.recovery_key.map_or("none was named".to_owned(), |key| hex(&key));
        format!(
            "{}\nfile          {file}\ncounter       {}\nrecovery key  {recovery}",
            lines.join("\n"),
            counter(head.nv_counter),
        )
    };
    let document = || {
        serde_json::json!({
            "key_epoch": head.statement.epoch,
            "key_protection": head.statement.protection.describe(),
            "verifying_key": hex(&head.statement.verifying_key),
            "recovery_key": head.statement.recovery_key.map(|key| hex(&key)),
            "nv_counter": head.nv_counter,
            "file": file,
            "epochs": epochs.iter().map(document_of).collect::<Vec<_>>(),
        })
    };
    output.result(text, document)
}

/// What lies in the directory, as far as it can be told without opening it.
fn file_of(directory: &Path, statement: &KeyStatement) -> String {
    match SecretFile::read(&directory.join(FILE)) {
        Ok(file) if *file.label() != statement.verifying_key => "another key than the log names".to_owned(),
        Ok(file) => match file.registers() {
            Some(registers) => format!("{}, to its registers {registers}", file.form().describe()),
            None => file.form().describe().to_owned(),
        },
        Err(error) => error.to_string(),
    }
}

fn counter(nv_counter: u64) -> String {
    if nv_counter == 0 {
        "none: without a TPM nothing in this directory can tell that it is an older copy".to_owned()
    } else {
        nv_counter.to_string()
    }
}

fn line(statement: &KeyStatement) -> String {
    format!(
        "epoch {:<7} {}  from sequence {}, {}{}",
        statement.epoch,
        hex(&statement.verifying_key),
        statement.first_sequence,
        statement.protection.describe(),
        match statement.authority {
            Authority::Genesis => "",
            Authority::Rotation => ", vouched for by the key before",
            Authority::Recovery => ", RECOVERED: vouched for by the recovery key",
        }
    )
}

fn document_of(statement: &KeyStatement) -> serde_json::Value {
    serde_json::json!({
        "epoch": statement.epoch,
        "verifying_key": hex(&statement.verifying_key),
        "first_sequence": statement.first_sequence,
        "key_protection": statement.protection.describe(),
        "authority": match statement.authority {
            Authority::Genesis => "genesis",
            Authority::Rotation => "rotation",
            Authority::Recovery => "recovery",
        },
    })
}
