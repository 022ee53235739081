//! Rules of diagnosis as JSON.

use crate::output::hex;
use crate::resource::workflow::healing::word_of;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::healing::{Known, Learned};
use triad_diagnosis::Rules;
use triad_event::execution::FailureClass;
use triad_event::healing::FixKind;

/// The rules that diagnose.
#[derive(Serialize, JsonSchema)]
pub(super) struct RuleList {
    /// The version of those that are built in.
    version: u32,
    /// That of the operator's; none where there are none.
    operator_version: Option<u32>,
    /// What all of them are.
    digest: String,
    /// How many there are.
    count: usize,
    /// The names of the variables of the environment that fixes may set.
    offered_variables: Vec<String>,
    /// The operator's document, in TOML; none where there is none.
    document: Option<String>,
    /// What came of fixes, by tenant, rule and kind of fix, as it was counted when the last of each came.
    learned: Vec<LearnedRule>,
    /// Every rule, in the order in which they stand; none unless they are asked for.
    rules: Option<Vec<Rule>>,
}

/// A rule.
#[derive(Serialize, JsonSchema)]
struct Rule {
    id: String,
    class: Word<FailureClass>,
}

/// What came of the fixes of a kind that followed from a rule.
#[derive(Serialize, JsonSchema)]
struct LearnedRule {
    /// Whose tasks they were.
    tenant: String,
    rule: String,
    fix: Word<FixKind>,
    /// Those after which the task succeeded.
    succeeded: u32,
    /// Those after which it failed again.
    failed: u32,
}

impl RuleList {
    /// The rules of this program, with those of an operator where they can be read.
    pub(super) fn of(known: &Known, all: bool) -> Self {
        let operator = known.rules.as_ref().and_then(|rules| Rules::with(&rules.document).ok());
        let rules = operator.as_ref().unwrap_or_else(|| Rules::built_in());
        let listed =
            || rules.ids().map(|(id, class)| Rule { id: id.to_owned(), class: Word(word_of(class)) });
        Self {
            version: rules.version(),
            operator_version: rules.operator_version(),
            digest: hex(&rules.digest()),
            count: rules.ids().count(),
            offered_variables: known.offered.iter().map(|variable| variable.name.clone()).collect(),
            document: known.rules.as_ref().map(|rules| rules.document.clone()),
            learned: known
                .learned
                .iter()
                .map(|((tenant, (rule, fix)), Learned { succeeded, failed, .. })| LearnedRule {
                    tenant: tenant.clone(),
                    rule: rule.clone(),
                    fix: Word(*fix),
                    succeeded: *succeeded,
                    failed: *failed,
                })
                .collect(),
            rules: all.then(|| listed().collect()),
        }
    }
}
