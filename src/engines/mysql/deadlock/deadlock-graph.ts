// Who waits for whom in a deadlock, from the locks the report shows. Pure; says where it had to assume.

import type { Deadlock, DeadlockLock, DeadlockTransaction } from './deadlock.ts'
import { hasToWait, type LockMeeting, lockMeeting } from './lock-conflict.ts'

/**
 * Why one transaction waits for another. `record`, `page`, `table`: it holds a lock there that conflicts (`page`: the
 * report lists no records). `queue`: its own request there came first. `assumed`: the report does not show it.
 */
export type WaitEvidence = LockMeeting | 'queue' | 'assumed'

/** One transaction waits for another; both by their number in the report. */
export interface DeadlockEdge {
  readonly waiter: number
  readonly holder: number
  /** The lock that the waiter asks for. */
  readonly wanted: DeadlockLock
  /** The lock it waits for; null when assumed. */
  readonly had: DeadlockLock | null
  readonly evidence: WaitEvidence
}

/** The waits-for graph of one deadlock. */
export interface DeadlockGraph {
  /** At most one edge for each pair, the surest; by waiter, then holder. */
  readonly edges: readonly DeadlockEdge[]
  /** The transactions of the shortest ring through the lowest number in one, in waiting order; null when none shows. */
  readonly cycle: readonly number[] | null
  /**
   * True when the ring stands on locks of the report alone. False when an edge is assumed, or there is no ring: the
   * report is incomplete, or MySQL up to 8.0.17 left out the transactions between the two it prints.
   */
  readonly certain: boolean
}

/** Builds the graph. Linear in pairs of transactions times held locks; the reader bounds both. */
export function deadlockGraph({ transactions }: Pick<Deadlock, 'transactions'>): DeadlockGraph {
  const shown = transactions.flatMap((waiter) => edgesOf(waiter, transactions))
  const edges = [...shown, ...assumedEdges(transactions, shown)].sort(
    (a, b) => a.waiter - b.waiter || a.holder - b.holder,
  )
  const cycle = shortestCycle(edges)
  return { edges, cycle, certain: cycle !== null && shortestCycle(shown) !== null }
}

function edgesOf(waiter: DeadlockTransaction, all: readonly DeadlockTransaction[]): DeadlockEdge[] {
  const wanted = waiter.waitsFor
  if (!wanted) return []
  return all.flatMap((holder) => {
    if (holder.n === waiter.n) return []
    const edge = heldEdge(wanted, holder) ?? queueEdge(wanted, holder)
    return edge ? [{ waiter: waiter.n, holder: holder.n, wanted, ...edge }] : []
  })
}

type Reason = Pick<DeadlockEdge, 'had' | 'evidence'>

const SURENESS: readonly WaitEvidence[] = ['record', 'table', 'page', 'queue', 'assumed']

function heldEdge(wanted: DeadlockLock, holder: DeadlockTransaction): Reason | null {
  let best: Reason | null = null
  for (const had of holder.holds) {
    const evidence = lockMeeting(wanted, had)
    if (!evidence || !hasToWait(wanted, had)) continue
    if (!best || SURENESS.indexOf(evidence) < SURENESS.indexOf(best.evidence)) best = { had, evidence }
  }
  return best
}

/** InnoDB grants in order: a request also waits for a conflicting request that came before it. */
function queueEdge(wanted: DeadlockLock, holder: DeadlockTransaction): Reason | null {
  const had = holder.queued.find((lock) => lockMeeting(wanted, lock) !== null && hasToWait(wanted, lock))
  return had ? { had, evidence: 'queue' } : null
}

/**
 * What a report form leaves out. Two transactions, one shown to hold nothing (MySQL up to 8.0.17 never shows what the
 * first holds): the other can only wait for it, or for one that is not printed. Nothing shown at all (MariaDB with
 * `innodb_deadlock_report=BASIC`): MariaDB prints the ring in order.
 */
function assumedEdges(
  transactions: readonly DeadlockTransaction[],
  shown: readonly DeadlockEdge[],
): DeadlockEdge[] {
  const silent = transactions.filter(({ holds, queued }) => holds.length + queued.length === 0)
  const allSilent = silent.length === transactions.length && transactions.length > 1
  if (!allSilent && transactions.length !== 2) return []
  return transactions.flatMap((waiter, index) => {
    const holder = transactions[(index + 1) % transactions.length]
    const { waitsFor } = waiter
    if (!holder || !waitsFor || holder.n === waiter.n || !silent.includes(holder)) return []
    if (shown.some((edge) => edge.waiter === waiter.n)) return []
    return [{ waiter: waiter.n, holder: holder.n, wanted: waitsFor, had: null, evidence: 'assumed' }]
  })
}

function shortestCycle(edges: readonly DeadlockEdge[]): readonly number[] | null {
  const next = new Map<number, number[]>()
  for (const { waiter, holder } of edges) next.set(waiter, [...(next.get(waiter) ?? []), holder])
  for (const start of [...next.keys()].sort((a, b) => a - b)) {
    const cycle = pathBack(start, next)
    if (cycle) return cycle
  }
  return null
}

/** Breadth first from `start` back to it. */
function pathBack(start: number, next: ReadonlyMap<number, readonly number[]>): number[] | null {
  const cameFrom = new Map<number, number>()
  const queue = [start]
  for (const at of queue) {
    for (const to of next.get(at) ?? []) {
      if (to === start) return pathTo(at, start, cameFrom)
      if (cameFrom.has(to)) continue
      cameFrom.set(to, at)
      queue.push(to)
    }
  }
  return null
}

function pathTo(last: number, start: number, cameFrom: ReadonlyMap<number, number>): number[] {
  const path = [last]
  for (let at = last; at !== start; ) {
    at = cameFrom.get(at) ?? start
    path.unshift(at)
  }
  return path
}
