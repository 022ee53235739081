//! Credentials as people read them, and secrets as they are kept.

use crate::client::text::{plain, text};
use crate::failure::Failure;
use crate::output::Output;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A list in words.
pub(super) fn joined(list: &Value) -> String {
    let items = list.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}

/// A key on two lines.
pub(super) fn key(key: &Value) -> String {
    let grants = &key["grants"];
    let reach = match grants["installation"].as_bool() {
        Some(true) => "the whole installation".to_owned(),
        _ => match joined(&grants["further_tenants"]).as_str() {
            "-" => text(&grants["tenant"]),
            further => format!("{}, {further}", text(&grants["tenant"])),
        },
    };
    let until = |field: &Value, word: &str| {
        field.as_str().map(|time| format!(", {word} {}", plain(time))).unwrap_or_default()
    };
    format!(
        "{}  {:<9}  {}\n    roles: {}; sees: {reach}; issued {}{}{}",
        text(&key["key_id"]),
        text(&key["status"]),
        text(&key["label"]),
        joined(&grants["roles"]),
        text(&key["issued"]["time"]),
        until(&grants["expires"], "expires"),
        until(&key["former_until"], "the former secret counts until"),
    )
}

/// Prints a secret, or puts it into a file that only its owner can read and that was not there.
pub(super) fn hand_over(
    answer: &Value,
    out: Option<&Path>,
    describe: impl Fn(&Value) -> String,
    output: &Output,
) -> Result<(), Failure> {
    let missing = || Failure::machine("the server's answer holds no secret");
    let secret = answer["secret"].as_str().ok_or_else(missing)?;
    match out {
        None => {
            output.note("the secret is shown this once: keep it where only its user can read it");
            output.result(|| format!("{}\n{}", describe(answer), plain(secret)), || answer.clone())
        }
        Some(path) => {
            write_new(path, secret)?;
            let shown = json!({ "secret_file": path.display().to_string() });
            let mut document = answer.clone();
            if let (Some(members), Some(more)) = (document.as_object_mut(), shown.as_object()) {
                let _shown_nowhere = members.remove("secret");
                members.extend(more.clone());
            }
            output.result(
                || format!("{}\nits secret is in {}", describe(answer), path.display()),
                || document.clone(),
            )
        }
    }
}

fn write_new(path: &Path, secret: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::machine(format!(
            "the secret could not be written to {}: {error}. Rotate the key to have another one",
            path.display()
        ))
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    writeln!(file, "{secret}").and_then(|()| file.sync_all()).map_err(failed)
}

/// Refuses before anything is asked what could not be written afterwards: a secret is shown once.
pub(super) fn check_new(out: Option<&PathBuf>) -> Result<(), Failure> {
    match out {
        Some(path) if path.exists() => Err(Failure::usage(format!(
            "{} is there already: choose a new file for the secret",
            path.display()
        ))),
        Some(path)
            if path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) =>
        {
            Err(Failure::usage(format!("{}: its directory is not there", path.display())))
        }
        Some(_) | None => Ok(()),
    }
}
