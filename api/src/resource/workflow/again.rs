//! Which tasks of a workflow that has ended run again when it is retried.

use triad_event::intake::{TaskDefinition, TaskKind};

/// How a task ended, as far as that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Completed,
    /// Left out, which is no failure. What that depends on is decided again, and comes to the same where nothing else changed.
    LeftOut,
    Otherwise,
}

/// For each task whether it runs again: what did not complete, what `from` names, and all that stands behind these. What is
/// left of a definition is what completed and depends on nothing that runs again.
pub(super) fn run_again(tasks: &[TaskDefinition], ended: &[Ended], from: Option<u32>) -> Vec<bool> {
    let behind = Behind::of(tasks);
    let mut again = vec![false; tasks.len()];
    // A sub-workflow whose tasks did not all end well runs again, and of its tasks those that did not.
    let unfinished = (0..).zip(ended).filter(|(_, ended)| **ended == Ended::Otherwise);
    let mut waiting: Vec<(u32, Reach)> = unfinished.map(|(task, _)| (task, Reach::Itself)).collect();
    waiting.extend(from.map(|from| (from, Reach::Contents)));
    let mut has_contents = vec![false; tasks.len()];
    while let Some((task, reach)) = waiting.pop() {
        let index = task as usize;
        let is_new = !std::mem::replace(&mut again[index], true);
        let with_contents = reach == Reach::Contents && !std::mem::replace(&mut has_contents[index], true);
        if with_contents {
            waiting.extend(behind.contents[index].iter().map(|inner| (*inner, Reach::Contents)));
        }
        if is_new {
            waiting.extend(behind.dependents[index].iter().map(|next| (*next, Reach::Contents)));
            // It ends when its tasks have, so what waits for it waits for them.
            waiting.extend(part_of(&tasks[index]).map(|group| (group, Reach::Itself)));
        }
    }
    again
}

/// How much of a sub-workflow runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It is not over yet.
    Itself,
    /// It begins again, with everything that is in it.
    Contents,
}

/// What waits for what.
struct Behind {
    dependents: Vec<Vec<u32>>,
    /// The tasks of sub-workflows.
    contents: Vec<Vec<u32>>,
}

impl Behind {
    fn of(tasks: &[TaskDefinition]) -> Self {
        let (mut dependents, mut contents) = (vec![Vec::new(); tasks.len()], vec![Vec::new(); tasks.len()]);
        for (task, number) in tasks.iter().zip(0..) {
            for dependency in &task.dependencies {
                dependents[*dependency as usize].push(number);
            }
            if let Some(group) = part_of(task) {
                contents[group as usize].push(number);
            }
        }
        Self { dependents, contents }
    }
}

fn part_of(task: &TaskDefinition) -> Option<u32> {
    task.rules.as_deref().and_then(|rules| rules.part_of)
}

/// Whether what an earlier workflow did can stand for a task: a sub-workflow is nothing but its tasks.
pub(super) fn may_stand_for(task: &TaskDefinition) -> bool {
    task.kind != TaskKind::Group
}

#[cfg(test)]
mod tests {
    use super::Ended::{Completed, LeftOut, Otherwise};
    use super::*;
    use triad_event::intake::TaskRules;

    fn task(id: &str, dependencies: &[u32], group: Option<u32>) -> TaskDefinition {
        let rules = TaskRules { part_of: group, ..TaskRules::nothing() };
        let rules = group.is_some().then(|| rules.into());
        TaskDefinition {
            dependencies: dependencies.to_vec(),
            rules,
            ..TaskDefinition::new(id, TaskKind::Noop)
        }
    }

    /// `0 -> 1 -> 2`, `0 -> 3`, and a sub-workflow 4 with `5 -> 6` after 3, before 7.
    fn tasks() -> Vec<TaskDefinition> {
        let mut tasks = vec![
            task("a", &[], None),
            task("b", &[0], None),
            task("c", &[1], None),
            task("d", &[0], None),
            task("sub", &[3], None),
            task("sub.e", &[], Some(4)),
            task("sub.f", &[5], Some(4)),
            task("g", &[4], None),
        ];
        tasks[4].kind = TaskKind::Group;
        tasks
    }

    #[test]
    fn what_failed_and_all_behind_it_runs_again() {
        let all = [Completed; 8];
        let but = |others: &[(usize, Ended)]| {
            let mut ended = all;
            others.iter().for_each(|(task, how)| ended[*task] = *how);
            ended
        };
        let rows: [(&str, [Ended; 8], Option<u32>, &[u32]); 8] = [
            ("nothing", all, None, &[]),
            ("from the beginning", all, Some(0), &[0, 1, 2, 3, 4, 5, 6, 7]),
            ("from a leaf", all, Some(2), &[2]),
            ("one failed", but(&[(1, Otherwise), (2, Otherwise)]), None, &[1, 2]),
            ("a task that ran although another failed", but(&[(1, Otherwise)]), None, &[1, 2]),
            ("what was left out taints nothing", but(&[(1, LeftOut)]), None, &[]),
            ("in a sub-workflow", but(&[(4, Otherwise), (6, Otherwise), (7, Otherwise)]), None, &[4, 6, 7]),
            ("before a sub-workflow", all, Some(3), &[3, 4, 5, 6, 7]),
        ];
        for (what, ended, from, expected) in rows {
            let again = run_again(&tasks(), &ended, from);
            let again: Vec<u32> =
                (0..).zip(again).filter_map(|(task, again)| again.then_some(task)).collect();
            assert_eq!(again, expected, "{what}");
        }
    }
}
