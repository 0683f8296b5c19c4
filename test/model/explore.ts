/**
 * Explores every state a system of atomic steps can reach, breadth first, so that the trace to a violation is
 * a shortest one. Knows nothing of what the system is about.
 */

/** One atomic step to another state. */
export interface Step<S> {
  /** Who does what, for the trace. */
  readonly label: string
  readonly to: S
  /**
   * `progress`: happens by itself sooner or later (a live program, a clock). `choice`: a person, a fault or the
   * world may do it or never do it; nothing may depend on it to come to an end.
   */
  readonly kind: 'progress' | 'choice'
}

/** A system to explore. States are never changed after they were returned. */
export interface System<S> {
  readonly initial: S
  /** Equal for states that behave alike (canonical under symmetry); different for all others. */
  key(state: S): string
  steps(state: S): readonly Step<S>[]
  /** The safety property the step breaks, in words; null if it breaks none. */
  breaks(from: S, step: Step<S>): string | null
  /** Nothing is left to do here. Every state must be able to reach such a one by `progress` steps alone. */
  settled(state: S): boolean
  /** Facts about a step that are counted, not judged. */
  notes?(from: S, step: Step<S>): readonly string[]
}

/** A violation with the steps that lead to it. */
export interface Violation<S> {
  readonly property: string
  readonly trace: readonly Step<S>[]
}

/** What was found. */
export interface Exploration<S> {
  readonly states: number
  readonly transitions: number
  /** Steps on the longest of the shortest paths. */
  readonly depth: number
  /** States without any step. */
  readonly ends: number
  readonly violation: Violation<S> | null
  /** How often each note was made, and one shortest trace to it. */
  readonly notes: ReadonlyMap<string, { readonly count: number; readonly trace: () => readonly Step<S>[] }>
  readonly elapsedMs: number
}

/** How far to go. */
export interface Bounds {
  /** States at most; more is an error, because an unfinished exploration proves nothing. */
  readonly maxStates: number
  /** Also look for states that cannot come to an end. Needs the edges: about 8 bytes each. */
  readonly liveness: boolean
}

/** A growing array of 32-bit whole numbers. */
class Numbers {
  #cells = new Int32Array(1 << 12)
  length = 0

