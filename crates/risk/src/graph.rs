//! The AND/OR graph: states are reached when any step gives them, a step fires when all it requires
//! is reached and its own draw comes out.
//!
//! Evaluation is bit-parallel: each state has 256 [`Lanes`], of which `i` says whether it is reached
//! in trial `i`. Steps are evaluated component by component of the condensed graph, so that an acyclic
//! graph takes one pass and only true cycles are repeated until nothing changes.

use crate::lanes::Lanes;

/// A graph in the order of evaluation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    states: usize,
    steps: Vec<Step>,
    /// What evaluation reads, packed so that large graphs stay in the cache.
    packed: Vec<Packed>,
    required: Vec<u32>,
    /// Runs of steps: a run that is a cycle repeats until nothing changes.
    runs: Vec<Run>,
    /// For each state, where in `uses` the steps begin that require it within their own cycle.
    uses_start: Vec<u32>,
    uses: Vec<u32>,
}

/// One way to gain a state.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// States that must all be reached.
    pub(crate) requires: Vec<u32>,
    /// The state it gives.
    pub(crate) gives: u32,
    /// What the builder knows it by.
    pub(crate) tag: u32,
}

/// A step whose requirements are `required[start..end]`.
#[derive(Clone, Copy, Debug)]
struct Packed {
    start: u32,
    end: u32,
    gives: u32,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    end: usize,
    is_cycle: bool,
}

impl Graph {
    /// Orders `steps` over `states` states. Steps keep their relative order where they may.
    pub(crate) fn new(states: usize, mut steps: Vec<Step>) -> Self {
        let order = Components::of(states, &steps);
        let rank = |state: u32| order.rank.get(state as usize).copied().unwrap_or(u32::MAX);
        steps.sort_by_key(|step| rank(step.gives));
        let mut runs: Vec<Run> = Vec::new();
        let mut last = None;
        for (position, step) in steps.iter().enumerate() {
            let group = rank(step.gives);
            let is_cycle = step.requires.iter().any(|state| rank(*state) == group);
            match runs.last_mut().filter(|_| last == Some(group)) {
                Some(run) => {
                    run.end = position + 1;
                    run.is_cycle |= is_cycle;
                }
                None => runs.push(Run {
                    start: position,
                    end: position + 1,
                    is_cycle,
                }),
            }
            last = Some(group);
        }
        let (uses_start, uses) = cyclic_uses(states, &steps, rank);
        let mut required = Vec::new();
        let mut packed = Vec::with_capacity(steps.len());
        for step in &steps {
            let start = u32::try_from(required.len()).unwrap_or(u32::MAX);
            required.extend(&step.requires);
            packed.push(Packed {
                start,
                end: u32::try_from(required.len()).unwrap_or(u32::MAX),
                gives: step.gives,
            });
        }
        Self {
            states,
            steps,
            packed,
            required,
            runs,
            uses_start,
            uses,
        }
    }

    /// The steps in the order of evaluation.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many states there are.
    pub(crate) const fn states(&self) -> usize {
        self.states
    }

    /// Extends `reached`, which holds the starts, to the least fixpoint. `fires` is asked with a
    /// step's position and the trials in which everything it requires is reached; it answers in
    /// which of them the step comes out, the same for the same trials.
    pub(crate) fn fixpoint(
        &self,
        reached: &mut [Lanes],
        mut fires: impl FnMut(usize, Lanes) -> Lanes,
    ) {
        for run in &self.runs {
            if run.is_cycle {
                self.settle(*run, reached, &mut fires);
                continue;
            }
            for position in run.start..run.end {
                self.evaluate(position, reached, &mut fires);
            }
        }
    }

    /// Evaluates the steps of a cycle until nothing changes: each once, and again only when
    /// something that it requires was gained in more trials.
    fn settle(
        &self,
        run: Run,
        reached: &mut [Lanes],
        fires: &mut impl FnMut(usize, Lanes) -> Lanes,
    ) {
        let mut marks = Marks::all(run);
        while let Some(position) = marks.next() {
            let given = self.evaluate(position, reached, fires);
            let users = given.map(|state| self.users(state)).unwrap_or_default();
            users.iter().for_each(|user| marks.mark(*user as usize));
        }
    }

