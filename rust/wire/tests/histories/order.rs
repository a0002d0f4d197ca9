//! Whether a history has an order: operations as the nodes of a graph, what must come before what as its edges, and no
//! cycle among them.

/// A graph of operations.
pub(crate) struct Order {
    edges: Vec<Vec<u32>>,
    incoming: Vec<u32>,
}

impl Order {
    pub(crate) fn of(nodes: usize) -> Self {
        Self { edges: vec![Vec::new(); nodes], incoming: vec![0; nodes] }
    }

    pub(crate) fn add_node(&mut self) -> usize {
        self.edges.push(Vec::new());
        self.incoming.push(0);
        self.edges.len() - 1
    }

    /// `before` must come before `after`.
    pub(crate) fn add(&mut self, before: usize, after: usize) {
        if before != after {
            self.edges[before].push(after as u32);
            self.incoming[after] += 1;
        }
    }

    /// Real time: an operation that ended before another began comes before it. Each operation has the ticks at which it
    /// began and ended; a node for each end, linked to the next, keeps the number of edges small.
    pub(crate) fn add_times(&mut self, times: &[(u64, u64)]) {
        let mut events: Vec<(u64, bool, usize)> = Vec::with_capacity(times.len() * 2);
        for (operation, (begin, end)) in times.iter().enumerate() {
            events.push((*begin, false, operation));
            events.push((*end, true, operation));
        }
        events.sort_unstable();
        let mut last = None;
        for (_, is_end, operation) in events {
            if is_end {
                let node = self.add_node();
                self.add(operation, node);
                if let Some(last) = last {
                    self.add(last, node);
                }
                last = Some(node);
            } else if let Some(last) = last {
                self.add(last, operation);
            }
        }
    }

    /// How many nodes lie on cycles, or behind them; 0 where there is an order.
    pub(crate) fn without_place(mut self) -> usize {
        let mut ready: Vec<usize> = (0..self.edges.len()).filter(|node| self.incoming[*node] == 0).collect();
        let mut placed = 0;
        while let Some(node) = ready.pop() {
            placed += 1;
            for next in std::mem::take(&mut self.edges[node]) {
                let next = next as usize;
                self.incoming[next] -= 1;
                if self.incoming[next] == 0 {
                    ready.push(next);
                }
            }
        }
        self.edges.len() - placed
    }
}

#[test]
fn a_cycle_is_found() {
    let mut order = Order::of(3);
    order.add(0, 1);
    order.add(1, 2);
    assert_eq!(order.without_place(), 0);
    let mut order = Order::of(3);
    order.add(0, 1);
    order.add(1, 2);
    order.add(2, 1);
    assert_eq!(order.without_place(), 2);
}

#[test]
fn operations_that_follow_each_other_in_time_are_ordered() {
    let mut order = Order::of(2);
    order.add_times(&[(1, 2), (3, 4)]);
    order.add(1, 0);
    assert!(order.without_place() > 0);
    let mut order = Order::of(2);
    order.add_times(&[(1, 3), (2, 4)]);
    order.add(1, 0);
    assert_eq!(order.without_place(), 0);
}
