//! Lays tasks out one behind the other, with values in their texts and whole ids in place of names.

use super::{Flattening, Scope};
use crate::wire::fault::cut;
use crate::wire::inputs::{Declarations, Filler, Given, Inputs, Needs, Settling};
use crate::wire::origin::{Named, Origin};
use crate::wire::reach::Reach;
use crate::wire::task::ReadTask;
use crate::wire::task::expressed::Expressing;
use crate::wire::task::inner::{Brought, Inner};
use std::rc::Rc;
use triad_decide::intake::{Content, ProposedTask};
use triad_event::intake::EdgeOn;

/// A sub-workflow that is laid out behind its task.
struct Group {
    id: String,
    tasks: Vec<ReadTask>,
    inputs: Inputs,
    named: Option<Rc<Named>>,
}

impl Flattening<'_> {
    /// Lays out the tasks of a scope.
    pub(super) fn lay_out(&mut self, tasks: Vec<ReadTask>, scope: Scope<'_>) {
        for read in tasks {
            if let Some(Group { id, tasks, inputs, named }) = self.lay(read, scope) {
                let prefix = format!("{id}.");
                let inner = Scope { prefix: &prefix, inputs: &inputs, named: named.as_ref().or(scope.named) };
                self.lay_out(tasks, inner);
            }
        }
    }

    /// Lays out a task, and gives back the sub-workflow that it is.
    fn lay(&mut self, read: ReadTask, scope: Scope<'_>) -> Option<Group> {
        let ReadTask { mut task, written, schedule: _, spot, inner, with } = read;
        let origin = Origin::of(Some(spot), scope.named);
        let dependencies = std::mem::take(&mut task.dependencies);
        let edges = std::mem::take(&mut task.wants.edges);
        let id = format!("{}{}", scope.prefix, task.definition.id);
        if !scope.inputs.is_empty() && task.definition.id == "inputs" {
            let problem =
                || "is what values of inputs are called: a task beside them is called otherwise".to_owned();
            self.faults.add_of(&origin, &id, None, "id", problem);
        }
        task.definition.id.clone_from(&id);
        // The tasks are many, and what there is stays as it is meanwhile.
        let all = std::mem::take(&mut self.all);
        let reach = Reach::new(scope.prefix, &dependencies, &edges, &all);
        let mut needs = Needs::new();
        if !scope.inputs.is_empty() || !all.is_empty() {
            self.fill(&mut task.content, &id, &origin, written.has_items(), scope, &reach, &mut needs);
        }
        let (growth, faults) = (&mut self.growth, &mut *self.faults);
        let expressing = Expressing {
            reach: &reach,
            inputs: scope.inputs,
            origin: &origin,
            needs: &mut needs,
            growth,
            faults,
        };
        expressing.place(&mut task, written);
        if !all.is_empty() {
            self.refuse_inner(&dependencies, &id, &origin);
        }
        let group = inner.and_then(|inner| self.group(&id, *inner, with, &origin, scope, &reach));
        needs.retain(|id, _| all.contains_key(id));
        self.all = all;
        depend(&mut task, scope.prefix, dependencies, edges, needs);
        task.wants.part_of = scope.prefix.strip_suffix('.').map(str::to_owned);
        self.flat.tasks.push(task);
        self.flat.origins.push(origin);
        group
    }

    #[expect(clippy::too_many_arguments, reason = "what is known of a task comes from as many places")]
    fn fill(
        &mut self,
        content: &mut Content,
        id: &str,
        origin: &Origin,
        has_items: bool,
        scope: Scope<'_>,
        reach: &Reach<'_>,
        needs: &mut Needs,
    ) {
        let growth = &mut self.growth;
        let mut filler = Filler { reach, inputs: scope.inputs, has_items, needs, growth };
        let faults = &mut *self.faults;
        let mut put =
            |text: &mut String, filled: Result<String, String>, field: &dyn Fn() -> String| match filled {
                Ok(filled) => *text = filled,
                Err(problem) => faults.add_of(origin, id, None, &field(), || problem),
            };
        // In checks no template is filled in.
        let Content { command, env, directory, stdin, verify: _, text } = content;
        for (number, argument) in command.iter_mut().enumerate().filter(|(_, text)| text.contains('{')) {
            let filled = filler.text(argument);
            put(argument, filled, &|| format!("command[{number}]"));
        }
        for variable in env.iter_mut().filter(|variable| variable.value.contains('{')) {
            let filled = filler.text(&variable.value);
            put(&mut variable.value, filled, &|| format!("env.{}", variable.name));
        }
        for stdin in stdin.iter_mut().filter(|text| text.contains('{')) {
            let filled = filler.text(stdin);
            put(stdin, filled, &|| "stdin".to_owned());
        }
        for (text, field) in [(directory, "working_directory"), (text, "input")] {
            for text in text.iter_mut().filter(|text| text.contains('{')) {
                let filled = filler.plain(text);
                put(text, filled, &|| field.to_owned());
            }
        }
    }

    /// A sub-workflow is waited for as a whole.
    fn refuse_inner(&mut self, dependencies: &[String], id: &str, origin: &Origin) {
        for name in dependencies.iter().filter(|name| name.contains('.')) {
            let group = name.split('.').next().unwrap_or_default();
            let problem = || {
                let (name, group) = (cut(name), cut(group));
                format!(
                    "{name:?} is no id here: depend on {group:?}, and templates and expressions can name its tasks"
                )
            };
            self.faults.add_of(origin, id, None, "dependencies", problem);
        }
    }

    /// The sub-workflow that a task is, with what it is given.
    fn group(
        &mut self,
        id: &str,
        inner: Inner,
        with: Given,
        origin: &Origin,
        scope: Scope<'_>,
        reach: &Reach<'_>,
    ) -> Option<Group> {
        let Inner::Written { tasks, declared, brought } = inner else { return None };
        let named = brought.map(|Brought { shown, at }| Rc::new(Named { shown, around: origin.clone(), at }));
        let inputs = self.given(id, &declared, with, origin, named.as_deref(), scope, reach);
        Some(Group { id: id.to_owned(), tasks, inputs, named })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what is known of a sub-workflow comes from as many places"
    )]
    fn given(
        &mut self,
        id: &str,
        declared: &Declarations,
        with: Given,
        origin: &Origin,
        named: Option<&Named>,
        scope: Scope<'_>,
        reach: &Reach<'_>,
    ) -> Inputs {
        // What they take, the tasks of the sub-workflow take.
        let mut needs = Needs::new();
        let (inputs, growth) = (scope.inputs, &mut self.growth);
        let mut filler = Filler { reach, inputs, has_items: false, needs: &mut needs, growth };
        let settling = Settling {
            origin,
            id,
            given_in: "with",
            declared_in: named.map_or(Ok("workflow.inputs"), |named| Err(named.at)),
            may_be_open: false,
            faults: self.faults,
        };
        settling.settle(declared, with, |value| filler.held(value))
    }
}

/// Puts whole ids in place of names, and beside them what the task takes.
fn depend(
    task: &mut ProposedTask,
    prefix: &str,
    dependencies: Vec<String>,
    edges: Vec<(String, EdgeOn)>,
    needs: Needs,
) {
    let whole = |name: String| if prefix.is_empty() { name } else { format!("{prefix}{name}") };
    task.dependencies = dependencies.into_iter().map(whole).collect();
    task.wants.edges = edges.into_iter().map(|(name, on)| (whole(name), on)).collect();
    for (id, edge) in needs {
        task.wants.edges.extend(edge.map(|on| (id.clone(), on)));
        task.dependencies.push(id);
    }
}
