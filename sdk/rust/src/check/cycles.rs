//! Finds cycles in a graph, in time linear in tasks and dependencies and without recursion.

/// Cycles, in each of which a task depends on the next, the last on the first: one at least of every knot of tasks that reach
/// each other, and no task in two of them.
pub(super) fn cycles(dependencies: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut search =
        Search { dependencies, state: vec![State::Unseen; dependencies.len()], found: Vec::new() };
    (0..dependencies.len()).for_each(|root| search.visit(root));
    search.found
}

#[derive(Clone, Copy)]
enum State {
    Unseen,
    /// At that place of the path that is being followed.
    OnPath(usize),
    Done,
}

/// A task on the path that is being followed.
struct Step {
    task: usize,
    /// How many of its dependencies were looked at.
    looked: usize,
    /// How many steps there are up to the last one that is in a cycle that was found, this one included.
    told: usize,
}

struct Search<'a> {
    dependencies: &'a [Vec<usize>],
    state: Vec<State>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn visit(&mut self, root: usize) {
        if !matches!(self.state[root], State::Unseen) {
            return;
        }
        self.state[root] = State::OnPath(0);
        let mut path = vec![Step { task: root, looked: 0, told: 0 }];
        while let Some(Step { task, looked, told }) = path.last_mut() {
            let Some(next) = self.dependencies[*task].get(*looked).copied() else {
                self.state[*task] = State::Done;
                path.pop();
                continue;
            };
            *looked += 1;
            let told = *told;
            match self.state[next] {
                State::Unseen => {
                    self.state[next] = State::OnPath(path.len());
                    path.push(Step { task: next, looked: 0, told });
                }
                State::OnPath(first) if told <= first => self.tell(&mut path, first),
                State::OnPath(_) | State::Done => {}
            }
        }
    }

    /// The path from there on is a cycle.
    fn tell(&mut self, path: &mut [Step], first: usize) {
        let cycle = path.iter_mut().enumerate().skip(first).map(|(place, step)| {
            step.told = place + 1;
            step.task
        });
        self.found.push(cycle.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_knot_is_told_and_nothing_else() {
        let rows: [(&[&[usize]], &[&[usize]]); 5] = [
            (&[], &[]),
            (&[&[], &[0], &[0, 1]], &[]),
            (&[&[2], &[0], &[1, 3], &[4], &[3]], &[&[0, 2, 1], &[3, 4]]),
            // A knot behind which there is another one.
            (&[&[2, 1], &[0], &[3], &[2]], &[&[2, 3], &[0, 1]]),
            (&[&[1], &[2, 0], &[1]], &[&[1, 2]]),
        ];
        for (graph, expected) in rows {
            let graph: Vec<Vec<usize>> = graph.iter().map(|list| list.to_vec()).collect();
            let mut found = cycles(&graph);
            found.sort_unstable();
            let mut expected: Vec<Vec<usize>> = expected.iter().map(|cycle| cycle.to_vec()).collect();
            expected.sort_unstable();
            assert_eq!(found, expected, "{graph:?}");
        }
    }

    #[test]
    fn a_very_deep_ring_needs_no_deep_stack() {
        let mut ring: Vec<Vec<usize>> = (1..1_000_000).map(|next| vec![next]).collect();
        ring.push(Vec::new());
        assert_eq!(cycles(&ring), [[0; 0]; 0]);
        ring[999_999].push(0);
        assert_eq!(cycles(&ring)[0].len(), 1_000_000);
    }
}
