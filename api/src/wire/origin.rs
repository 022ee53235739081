//! Where a task that the core sees comes from: a place in the document, or a named definition that the document names.

use super::fault::Fault;
use super::spot::Spot;
use std::rc::Rc;

/// Where a task comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// The task in its own document; none for the whole of it.
    spot: Option<Spot>,
    /// What named the definition in which it stands; none when it stands in the document.
    named: Option<Rc<Named>>,
}

/// A place at which a document names a definition instead of writing it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// How it is shown: `nightly@3`.
    pub(super) shown: String,
    /// Where it stands in the document.
    pub(super) around: Origin,
    /// The same, in the JSON of the document.
    pub(super) at: usize,
}

impl Named {
    /// The name of the definition.
    pub(super) fn name(&self) -> &str {
        self.shown.split('@').next().unwrap_or_default()
    }
}

impl Origin {
    pub(super) fn written(spot: Option<Spot>) -> Self {
        Self { spot, named: None }
    }

    /// The same task of a definition that was named there.
    pub(super) fn of(spot: Option<Spot>, named: Option<&Rc<Named>>) -> Self {
        Self { spot, named: named.cloned() }
    }

    /// For people, who count the tasks of a document.
    pub(super) fn shown(&self) -> String {
        match (self.spot, &self.named) {
            (Some(spot), None) if spot == Spot::top(spot.outermost()) => spot.outermost().to_string(),
            (Some(spot), None) => spot.to_string(),
            (spot, Some(named)) => {
                let spot = spot.map(|spot| format!(" {spot}")).unwrap_or_default();
                format!("{}{spot}", named.shown)
            }
            (None, None) => "workflow".to_owned(),
        }
    }

    /// A fault of it. What is wrong within a named definition is wrong where the document names that.
    pub(super) fn fault(
        &self,
        id: &str,
        at: Option<usize>,
        field: &str,
        problem: String,
        entry: Option<String>,
    ) -> Fault {
        let Some(named) = &self.named else {
            let (id, field) = (super::fault::cut(id).to_owned(), field.to_owned());
            return Fault { task: self.spot, id, field, problem, place: None, at, entry };
        };
        let within = self.spot.map(|spot| format!("{spot}.")).unwrap_or_default();
        let problem = format!("in {}, {within}{field}: {problem}", named.shown);
        named.around.fault(id, Some(named.at), "workflow", problem, None)
    }
}
