//! What finds the workflows of a bulk action: what narrows the list of workflows, and nothing else.

use crate::access::admitted::Admitted;
use crate::client::text::encoded;
use crate::http::state::AppState;
use crate::resource::workflow::list::{LIST, ListQuery};
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Words;
use axum::extract::Query;
use axum::http::Uri;
use schemars::JsonSchema;
use serde::Serialize;
use triad_projections::{Answer, run_list};

/// What finds workflows: all of it must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Filter {
    /// Only those in that status.
    pub(super) status: Option<String>,
    /// Only those with that name, as it is.
    pub(super) name: Option<String>,
    /// Only those with all of these labels, each as NAME:VALUE.
    pub(super) label: Vec<String>,
}

impl Filter {
    /// Whether it finds every workflow that there is.
    pub(super) fn is_empty(&self) -> bool {
        self.status.is_none() && self.name.is_none() && self.label.is_empty()
    }

    /// The same in the one way in which it is written, if the list can be narrowed by it.
    pub(super) fn checked(mut self) -> Result<Self, Problem> {
        let run_list::Query { phase, .. } = self.query(u64::MAX, 1)?;
        self.status = phase.map(|phase| phase.word().to_owned());
        self.label.sort_unstable();
        self.label.dedup();
        Ok(self)
    }

    /// As it is recorded: the query of the list.
    pub(super) fn text(&self) -> String {
        let status = self.status.iter().map(|status| ("status", status));
        let name = self.name.iter().map(|name| ("name", name));
        let all = status.chain(name).chain(self.label.iter().map(|label| ("label", label)));
        let written: Vec<String> =
            all.map(|(parameter, value)| format!("{parameter}={}", encoded(value))).collect();
        written.join("&")
    }

    /// Reads what was recorded.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let unreadable = || Problem::new(Code::Internal, "the filter that was recorded cannot be read");
        let uri: Uri = format!("/?{text}").parse().map_err(|_| unreadable())?;
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri).map_err(|_| unreadable())?;
        let ListQuery { status, name, label, .. } = ListQuery::of(pairs.0)?;
        Ok(Self { status, name, label })
    }

    /// A page of it, of workflows whose first record is below a sequence.
    pub(super) fn query(&self, before: u64, limit: usize) -> Result<run_list::Query, Problem> {
        let Self { status, name, label } = self.clone();
        ListQuery { status, name, label, cursor: Some(before), limit: Some(limit) }.asked()
    }
}

impl AppState {
    /// A page of what a filter finds of all that somebody sees.
    pub(super) async fn find_workflows(
        &self,
        admitted: &Admitted,
        query: run_list::Query,
    ) -> Result<Answer<run_list::Page>, Problem> {
        self.list_seen(Admitted { action: LIST, ..admitted.clone() }, query).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(status: &str, name: &str, labels: &[&str]) -> Filter {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Filter {
            status: text(status),
            name: text(name),
            label: labels.iter().map(|&label| label.to_owned()).collect(),
        }
    }

    #[test]
    fn a_filter_is_written_in_one_way_and_read_back() {
        let rows = [
            (filter("", "", &[]), ""),
            (filter("failed", "", &[]), "status=FAILED"),
            (
                filter("", "n\u{e4}ch\u{7}tlich", &["team:a&b=c+ d", "region:eu", "region:eu"]),
                "name=n%C3%A4ch%07tlich&label=region%3Aeu&label=team%3Aa%26b%3Dc%2B%20d",
            ),
        ];
        for (filter, expected) in rows {
            let checked = filter.checked().expect("it narrows the list");
            assert_eq!(checked.text(), expected);
            assert_eq!(Filter::read(expected).expect("it can be read"), checked);
        }
        for refused in [filter("DONE", "", &[]), filter("", "", &["region"])] {
            assert_eq!(refused.checked().map_err(|problem| problem.code), Err(Code::InvalidQuery));
        }
    }
}
