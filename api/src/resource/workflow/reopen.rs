//! Opens what was sealed for the tasks of a workflow, so that it can be sealed again for another.

use std::collections::BTreeMap;
use triad_decide::intake::{Checked, Expressions};
use triad_event::Sealed;
use triad_event::ids::WorkflowId;
use triad_event::intake::TaskDefinition;
use triad_event::sealed::ContentClass;
use triad_perform::content::{binding, reference};
use triad_vault::{Unopened, Vault, VaultError};

/// Why something was not opened.
enum NotOpened {
    Vault(VaultError),
    Unopened(Unopened),
}

impl From<VaultError> for NotOpened {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<Unopened> for NotOpened {
    fn from(unopened: Unopened) -> Self {
        Self::Unopened(unopened)
    }
}

/// What was sealed for a workflow, in the clear.
pub(super) struct Opened {
    pub(super) checked: Checked,
    /// The values of its inputs.
    pub(super) values: Option<Vec<u8>>,
}

/// The tasks with what was sealed for them, and the values of the inputs. That this is about to be read is recorded before.
pub(super) fn open_all(
    vault: &Vault,
    workflow: WorkflowId,
    tasks: Vec<TaskDefinition>,
    inputs: Option<&Sealed>,
) -> Result<Result<Opened, Unopened>, VaultError> {
    match open_each(vault, workflow, tasks, inputs) {
        Ok(opened) => Ok(Ok(opened)),
        Err(NotOpened::Unopened(unopened)) => Ok(Err(unopened)),
        Err(NotOpened::Vault(error)) => Err(error),
    }
}

fn open_each(
    vault: &Vault,
    workflow: WorkflowId,
    tasks: Vec<TaskDefinition>,
    inputs: Option<&Sealed>,
) -> Result<Opened, NotOpened> {
    let open = |sealed: &Sealed, class| -> Result<Vec<u8>, NotOpened> {
        Ok(vault.unseal(&reference(sealed), binding(workflow, class))??.to_vec())
    };
    let (mut contents, mut expressions) = (Vec::with_capacity(tasks.len()), BTreeMap::new());
    for (task, number) in tasks.iter().zip(0..) {
        contents.push(task.input.as_ref().map(|input| open(input, ContentClass::Input)).transpose()?);
        let Some(rules) = task.rules.as_deref().filter(|rules| rules.is_evaluated()) else { continue };
        let rule = |sealed: &Sealed| open(sealed, ContentClass::Rule);
        let condition = rules.condition.as_ref().map(rule).transpose()?;
        let list = rules.fan_out.as_ref().map(|fan| rule(&fan.list)).transpose()?;
        expressions.insert(number, Expressions { condition, list });
    }
    let values = inputs.map(|inputs| open(inputs, ContentClass::Inputs)).transpose()?;
    Ok(Opened { checked: Checked { tasks, contents, expressions }, values })
}
