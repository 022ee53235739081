//! Finds cycles in a graph, in time linear in tasks and dependencies and without recursion.

use crate::plan::Lists;

/// One cycle of every strongly connected component that has one: each task of it depends on the next, the
/// last on the first. Items that are no index are passed over; their fault is told elsewhere.
pub(crate) fn cycles(dependencies: &Lists) -> Vec<Vec<u32>> {
    if is_in_order(dependencies) {
        return Vec::new();
    }
    let component = components(dependencies);
    let mut told = vec![false; dependencies.len()];
    let mut found = Vec::new();
    for (task, list) in dependencies.iter().enumerate() {
        let Some(own) = component.get(task) else { continue };
        let is_inner = |item: &&u32| component.get(**item as usize) == Some(own);
        if !told[*own as usize] && list.iter().any(|item| is_inner(&item)) {
            told[*own as usize] = true;
            found.push(walk(dependencies, &component, task));
        }
    }
    found
}

/// Whether every task depends only on tasks before it, as most definitions are written: then there is no
/// cycle.
fn is_in_order(dependencies: &Lists) -> bool {
    dependencies.iter().zip(0..).all(|(list, task)| list.iter().all(|item| *item < task))
}

/// Follows dependencies within one component until a task comes again.
fn walk(dependencies: &Lists, component: &[u32], start: usize) -> Vec<u32> {
    let mut seen_at = std::collections::BTreeMap::new();
    let mut path: Vec<u32> = Vec::new();
    let mut task = start as u32;
    loop {
        if let Some(first) = seen_at.insert(task, path.len()) {
            return path.split_off(first);
        }
        path.push(task);
        let own = component[task as usize];
        let inner = |item: &&u32| component.get(**item as usize) == Some(&own);
        match dependencies.get(task).iter().find(inner) {
            Some(next) => task = *next,
            None => return path,
        }
    }
}

/// The strongly connected component of each task (Tarjan, with the call stack as a vector).
fn components(dependencies: &Lists) -> Vec<u32> {
    let mut search = Search::over(dependencies);
    for root in 0..dependencies.len() {
        if search.order[root] == UNSEEN {
            search.visit(root as u32);
        }
    }
    search.component
}

const UNSEEN: u32 = u32::MAX;

struct Search<'a> {
    dependencies: &'a Lists,
    /// When a task was first seen.
    order: Vec<u32>,
    /// The earliest task, by that order, that it reaches.
    low: Vec<u32>,
    /// The component, once known.
    component: Vec<u32>,
    /// Tasks seen whose component is not known yet.
    stack: Vec<u32>,
    seen: u32,
    components: u32,
}

impl<'a> Search<'a> {
    fn over(dependencies: &'a Lists) -> Self {
        let blank = vec![UNSEEN; dependencies.len()];
        Self {
            dependencies,
            order: blank.clone(),
            low: blank.clone(),
            component: blank,
            stack: Vec::new(),
            seen: 0,
            components: 0,
        }
    }

    fn visit(&mut self, root: u32) {
        // Each entry: a task, and how many of its dependencies are done.
        let mut path = vec![(root, 0_usize)];
        self.enter(root);
        while let Some((task, done)) = path.last_mut() {
            let task = *task;
            match self.dependencies.get(task).get(*done) {
                Some(next) => {
                    *done += 1;
                    if self.step(task, *next) {
                        path.push((*next, 0));
                    }
                }
                None => {
                    path.pop();
                    self.leave(task);
                    if let Some((parent, _)) = path.last() {
                        let parent = *parent as usize;
                        self.low[parent] = self.low[parent].min(self.low[task as usize]);
                    }
                }
            }
        }
    }

    /// Looks along one dependency, and says whether it leads to a task not seen before.
    fn step(&mut self, task: u32, next: u32) -> bool {
        match self.order.get(next as usize) {
            None => false,
            Some(&UNSEEN) => {
                self.enter(next);
                true
            }
            Some(order) => {
                if self.component[next as usize] == UNSEEN {
                    let low = &mut self.low[task as usize];
                    *low = (*low).min(*order);
                }
                false
            }
        }
    }

    fn enter(&mut self, task: u32) {
        self.order[task as usize] = self.seen;
        self.low[task as usize] = self.seen;
        self.seen += 1;
        self.stack.push(task);
    }

    fn leave(&mut self, task: u32) {
        if self.low[task as usize] != self.order[task as usize] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            self.component[member as usize] = self.components;
            if member == task {
                break;
            }
        }
        self.components += 1;
    }
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    fn graph(lists: &[&[u32]]) -> Lists {
        let mut graph = Lists::default();
        lists.iter().for_each(|list| graph.push(list));
        graph
    }

    #[test]
    fn every_knot_is_told_once_with_a_path() {
        assert_eq!(cycles(&graph(&[&[], &[0], &[0, 1]])), [[0; 0]; 0]);
        assert_eq!(cycles(&graph(&[&[0]])), [[0]]);
        assert_eq!(cycles(&graph(&[&[2], &[0], &[1, 3], &[4], &[3]])), [vec![0, 2, 1], vec![3, 4]]);
        assert_eq!(cycles(&graph(&[&[9]])), [[0; 0]; 0]);
    }

    #[test]
    fn a_very_deep_chain_needs_no_deep_stack() {
        let mut chain = Lists::default();
        chain.push(&[]);
        (0..1_000_000).for_each(|task| chain.push(&[task]));
        assert_eq!(cycles(&chain), [[0; 0]; 0]);
        let mut ring = Lists::default();
        ring.push(&[1_000_000]);
        (0..1_000_000).for_each(|task| ring.push(&[task]));
        assert_eq!(cycles(&ring)[0].len(), 1_000_001);
    }

    quickcheck! {
        fn what_is_told_is_a_cycle_and_none_is_told_only_when_an_order_exists(edges: Vec<(u8, u8)>) -> bool {
            let mut lists = vec![Vec::new(); 16];
            edges.iter().for_each(|(from, to)| lists[usize::from(from % 16)].push(u32::from(to % 16)));
            let graph = graph(&lists.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let found = cycles(&graph);
            let real = found.iter().all(|path| {
                let next = path.iter().cycle().skip(1);
                path.iter().zip(next).all(|(task, next)| graph.get(*task).contains(next))
            });
            real && found.is_empty() == has_an_order(&graph)
        }
    }

    fn has_an_order(graph: &Lists) -> bool {
        let mut done = vec![false; graph.len()];
        for _ in 0..graph.len() {
            for (task, list) in graph.iter().enumerate() {
                if list.iter().all(|item| done[*item as usize]) {
                    done[task] = true;
                }
            }
        }
        done.into_iter().all(|done| done)
    }
}
