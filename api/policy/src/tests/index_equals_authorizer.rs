//! The index answers as Cedar's authorizer does for all policies: decision, reasons and errors.

use crate::{Answer, Index};
use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityUid, PolicyId, PolicySet, Request, RestrictedExpression,
    SlotId, Template,
};
use quickcheck::{Arbitrary, Gen, QuickCheck};

/// Policies, entities and a request in a world so small that most things meet.
#[derive(Debug, Clone)]
struct Case {
    policies: Vec<String>,
    links: Vec<(bool, usize)>,
    /// An entity by number, and the numbers of its parents, all of them greater. What is not here is in no
    /// store.
    entities: Vec<(usize, Vec<usize>)>,
    request: [usize; 3],
}

const ENTITIES: [&str; 14] = [
    "User::\"ann\"",
    "User::\"bob\"",
    "Group::\"x\"",
    "Group::\"y\"",
    "N::Group::\"x\"",
    "Box::\"small\"",
    "Box::\"large\"",
    "Room::\"one\"",
    "Action::\"see\"",
    "Action::\"move\"",
    "N::Action::\"see\"",
    "Action::\"some\"",
    "Action::\"all\"",
    "N::Action::\"all\"",
];
const TYPES: [&str; 6] = ["User", "Group", "N::Group", "Box", "Room", "N::Box"];
const ACTIONS: std::ops::Range<usize> = 8..14;
const CONDITIONS: [&str; 10] = [
    "",
    "",
    "when { true }",
    "unless { true }",
    "when { context.flag }",
    "when { context.missing }",
    "when { principal.age > 17 }",
    "unless { resource.size > 9223372036854775807 + context.one }",
    "when { principal in resource }",
    "when { context.flag } unless { action in Action::\"all\" }",
];

fn below(random: &mut Gen, count: usize) -> usize {
    usize::arbitrary(random) % count
}

fn entity(random: &mut Gen) -> &'static str {
    ENTITIES[below(random, ENTITIES.len())]
}

fn action(random: &mut Gen) -> &'static str {
    ENTITIES[ACTIONS.start + below(random, ACTIONS.len())]
}

fn constraint(random: &mut Gen, variable: &str) -> String {
    let (named, of) = (entity(random), TYPES[below(random, TYPES.len())]);
    match below(random, 6) {
        0 => format!("{variable} == {named}"),
        1 | 2 => format!("{variable} in {named}"),
        3 => format!("{variable} is {of}"),
        4 => format!("{variable} is {of} in {named}"),
        _ => variable.to_owned(),
    }
}

fn action_constraint(random: &mut Gen) -> String {
    match below(random, 5) {
        0 => format!("action == {}", action(random)),
        1 => format!("action in {}", action(random)),
        2 => "action in []".to_owned(),
        3 => {
            let actions: Vec<_> = (0..below(random, 4)).map(|_| action(random)).collect();
            format!("action in [{}]", actions.join(", "))
        }
        _ => "action".to_owned(),
    }
}

fn policy(random: &mut Gen) -> String {
    let effect = if below(random, 3) == 0 { "forbid" } else { "permit" };
    let (principal, resource) = (constraint(random, "principal"), constraint(random, "resource"));
    let (action, condition) = (action_constraint(random), CONDITIONS[below(random, CONDITIONS.len())]);
    format!("{effect} ({principal}, {action}, {resource}) {condition};")
}

impl Arbitrary for Case {
    fn arbitrary(random: &mut Gen) -> Self {
        let mut entities = Vec::new();
        for number in 0..ENTITIES.len() {
            if below(random, 4) > 0 {
                let greater = ENTITIES.len() - number - 1;
                let count = if greater == 0 { 0 } else { below(random, 3) };
                let parents = (0..count).map(|_| number + 1 + below(random, greater)).collect();
                entities.push((number, parents));
            }
        }
        Self {
            policies: (0..below(random, 30)).map(|_| policy(random)).collect(),
            links: (0..below(random, 3)).map(|_| (bool::arbitrary(random), below(random, 8))).collect(),
            entities,
            request: [below(random, 8), ACTIONS.start + below(random, ACTIONS.len()), below(random, 8)],
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let fewer = |at: usize| {
            let mut fewer = self.clone();
            fewer.policies.remove(at);
            fewer
        };
        let fewer: Vec<Self> = (0..self.policies.len()).map(fewer).collect();
        Box::new(fewer.into_iter())
    }
}

fn uid(number: usize) -> EntityUid {
    ENTITIES[number].parse().expect("it is the name of an entity")
}

impl Case {
    fn set(&self) -> PolicySet {
        let mut set: PolicySet = self.policies.join("\n").parse().expect("it is Cedar");
        let text = "permit (principal in ?principal, action, resource) when { context.missing };";
        let forbidding = "forbid (principal == ?principal, action, resource);";
        for (name, text) in [("errs", text), ("forbids", forbidding)] {
            let template = Template::parse(Some(PolicyId::new(name)), text).expect("it is a template");
            set.add_template(template).expect("its id is its own");
        }
        for (number, (forbids, entity)) in self.links.iter().enumerate() {
            let template = PolicyId::new(if *forbids { "forbids" } else { "errs" });
            let values = [(SlotId::principal(), uid(*entity))].into_iter().collect();
            set.link(template, PolicyId::new(format!("link{number}")), values).expect("it can be linked");
        }
        set
    }

    fn entities(&self) -> Entities {
        let entity = |(number, parents): &(usize, Vec<usize>)| {
            let age = RestrictedExpression::new_long(16 + *number as i64);
            let attributes = (*number % 2 == 0).then(|| ("age".to_owned(), age));
            let parents = parents.iter().map(|parent| uid(*parent));
            Entity::new_with_tags(uid(*number), attributes, parents, []).expect("numbers can be evaluated")
        };
        Entities::from_entities(self.entities.iter().map(entity), None).expect("there is no cycle")
    }

    fn request(&self) -> Request {
        let context = [
            ("flag".to_owned(), RestrictedExpression::new_bool(true)),
            ("one".to_owned(), RestrictedExpression::new_long(1)),
        ];
        let context = Context::from_pairs(context).expect("it is a context");
        let [principal, action, resource] = self.request.map(uid);
        Request::new(principal, action, resource, context, None).expect("nothing is checked")
    }
}

#[test]
fn the_index_answers_as_the_authorizer_does() {
    fn property(case: Case) -> bool {
        let (set, entities, request) = (case.set(), case.entities(), case.request());
        let full = Authorizer::new().is_authorized(&request, &set, &entities);
        Index::new(&set).is_authorized(&request, &entities) == Answer::from(&full)
    }
    QuickCheck::new().tests(2_000).quickcheck(property as fn(Case) -> bool);
}

#[test]
fn the_random_cases_reach_everything() {
    let mut random = Gen::new(100);
    let (mut allowed, mut forbidden, mut unmatched, mut erring) = (0, 0, 0, 0);
    for _ in 0..1_000 {
        let case = Case::arbitrary(&mut random);
        let answer = Index::new(&case.set()).is_authorized(&case.request(), &case.entities());
        match (answer.decision, answer.reasons.is_empty()) {
            (cedar_policy::Decision::Allow, _) => allowed += 1,
            (cedar_policy::Decision::Deny, false) => forbidden += 1,
            (cedar_policy::Decision::Deny, true) => unmatched += 1,
        }
        erring += usize::from(!answer.errors.is_empty());
    }
    let counts = [allowed, forbidden, unmatched, erring];
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}
