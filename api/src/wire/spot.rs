//! Which task of a document is meant, however deep in sub-workflows it is written.

use super::place::Step;
use std::fmt;

/// Sub-workflows within each other, written out or by name. Whoever reads a workflow has to see through it; and each level
/// costs the
/// reader of documents three of the levels that it has.
pub(crate) const LEVELS_MAX: usize = 4;

/// The position of a task among those of its document or sub-workflow, behind the positions of the sub-workflows around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    positions: [u32; LEVELS_MAX + 1],
    /// How many of them count, from 1.
    levels: usize,
}

impl Spot {
    /// A task of the document itself.
    pub(crate) fn top(position: u32) -> Self {
        let mut positions = [0; LEVELS_MAX + 1];
        positions[0] = position;
        Self { positions, levels: 1 }
    }

    /// A task of the sub-workflow that this task is; none where that lies too deep.
    pub(super) fn within(self, position: u32) -> Option<Self> {
        let mut inner = self;
        *inner.positions.get_mut(self.levels)? = position;
        inner.levels += 1;
        Some(inner)
    }

    /// Whether a task of a sub-workflow may be written here.
    pub(super) fn has_room(self) -> bool {
        self.levels <= LEVELS_MAX
    }

    /// The position of the task of the document that it is, or lies in.
    pub(crate) fn outermost(self) -> u32 {
        self.positions[0]
    }

    /// Whether it lies in the sub-workflow that another task is.
    pub(super) fn lies_in(self, other: Self) -> bool {
        self.levels > other.levels && self.positions[..other.levels] == other.positions[..other.levels]
    }

    /// The way to it from the whole document.
    pub(super) fn steps(self) -> impl Iterator<Item = Step<'static>> {
        self.positions.into_iter().take(self.levels).enumerate().flat_map(|(level, position)| {
            let around = (level > 0).then(|| Step::Key("workflow".into()));
            around.into_iter().chain([Step::Key("tasks".into()), Step::Index(u64::from(position))])
        })
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, position) in self.positions.iter().take(self.levels).enumerate() {
            let around = if level > 0 { ".workflow." } else { "" };
            write!(f, "{around}tasks[{position}]")?;
        }
        Ok(())
    }
}
