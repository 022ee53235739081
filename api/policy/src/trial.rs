//! What would make it allowed: found by deciding again with one thing different, then with two, then with
//! three.

use crate::asked::{Asked, Circumstances, Credential, Tenants};
use crate::change::Change;
use crate::policies::Policies;

/// More changes together are no advice.
const CHANGES_MAX: usize = 3;
/// So that an explanation takes milliseconds, however many roles the policies name.
const TRIALS_MAX: usize = 4096;

/// The smallest sets of changes that lead to a verdict that allows, and whether all were tried.
pub(crate) fn remedies(policies: &Policies, asked: &Asked<'_>) -> (Vec<Vec<Change>>, bool) {
    if policies.question(asked).is_err() {
        return (Vec::new(), true);
    }
    let known = known_changes(policies, asked);
    let mut trials = 0;
    for size in 1..=CHANGES_MAX.min(known.len()) {
        let mut remedies = Vec::new();
        for chosen in combinations(known.len(), size) {
            if trials == TRIALS_MAX {
                return (remedies, false);
            }
            trials += 1;
            let changes: Vec<&Change> = chosen.iter().map(|at| &known[*at]).collect();
            if would_be_allowed(policies, asked, &changes) {
                remedies.push(changes.into_iter().cloned().collect());
            }
        }
        if !remedies.is_empty() {
            return (remedies, true);
        }
    }
    (Vec::new(), true)
}

/// What is not so yet, from what gives least away to what gives most.
fn known_changes(policies: &Policies, asked: &Asked<'_>) -> Vec<Change> {
    let mut known = Vec::new();
    if !asked.circumstances.encrypted {
        known.push(Change::Encrypted);
    }
    if let (Some(tenant), Tenants::These(tenants)) = (asked.tenant, &asked.credential.tenants)
        && !tenants.iter().any(|given| given == tenant)
    {
        known.push(Change::Tenant(tenant.to_owned()));
    }
    let roles = policies.roles().into_iter();
    known.extend(roles.filter(|role| !asked.credential.roles.contains(role)).map(Change::Role));
    if asked.credential.tenants != Tenants::All {
        known.push(Change::Everywhere);
    }
    known
}

fn would_be_allowed(policies: &Policies, asked: &Asked<'_>, changes: &[&Change]) -> bool {
    let mut credential = asked.credential.clone();
    let mut circumstances = asked.circumstances;
    for change in changes {
        apply(change, &mut credential, &mut circumstances);
    }
    policies.evaluate(&Asked { credential: &credential, circumstances, ..*asked }).allowed
}

/// Makes one thing different.
pub(crate) fn apply(change: &Change, credential: &mut Credential, circumstances: &mut Circumstances) {
    match (change, &mut credential.tenants) {
        (Change::Encrypted, _) => circumstances.encrypted = true,
        (Change::Role(role), _) => credential.roles.push(role.clone()),
        (Change::Everywhere, tenants) => *tenants = Tenants::All,
        (Change::Tenant(tenant), Tenants::These(tenants)) => tenants.push(tenant.clone()),
        (Change::Tenant(_), Tenants::All) => {}
    }
}

/// Every choice of `size` of the first `count` numbers, in order.
fn combinations(count: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
    let first = (size <= count).then(|| (0..size).collect::<Vec<usize>>());
    std::iter::successors(first, move |chosen| {
        let at = (0..size).rev().find(|at| chosen[*at] < count - size + at)?;
        let mut next = chosen.clone();
        let begin = chosen[at] + 1;
        next.splice(at.., begin..begin + size - at);
        Some(next)
    })
}
