//! The operator's configuration: the variables of the environment that fixes may set in tasks that lack them.
//!
//! Their values stay with the server. The log has their names, each with a keyed digest, so that it shows when one has another
//! value.

use crate::environment;
use crate::failure::Failure;
use crate::http::state::AppState;
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use triad_decide::Input;
use triad_decide::limits::{OFFERED_MAX, OFFERED_NAME_BYTES_MAX};
use triad_event::Source;
use triad_event::healing::{Ask, ConfigurationOffered, OfferedVariable};
use triad_perform::{Asker, Configuration};

/// Values together: what a process can be given beside its own.
const VALUES_BYTES_MAX: usize = 64 * 1024;

/// What the digests of values are bound to, beside the secret of the vault.
const BOUND_TO: &[u8] = b"configuration that is offered to fixes";

/// What fixes may set. Without these options they set nothing.
#[derive(Debug, Args)]
pub(crate) struct ConfigurationOptions {
    /// A variable of this server's own environment that a fix may set in a task that fails for lack of it. May be named several
    /// times.
    #[arg(long = "heal-env", value_name = "NAME")]
    heal_env: Vec<String>,
    /// A file of such variables, `NAME=VALUE` in each line; empty lines and those that begin with # say nothing.
    #[arg(long, env = "TRIAD_HEAL_ENV_FILE", value_name = "FILE")]
    heal_env_file: Option<PathBuf>,
}

impl ConfigurationOptions {
    /// The variables with their values.
    pub(crate) fn checked(&self) -> Result<Configuration, Failure> {
        let mut variables = BTreeMap::new();
        for name in &self.heal_env {
            let absent =
                || Failure::usage(format!("--heal-env {name}: this server's environment has no such text"));
            let value = environment::text(name).ok_or_else(absent)?;
            add(&mut variables, name, &value)
                .map_err(|why| Failure::usage(format!("--heal-env {name}: {why}")))?;
        }
        if let Some(file) = &self.heal_env_file {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::machine(format!("{} cannot be read: {error}", file.display())))?;
            read(&mut variables, &text)
                .map_err(|why| Failure::usage(format!("{}: {why}", file.display())))?;
        }
        if variables.len() > OFFERED_MAX {
            return Err(Failure::usage(format!(
                "fixes may set at most {OFFERED_MAX} variables, not {}",
                variables.len()
            )));
        }
        if variables.values().map(String::len).sum::<usize>() > VALUES_BYTES_MAX {
            return Err(Failure::usage(format!(
                "what fixes may set has at most {VALUES_BYTES_MAX} bytes in all"
            )));
        }
        Ok(Arc::new(variables))
    }
}

fn read(variables: &mut BTreeMap<String, String>, text: &str) -> Result<(), String> {
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or(format!("line {number}: write NAME=VALUE"))?;
        add(variables, name, value).map_err(|why| format!("line {number}: {why}"))?;
    }
    Ok(())
}

fn add(variables: &mut BTreeMap<String, String>, name: &str, value: &str) -> Result<(), String> {
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_name = name.bytes().next().is_some_and(is_first)
        && name.bytes().all(|byte| is_first(byte) || byte.is_ascii_digit())
        && name.len() <= OFFERED_NAME_BYTES_MAX;
    if !is_name {
        // What stands there may be a secret that lacks its name.
        return Err(
            "what stands before = is no name of a variable: letters, digits and _, no digit first".to_owned()
        );
    }
    if value.contains('\0') {
        return Err("a value has no NUL".to_owned());
    }
    match variables.insert(name.to_owned(), value.to_owned()) {
        Some(_) => Err(format!("{name} is named twice")),
        None => Ok(()),
    }
}

/// Records what is offered, unless the log says the same already.
pub(super) async fn offer(state: &AppState, configuration: &Configuration) -> Result<(), Failure> {
    let variables: Vec<OfferedVariable> =
        configuration.iter().map(|(name, value)| offered(state, name, value)).collect();
    let known = state.engine.status().await.map_err(Failure::machine)?.healing.offered;
    if *known == variables {
        return Ok(());
    }
    let ask = Ask::from(ConfigurationOffered { variables });
    let asker = Asker::system(Source::Operator);
    let answer = state.engine.ask(Input::of_log(ask), asker).await.map_err(Failure::machine)?;
    answer.reply.map(drop).map_err(Failure::machine)
}

fn offered(state: &AppState, name: &str, value: &str) -> OfferedVariable {
    let mut hasher = state.vault.content_hasher(Some(BOUND_TO));
    hasher.update(name.as_bytes());
    hasher.update(value.as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finish()[..16]);
    OfferedVariable { name: name.to_owned(), digest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[(&str, &str)], &str>) {
        let mut variables = BTreeMap::new();
        let found = read(&mut variables, text);
        let pairs: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found.as_ref().map(|()| pairs.as_slice()).map_err(String::as_str), expected);
    }

    #[test]
    fn variables_are_read_line_by_line() {
        check(
            "# of the queue\n\nQUEUE_URL=amqp://q:5672/a=b\nEMPTY=\n",
            Ok(&[("EMPTY", ""), ("QUEUE_URL", "amqp://q:5672/a=b")]),
        );
        check("QUEUE_URL\n", Err("line 1: write NAME=VALUE"));
        check("A=1\nA=2\n", Err("line 2: A is named twice"));
        check(
            "export A=1\n",
            Err(
                "line 1: what stands before = is no name of a variable: letters, digits and _, no digit first",
            ),
        );
        check(
            "1A=1\n",
            Err(
                "line 1: what stands before = is no name of a variable: letters, digits and _, no digit first",
            ),
        );
    }
}
