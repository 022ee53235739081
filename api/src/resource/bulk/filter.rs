//! What finds the workflows of a bulk action: what narrows the list of workflows, and nothing else.

use crate::access::admitted::Admitted;
use crate::client::text::encoded;
use crate::http::state::AppState;
use crate::resource::workflow::list::{LIST, ListQuery};
use crate::wire::problem::{Code, Problem};
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

    /// As it is recorded: the query of the list, in one way only.
    pub(super) fn text(&self) -> String {
        let status = self.status.iter().map(|status| ("status", status));
        let name = self.name.iter().map(|name| ("name", name));
        let mut labels = self.label.clone();
        labels.sort_unstable();
        labels.dedup();
        let all = status.chain(name).chain(labels.iter().map(|label| ("label", label)));
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

    #[test]
    fn a_filter_is_written_in_one_way_and_read_back() {
        let label = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>();
        let text = |text: &str| Some(text.to_owned());
        let rows = [
            (Filter::default(), ""),
            (Filter { status: text("FAILED"), ..Filter::default() }, "status=FAILED"),
            (
                Filter {
                    label: label(&["team:a&b=c+ d", "region:eu"]),
                    name: text("näch\u{7}tlich"),
                    status: None,
                },
                "name=n%C3%A4ch%07tlich&label=region%3Aeu&label=team%3Aa%26b%3Dc%2B%20d",
            ),
        ];
        for (filter, expected) in rows {
            let written = filter.text();
            assert_eq!(written, expected);
            let read = Filter::read(&written).expect("it can be read");
            assert_eq!(read.text(), written, "{read:?}");
            assert_eq!((read.status, read.name), (filter.status, filter.name));
        }
        let doubled = Filter { label: label(&["b:2", "a:1", "b:2"]), ..Filter::default() };
        assert_eq!(doubled.text(), "label=a%3A1&label=b%3A2");
    }
}
