//! The vocabulary: the Cedar schema that policies are held against, made from the actions of the resource
//! table.

use crate::action::{Action, Right};
use crate::asked::CredentialKind;
use crate::model::Model;
use crate::placed::Placed;
use cedar_policy::{EntityId, Schema};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// What policies can name: the actions, their groups, and what is known of a credential.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    text: String,
    schema: Schema,
    model: Arc<Model>,
}

const ENTITIES: &str = "\
// The whole installation, and each tenant in it.
entity Installation enum [\"this\"];
entity Tenant;

// What a credential is used as.
entity Role;

// Who asks. A credential that is everywhere has every tenant, those that do not exist yet too.
entity Credential in [Role] = {
  everywhere: Bool,
  tenants: Set<Tenant>,
  owner: String,
  kind: Kind,
  zones: Set<String>,
  classes: Set<String>,
};
";

const CIRCUMSTANCES: &str = "\
// How it was asked: unread on its way, or from this machine.
type Circumstances = { encrypted: Bool, loopback: Bool };
";

impl Vocabulary {
    /// The vocabulary of these actions.
    ///
    /// # Panics
    ///
    /// If an action has the name of a right: the table is the program's own, and such a name could not be
    /// told from the group.
    pub fn new(actions: &[Action]) -> Self {
        let mut placed: BTreeMap<&'static str, Placed> = BTreeMap::new();
        for action in actions {
            assert!(
                Right::ALL.iter().all(|right| right.name() != action.name),
                "{} is the name of a right, so that no action can have it",
                action.name
            );
            let place = placed.entry(action.name).or_default();
            place.rights.insert(action.right);
            place.scopes.insert(action.scope);
        }
        let text = schema_text(&placed);
        let (schema, _) = Schema::from_cedarschema_str(&text).expect("invariant: the schema is written well");
        Self { text, schema, model: Arc::new(Model::new(&placed)) }
    }

    /// The schema in Cedar's own syntax, for people and for editors.
    pub fn schema(&self) -> &str {
        &self.text
    }

    pub(crate) fn validated_schema(&self) -> &Schema {
        &self.schema
    }

    pub(crate) fn model(&self) -> &Arc<Model> {
        &self.model
    }
}

fn schema_text(placed: &BTreeMap<&'static str, Placed>) -> String {
    let mut text = ENTITIES.to_owned();
    let kinds = quoted(CredentialKind::ALL.map(CredentialKind::name));
    append(&mut text, format_args!("\n// What a credential is.\nentity Kind enum [{kinds}];\n\n"));
    text.push_str(CIRCUMSTANCES);
    let rights = quoted(Right::ALL.map(Right::name));
    append(&mut text, format_args!("\n// Groups of actions.\naction {rights};\n"));
    for (name, Placed { rights, scopes }) in placed {
        let (name, rights) = (quoted([*name]), quoted(rights.iter().map(|right| right.name())));
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        let scopes = scopes.join(", ");
        append(
            &mut text,
            format_args!(
                "\naction {name} in [{rights}] appliesTo {{\n  principal: [Credential],\n  resource: [{scopes}],\n  \
                 context: Circumstances,\n}};\n"
            ),
        );
    }
    text
}

fn append(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes any text");
}

/// The texts as literals of Cedar, with commas between them.
fn quoted<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> =
        texts.into_iter().map(|text| format!("\"{}\"", EntityId::new(text).escaped())).collect();
    quoted.join(", ")
}
