//! Sub-workflows and tasks that were fanned out: they end when all that is in them has, and as that did.

use super::Book;
use super::course::{Contents, Course, Window};
use super::fates::Fate;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict as Held, hold};
use triad_event::dag::{TaskFannedOut, TaskPhase};
use triad_event::evaluation::Verdict;
use triad_event::intake::TaskKind;
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn fan_out(&mut self, record: &Recorded<AnyEvent>, fanned: &TaskFannedOut) -> Held {
        let TaskFannedOut { task, first, parts } = *fanned;
        let course = self.course(record)?;
        let fate = course.fate(task);
        course.invariant_nothing_begins_after_its_deadline(record, task)?;
        let line = course.invariant_tasks_obey_their_grammar(record, task)?;
        let at_once = line.at_once().unwrap_or_default();
        let is_its_list = line.verdict == Some((Verdict::List, parts)) && at_once > 0;
        let template = line.part_of(task);
        let lies_behind = first as usize == course.tasks.len();
        hold(
            "invariant_a_task_is_fanned_out_by_its_list",
            is_its_list && lies_behind && fate == Fate::Runs,
            || format!("record {} makes {parts} parts of {task} from {first} on: {fate:?}", record.sequence),
        )?;
        course.tasks.extend((0..parts).map(|_| template.part_of(task)));
        course.open += parts as usize;
        let window = Window { first, parts, at_once, begun: 0, under_way: 0 };
        course.contents.insert(task, Contents { left: parts, has_failed: false, window: Some(window) });
        if parts == 0 {
            self.probes.count(Probe::FannedOutToNothing);
        }
        if parts > at_once {
            self.probes.count(Probe::MorePartsThanMay);
        }
        Ok(())
    }

    pub(super) fn begin_group(&mut self, record: &Recorded<AnyEvent>, task: u32) -> Held {
        let course = self.course(record)?;
        course.invariant_nothing_starts_before_what_it_depends_on(record, task)?;
        course.invariant_nothing_begins_after_its_deadline(record, task)?;
        let line = course.invariant_tasks_obey_their_grammar(record, task)?;
        let (is_group, is_nested) = (line.kind == TaskKind::Group, line.container.is_some());
        hold("invariant_only_sub_workflows_begin", is_group, || {
            format!("record {} begins {task}", record.sequence)
        })?;
        let is_earlier = |contents: &Contents, course: &Course| {
            let within = course.tasks.iter().filter(|line| line.container == Some(task)).count();
            (contents.left as usize) < within
        };
        let had_ended = course.contents.get(&task).is_some_and(|contents| is_earlier(contents, course));
        if is_nested {
            self.probes.count(Probe::NestedGroup);
        }
        if had_ended {
            self.probes.count(Probe::EndedBeforeItsGroupBegan);
        }
        Ok(())
    }
}

impl Course {
    /// What is in a task, if that has begun.
    pub(super) fn spread(&self, task: u32) -> Option<&Contents> {
        let is_spread = self.line(task).is_some_and(|line| line.phase == TaskPhase::Spread);
        self.contents.get(&task).filter(|_| is_spread)
    }

    /// One that is nothing but what is in it ends.
    pub(super) fn invariant_a_container_ends_with_what_is_in_it(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
        has_failed: bool,
    ) -> Held {
        let contents = self.contents.get(&task);
        let holds = contents.is_some_and(|contents| contents.left == 0 && contents.has_failed == has_failed);
        hold("invariant_a_container_ends_with_what_is_in_it", holds, || {
            format!("record {} ends {task}: {contents:?}", record.sequence)
        })
    }
}
