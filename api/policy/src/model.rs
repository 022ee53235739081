//! From what is asked to a question in Cedar's terms. What is the same for every question is made once.

use crate::action::{Right, Scope};
use crate::asked::{Asked, Circumstances, Credential, Tenants};
use crate::placed::Placed;
use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A question in Cedar's terms: the request, and the entities that policies look at for it.
#[derive(Debug)]
pub struct Question {
    /// Who asks for what, about what, how.
    pub request: Request,
    /// The credential with its attributes and roles, and the action with its rights.
    pub entities: Entities,
}

/// Why there is no question to be decided. It is refused then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unasked {
    /// The vocabulary has no such action.
    UnknownAction {
        /// What was asked for.
        action: String,
    },
    /// The action is about something else.
    WrongScope {
        /// What was asked for.
        action: String,
        /// What it was asked about.
        asked: Scope,
    },
    /// Cedar could not take in the credential.
    Unevaluated {
        /// What Cedar says.
        message: String,
    },
}

impl fmt::Display for Unasked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAction { action } => write!(formatter, "no action is named {action:?}"),
            Self::WrongScope { action, asked: Scope::Tenant } => {
                write!(formatter, "the action {action} is not about a tenant")
            }
            Self::WrongScope { action, asked: Scope::Installation } => {
                write!(formatter, "the action {action} is about a tenant, and none was named")
            }
            Self::Unevaluated { message } => {
                write!(formatter, "the credential cannot be looked at: {message}")
            }
        }
    }
}

/// What is the same for every question.
#[derive(Debug)]
pub(crate) struct Model {
    credential: EntityTypeName,
    tenant: EntityTypeName,
    role: EntityTypeName,
    kind: EntityTypeName,
    installation: EntityUid,
    actions: BTreeMap<&'static str, KnownAction>,
    /// By [`context_number`].
    contexts: [Context; 4],
}

#[derive(Debug)]
struct KnownAction {
    uid: EntityUid,
    /// The action and its rights: adding a credential to them is cheaper than beginning with both.
    entities: Entities,
    scopes: BTreeSet<Scope>,
}

impl Model {
    pub(crate) fn new(placed: &BTreeMap<&'static str, Placed>) -> Self {
        let action_type = type_name("Action");
        let actions =
            placed.iter().map(|(name, placed)| (*name, KnownAction::new(&action_type, name, placed)));
        Self {
            credential: type_name("Credential"),
            tenant: type_name(Scope::Tenant.name()),
            role: type_name("Role"),
            kind: type_name("Kind"),
            installation: uid(&type_name(Scope::Installation.name()), "this"),
            actions: actions.collect(),
            contexts: [0, 1, 2, 3].map(context),
        }
    }

    /// The question in Cedar's terms.
    pub(crate) fn question(&self, asked: &Asked<'_>) -> Result<Question, Unasked> {
        let action = self.action(asked)?;
        let resource = match asked.tenant {
            Some(tenant) => uid(&self.tenant, tenant),
            None => self.installation.clone(),
        };
        let credential = self.credential(asked.credential)?;
        let context = self.contexts[context_number(asked.circumstances)].clone();
        // What is asked was built to fit the schema, so that Cedar need not compare them each time. A test
        // does.
        let request = Request::new(credential.uid(), action.uid.clone(), resource, context, None);
        let entities = action.entities.clone().add_entities([credential], None);
        Ok(Question { request: request.map_err(unevaluated)?, entities: entities.map_err(unevaluated)? })
    }

    /// The name of the role, if the entity is one.
    pub(crate) fn role_name<'a>(&self, entity: &'a EntityUid) -> Option<&'a str> {
        (*entity.type_name() == self.role).then(|| entity.id().unescaped())
    }

    fn action(&self, asked: &Asked<'_>) -> Result<&KnownAction, Unasked> {
        let Some(action) = self.actions.get(asked.action) else {
            return Err(Unasked::UnknownAction { action: asked.action.to_owned() });
        };
        let scope = if asked.tenant.is_some() { Scope::Tenant } else { Scope::Installation };
        if action.scopes.contains(&scope) {
            Ok(action)
        } else {
            Err(Unasked::WrongScope { action: asked.action.to_owned(), asked: scope })
        }
    }

    fn credential(&self, credential: &Credential) -> Result<Entity, Unasked> {
        let (everywhere, tenants) = match &credential.tenants {
            Tenants::All => (true, &[][..]),
            Tenants::These(tenants) => (false, tenants.as_slice()),
        };
        let tenants =
            tenants.iter().map(|tenant| RestrictedExpression::new_entity_uid(uid(&self.tenant, tenant)));
        let attributes = [
            ("everywhere", RestrictedExpression::new_bool(everywhere)),
            ("tenants", RestrictedExpression::new_set(tenants)),
            ("owner", RestrictedExpression::new_string(credential.owner.clone())),
            ("kind", RestrictedExpression::new_entity_uid(uid(&self.kind, credential.kind.name()))),
            ("zones", texts(&credential.zones)),
            ("classes", texts(&credential.classes)),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let roles = credential.roles.iter().map(|role| uid(&self.role, role));
        let uid = uid(&self.credential, &hexadecimal(&credential.id));
        Entity::new_with_tags(uid, attributes, roles, []).map_err(unevaluated)
    }
}

impl KnownAction {
    fn new(action_type: &EntityTypeName, name: &str, placed: &Placed) -> Self {
        let uid = |name: &str| uid(action_type, name);
        let rights = placed.rights.iter().map(|right: &Right| uid(right.name()));
        let entity = Entity::new_no_attrs(uid(name), rights.collect());
        Self {
            uid: uid(name),
            entities: Entities::from_entities([entity], None).expect("invariant: one entity is a hierarchy"),
            scopes: placed.scopes.clone(),
        }
    }
}

fn unevaluated(error: impl fmt::Display) -> Unasked {
    Unasked::Unevaluated { message: error.to_string() }
}

fn context_number(circumstances: Circumstances) -> usize {
    usize::from(circumstances.encrypted) + 2 * usize::from(circumstances.loopback)
}

fn context(number: usize) -> Context {
    let flags = [("encrypted", number & 1 == 1), ("loopback", number & 2 == 2)];
    Context::from_pairs(flags.map(|(name, flag)| (name.to_owned(), RestrictedExpression::new_bool(flag))))
        .expect("invariant: two truth values are a context")
}

fn type_name(name: &str) -> EntityTypeName {
    name.parse().expect("invariant: an identifier is the name of a type")
}

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

fn texts(texts: &[String]) -> RestrictedExpression {
    RestrictedExpression::new_set(texts.iter().cloned().map(RestrictedExpression::new_string))
}

fn hexadecimal(id: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = id.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