    /// Evaluates one step; the state that it gave in more trials than before, if any.
    #[inline]
    fn evaluate(
        &self,
        position: usize,
        reached: &mut [Lanes],
        fires: &mut impl FnMut(usize, Lanes) -> Lanes,
    ) -> Option<u32> {
        let step = self.packed.get(position)?;
        let required = self.required.get(step.start as usize..step.end as usize)?;
        let ready = required.iter().fold(Lanes::ALL, |ready, state| {
            ready & reached.get(*state as usize).copied().unwrap_or(Lanes::NONE)
        });
        let word = reached.get_mut(step.gives as usize)?;
        // What is reached already need not be asked for again.
        let news = ready & !*word;
        if news.is_empty() {
            return None;
        }
        let after = *word | fires(position, news) & news;
        let changed = after != *word;
        *word = after;
        changed.then_some(step.gives)
    }

    fn users(&self, state: u32) -> &[u32] {
        let bound = |state: usize| {
            self.uses_start
                .get(state)
                .map_or(0, |start| *start as usize)
        };
        let state = state as usize;
        self.uses
            .get(bound(state)..bound(state + 1))
            .unwrap_or_default()
    }
}

/// The steps of a run that are to be evaluated, taken in rounds in the order of steps: going back
/// at once would gain each state trial by trial.
struct Marks {
    run: Run,
    bits: Vec<u64>,
    word: usize,
    again: bool,
}

impl Marks {
    fn all(run: Run) -> Self {
        Self {
            run,
            bits: vec![u64::MAX; (run.end - run.start).div_ceil(64)],
            word: 0,
            again: false,
        }
    }

    #[inline]
    fn mark(&mut self, position: usize) {
        let offset = position - self.run.start;
        if let Some(bits) = self.bits.get_mut(offset / 64) {
            *bits |= 1 << (offset % 64);
            self.again |= offset / 64 < self.word;
        }
    }

    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            if self.word == self.bits.len() && std::mem::take(&mut self.again) {
                self.word = 0;
            }
            let bits = self.bits.get_mut(self.word)?;
            let lowest = bits.trailing_zeros() as usize;
            if lowest == 64 {
                self.word += 1;
                continue;
            }
            *bits &= *bits - 1;
            let position = self.run.start + self.word * 64 + lowest;
            // The last word has marks for steps that are not there.
            if position < self.run.end {
                return Some(position);
            }
        }
    }
}

