//! The keys under which a policy lies in the index: one for each part of its scope.
//!
//! Cedar evaluates a policy as the conjunction of its principal, action and resource constraints and its
//! conditions, in this order. A constraint cannot fail, and a false one ends the evaluation. So a policy
//! whose scope does not match is neither a reason nor an error, and leaving it out changes nothing. A key may
//! promise less than its constraint, never more.

use cedar_policy::{
    ActionConstraint, Entities, EntityTypeName, EntityUid, Policy, PrincipalConstraint, Request,
    ResourceConstraint,
};
use std::collections::BTreeSet;

/// What an entity must at least be, so that a constraint can match it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Anything.
    Any,
    /// Of this type.
    Type(EntityTypeName),
    /// This one, or one below it.
    AtOrBelow(EntityUid),
}

impl Key {
    /// The keys of the action constraint: a policy for several actions lies under each.
    pub(crate) fn of_action(policy: &Policy) -> BTreeSet<Self> {
        match policy.action_constraint() {
            ActionConstraint::Any => [Self::Any].into(),
            ActionConstraint::Eq(action) => [Self::AtOrBelow(action)].into(),
            ActionConstraint::In(actions) => actions.into_iter().map(Self::AtOrBelow).collect(),
        }
    }

    pub(crate) fn of_principal(policy: &Policy) -> Self {
        match policy.principal_constraint() {
            PrincipalConstraint::Any => Self::Any,
            PrincipalConstraint::Is(name) => Self::Type(name),
            PrincipalConstraint::Eq(entity)
            | PrincipalConstraint::In(entity)
            | PrincipalConstraint::IsIn(_, entity) => Self::AtOrBelow(entity),
        }
    }

    pub(crate) fn of_resource(policy: &Policy) -> Self {
        match policy.resource_constraint() {
            ResourceConstraint::Any => Self::Any,
            ResourceConstraint::Is(name) => Self::Type(name),
            ResourceConstraint::Eq(entity)
            | ResourceConstraint::In(entity)
            | ResourceConstraint::IsIn(_, entity) => Self::AtOrBelow(entity),
        }
    }
}

/// Every key that can match a request: what it names, with all that the entities say is above it.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) action: Vec<Key>,
    pub(crate) principal: Vec<Key>,
    pub(crate) resource: Vec<Key>,
}

impl Keys {
    /// None if a part of the request is unknown, which only Cedar's partial evaluation makes.
    pub(crate) fn of(request: &Request, entities: &Entities) -> Option<Self> {
        let keys = |entity: &EntityUid| {
            let above = entities.ancestors(entity).into_iter().flatten().cloned();
            let named = [Key::Any, Key::Type(entity.type_name().clone()), Key::AtOrBelow(entity.clone())];
            named.into_iter().chain(above.map(Key::AtOrBelow)).collect()
        };
        Some(Self {
            action: keys(request.action()?),
            principal: keys(request.principal()?),
            resource: keys(request.resource()?),
        })
    }
}
