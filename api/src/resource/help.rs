//! What `triad serve --help` says beside its options.

use super::route::{PATH_PARAMETERS, Resource, Route};

/// Examples, every address, and what to know before it is served.
pub(crate) fn help(resources: &[Resource]) -> String {
    let lines = resources.iter().flat_map(|resource| resource.routes).map(line);
    let lines: Vec<String> = lines.collect();
    format!(
        "\
Examples:
  triad log init --dir ./triad-data
  triad serve --dir ./triad-data
  curl http://127.0.0.1:8420/v1/health
  triad serve --dir ./triad-data --paused           (a task takes the server down: look, cancel it, then resume)
  triad engine resume
  triad serve --tls-cert server.pem --tls-key server.key    (https; docs/tls.md makes the files)

Addresses:
{}

Reads of content are recorded before it leaves: once per reader, workflow and minute.
A signal (ctrl-c, SIGTERM, SIGQUIT) lets requests in progress end and closes the log; what runs goes on at the next start.
With TLS, SIGHUP has the certificates read again.
Nobody has to say who they are yet: whoever reaches the address can run commands on this machine.",
        lines.join("\n")
    )
}

/// The method, the address, what it is for, and what may stand behind the question mark or in the body.
fn line(route: &Route) -> String {
    let path = PATH_PARAMETERS.iter().fold(route.path.to_owned(), |path, parameter| {
        path.replace(&format!("{{{}}}", parameter.name), &parameter.name.to_uppercase())
    });
    let query: String = route.parameters().iter().map(|parameter| format!(" ?{}=", parameter.name)).collect();
    let body: Vec<String> = route.fields().iter().map(|field| field.name.to_owned()).collect();
    let body = if body.is_empty() { String::new() } else { format!(" {{{}}}", body.join(", ")) };
    let more = if query.is_empty() && body.is_empty() { "" } else { ";" };
    format!("  {:<6} {path:<34} {}{more}{query}{body}", route.method.name(), route.summary)
}
