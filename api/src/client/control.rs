//! `triad workflow cancel`, `pause` and `resume`

use super::api::Api;
use crate::cli::Named;
use crate::failure::Failure;
use crate::output::Output;
use serde_json::json;

pub(super) fn run(verb: &str, named: &Named, output: &Output) -> Result<(), Failure> {
    let api = Api::new(&named.at.server)?;
    let body = json!({ "reason": named.reason }).to_string();
    let answer = api.post(&format!("/v1/workflows/{}/{verb}", named.id), body.as_bytes(), None)?;
    let status = answer["status"].as_str().unwrap_or("UNKNOWN");
    output.result(|| format!("{} {status}", named.id), || answer.clone());
    Ok(())
}
