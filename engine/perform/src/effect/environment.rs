//! What a command may see of the server's environment.

use super::run_as::RunAs;
use std::ffi::OsString;

/// The environment variable that holds the attempt's idempotency key.
pub(crate) const KEY_VARIABLE: &str = "TRIAD_IDEMPOTENCY_KEY";
/// Enough to find programs and a place for temporary files; nothing that could be a secret.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];
/// Where programs are looked for when the server has no PATH.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// The variables that every command gets: the server's, as far as it has them. Those that say who it is are of the user as
/// whom it runs.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment of child processes is part of performing an effect"
)]
pub(crate) fn inherited(run_as: Option<&RunAs>) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = vec![("PATH".into(), PATH_DEFAULT.into())];
    let of_server = INHERITED.into_iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
    variables.extend(of_server);
    if let Some(user) = run_as {
        let name = || OsString::from(&user.name);
        let of_user = [("HOME", user.home.clone().into()), ("USER", name()), ("LOGNAME", name())];
        variables.extend(of_user.map(|(variable, value)| (variable.into(), value)));
    }
    variables
}