  push(value: number): void {
    if (this.length === this.#cells.length) {
      const wider = new Int32Array(this.#cells.length * 2)
      wider.set(this.#cells)
      this.#cells = wider
    }
    this.#cells[this.length] = value
    this.length += 1
  }

  at(index: number): number {
    return this.#cells[index] ?? 0
  }
}

/** What breadth-first search has seen so far. */
class Seen {
  readonly ids = new Map<string, number>()
  readonly parents = new Numbers()
  readonly depths = new Numbers()

  /** The number of a key; adds it below `parent` if it is new. */
  add(key: string, parent: number): { readonly id: number; readonly isNew: boolean } {
    const known = this.ids.get(key)
    if (known !== undefined) return { id: known, isNew: false }
    const id = this.ids.size
    this.ids.set(key, id)
    this.parents.push(parent)
    this.depths.push(parent < 0 ? 0 : this.depths.at(parent) + 1)
    return { id, isNew: true }
  }

  /** Numbers from the first state to `id`. */
  path(id: number): readonly number[] {
    const path: number[] = []
    for (let at = id; at >= 0; at = this.parents.at(at)) path.push(at)
    return path.reverse()
  }
}

/**
 * Visits every reachable state. Stops at the first violation of a safety property; then looks for states from
 * which no settled one can be reached without help.
 * @throws RangeError if there are more states than `maxStates`.
 */
export function explore<S>(system: System<S>, bounds: Bounds): Exploration<S> {
  const begunMs = performance.now()
  const seen = new Seen()
  const edges = { from: new Numbers(), to: new Numbers() }
  const settled = new Numbers()
  const found = new Map<string, { count: number; trace: () => readonly Step<S>[] }>()
  let frontier: { readonly id: number; readonly state: S }[] = []
  let transitions = 0
  let ends = 0

  const result = (violation: Violation<S> | null): Exploration<S> => ({
    states: seen.ids.size,
    transitions,
    depth: seen.depths.at(seen.ids.size - 1),
    ends,
    violation,
    notes: found,
    elapsedMs: performance.now() - begunMs,
  })
  const visit = (id: number, state: S, next: typeof frontier): Violation<S> | null => {
    const steps = system.steps(state)
    if (steps.length === 0) ends += 1
    for (const step of steps) {
      transitions += 1
      const traced = (): readonly Step<S>[] => replayTo(system, seen, id, step)
      const property = system.breaks(state, step)
      if (property !== null) return { property, trace: traced() }
      for (const note of system.notes?.(state, step) ?? []) {
        const known = found.get(note)
        if (known === undefined) found.set(note, { count: 1, trace: traced })
        else known.count += 1
      }
      const { id: to, isNew } = seen.add(system.key(step.to), id)
      if (isNew) next.push({ id: to, state: step.to })
      if (bounds.liveness && step.kind === 'progress') {
        edges.from.push(id)
        edges.to.push(to)
      }
    }
    return null
  }

  seen.add(system.key(system.initial), -1)
  frontier.push({ id: 0, state: system.initial })
  while (frontier.length > 0) {
    const next: typeof frontier = []
    for (const { id, state } of frontier) {
      settled.push(system.settled(state) ? 1 : 0)
      const violation = visit(id, state, next)
      if (violation !== null) return result(violation)
      if (seen.ids.size > bounds.maxStates) {
        throw new RangeError(`more than ${bounds.maxStates} states: raise the bound or ask for less`)
      }
    }
    frontier = next
  }
  const stuck = bounds.liveness ? firstStuck(seen.ids.size, edges, settled) : null
  if (stuck === null) return result(null)
  return result({ property: 'P5 every state can come to an end', trace: replay(system, seen, stuck).trace })
}

/** The first state from which no settled state can be reached along the edges; null if there is none. */
function firstStuck(count: number, edges: { from: Numbers; to: Numbers }, settled: Numbers): number | null {
  // Edges sorted by their end, so that the states before a state stand together.
  const starts = new Int32Array(count + 1)
  for (let e = 0; e < edges.to.length; e += 1) starts[edges.to.at(e) + 1]! += 1
  for (let s = 0; s < count; s += 1) starts[s + 1]! += starts[s]!
  const fill = starts.slice()
  const before = new Int32Array(edges.to.length)
  for (let e = 0; e < edges.to.length; e += 1) before[fill[edges.to.at(e)]!++] = edges.from.at(e)
  const ok = new Uint8Array(count)
  const queue: number[] = []
  for (let s = 0; s < count; s += 1) if (settled.at(s) === 1) queue.push(s)
  for (const s of queue) ok[s] = 1
  while (queue.length > 0) {
    const s = queue.pop()!
    for (let e = starts[s]!; e < starts[s + 1]!; e += 1) {
      const from = before[e]!
      if (ok[from] === 1) continue
      ok[from] = 1
      queue.push(from)
    }
  }
  const stuck = ok.indexOf(0)
  return stuck < 0 ? null : stuck
}

/** The steps to a state again: only its number and its parents' were kept. */
function replay<S>(
  system: System<S>,
  seen: Seen,
  id: number,
): { readonly trace: readonly Step<S>[]; readonly state: S } {
  const trace: Step<S>[] = []
  let state = system.initial
  for (const wanted of seen.path(id).slice(1)) {
    const step = system.steps(state).find((each) => seen.ids.get(system.key(each.to)) === wanted)
    if (step === undefined) throw new Error('the steps of a state differ from one call to the next')
    trace.push(step)
    state = step.to
  }
  return { trace, state }
}

/** The steps to a state and `last` from there, named as in the trace: under symmetry names may be exchanged. */
function replayTo<S>(system: System<S>, seen: Seen, id: number, last: Step<S>): readonly Step<S>[] {
  const { trace, state } = replay(system, seen, id)
  const same = system.steps(state).filter((each) => system.key(each.to) === system.key(last.to))
  return [...trace, same.find((each) => system.breaks(state, each) !== null) ?? same[0] ?? last]
}

/** A trace as numbered lines. */
export function printTrace<S>(violation: Violation<S>): string {
  const lines = violation.trace.map((step, index) => `${String(index + 1).padStart(3)}. ${step.label}`)
  return [`${violation.property} — broken by these ${lines.length} steps:`, ...lines].join('\n')
}

/** Size and cost in one line. */
export function printSize(name: string, found: Exploration<unknown>): string {
  const seconds = (found.elapsedMs / 1000).toFixed(1)
  return `${name}: ${found.states} states, ${found.transitions} transitions, depth ${found.depth}, ${found.ends} ends, ${seconds} s`
}