/// The steps that require a state of their own cycle, by that state.
fn cyclic_uses(states: usize, steps: &[Step], rank: impl Fn(u32) -> u32) -> (Vec<u32>, Vec<u32>) {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for (position, step) in (0_u32..).zip(steps) {
        let own = rank(step.gives);
        let inner = step.requires.iter().filter(|state| rank(**state) == own);
        pairs.extend(inner.map(|state| (*state, position)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut start = Vec::with_capacity(states + 1);
    for state in 0..=states {
        let first = pairs.partition_point(|pair| (pair.0 as usize) < state);
        start.push(u32::try_from(first).unwrap_or(u32::MAX));
    }
    (start, pairs.into_iter().map(|pair| pair.1).collect())
}

/// Strongly connected components of the states, numbered in topological order (Tarjan, without
/// recursion, since graphs of 100,000 nodes must not exhaust the stack).
struct Components {
    rank: Vec<u32>,
}

struct Visit {
    state: usize,
    next: usize,
}

#[derive(Clone, Copy, Default)]
struct Mark {
    index: u32,
    low: u32,
    is_open: bool,
}

impl Components {
    fn of(states: usize, steps: &[Step]) -> Self {
        // Edges run backwards, from what is given to what it requires, so that components are
        // completed in the order in which they must be evaluated.
        let mut edges: Vec<Vec<u32>> = vec![Vec::new(); states];
        for step in steps {
            if let Some(list) = edges.get_mut(step.gives as usize) {
                list.extend(step.requires.iter().copied());
            }
        }
        let mut search = Search {
            edges,
            marks: vec![Mark::default(); states],
            rank: vec![0; states],
            open: Vec::new(),
            counter: 0,
            components: 0,
        };
        for state in 0..states {
            search.from(state);
        }
        Self { rank: search.rank }
    }
}

struct Search {
    edges: Vec<Vec<u32>>,
    marks: Vec<Mark>,
    rank: Vec<u32>,
    open: Vec<usize>,
    counter: u32,
    components: u32,
}

impl Search {
    fn from(&mut self, start: usize) {
        if self.mark(start).index != 0 {
            return;
        }
        let mut stack = vec![self.enter(start)];
        while let Some(visit) = stack.last_mut() {
            let state = visit.state;
            let target = self.edges.get(state).and_then(|list| list.get(visit.next));
            let Some(target) = target.map(|target| *target as usize) else {
                stack.pop();
                self.leave(state, stack.last().map(|parent| parent.state));
                continue;
            };
            visit.next += 1;
            let mark = self.mark(target);
            if mark.index == 0 {
                let visit = self.enter(target);
                stack.push(visit);
            } else if mark.is_open {
                self.lower(state, mark.index);
            }
        }
    }

    fn enter(&mut self, state: usize) -> Visit {
        self.counter += 1;
        let mark = Mark {
            index: self.counter,
            low: self.counter,
            is_open: true,
        };
        if let Some(slot) = self.marks.get_mut(state) {
            *slot = mark;
        }
        self.open.push(state);
        Visit { state, next: 0 }
    }

    fn leave(&mut self, state: usize, parent: Option<usize>) {
        let mark = self.mark(state);
        if mark.low == mark.index {
            self.close(state);
        }
        if let Some(parent) = parent {
            self.lower(parent, mark.low);
        }
    }

    /// Numbers the component whose first state is `root`.
    fn close(&mut self, root: usize) {
        while let Some(member) = self.open.pop() {
            if let Some(slot) = self.marks.get_mut(member) {
                slot.is_open = false;
            }
            if let Some(rank) = self.rank.get_mut(member) {
                *rank = self.components;
            }
            if member == root {
                break;
            }
        }
        self.components += 1;
    }

    fn lower(&mut self, state: usize, low: u32) {
        if let Some(slot) = self.marks.get_mut(state) {
            slot.low = slot.low.min(low);
        }
    }

    fn mark(&self, state: usize) -> Mark {
        self.marks.get(state).copied().unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn step(requires: &[u32], gives: u32, tag: u32) -> Step {
        Step {
            requires: requires.to_vec(),
            gives,
            tag,
        }
    }

    #[test]
    fn cycles_and_shared_nodes_have_a_least_fixpoint() {
        // 0 -> 1 <-> 2, 1 and 2 -> 3; 4 <-> 5 is a cycle that nothing starts.
        let graph = Graph::new(
            6,
            vec![
                step(&[1, 2], 3, 0),
                step(&[2], 1, 1),
                step(&[1], 2, 2),
                step(&[0], 1, 3),
                step(&[4], 5, 4),
                step(&[5], 4, 5),
            ],
        );
        let (both, one) = (Lanes::only(70) | Lanes::only(3), Lanes::only(3));
        let mut reached = [Lanes::NONE; 6];
        reached[0] = both;
        graph.fixpoint(&mut reached, |_, ready| ready & one);
        assert_eq!(reached, [both, one, one, one, Lanes::NONE, Lanes::NONE]);
    }

    #[test]
    fn a_deep_chain_neither_recurses_nor_repeats() {
        let count = 100_000_u32;
        let steps = (0..count)
            .rev()
            .map(|state| step(&[state], state + 1, 0))
            .collect();
        let graph = Graph::new(count as usize + 1, steps);
        let mut reached = vec![Lanes::NONE; count as usize + 1];
        reached[0] = Lanes::only(0);
        let mut asked = 0;
        graph.fixpoint(&mut reached, |_, ready| {
            asked += 1;
            ready
        });
        assert_eq!(*reached.last().unwrap(), Lanes::only(0));
        assert_eq!(asked, count);
    }
}
