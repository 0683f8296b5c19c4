/** What a reading of a deadlock got right, by what was planted. */
import type { Deadlock } from '../../src/engines/mysql/deadlock/index.ts'
import type { PlantedDeadlock } from './plant-deadlocks.ts'
import type { LoggedTransaction } from './read-by-peer.ts'

/** A transaction as either tool tells it, in common words. */
export interface ToldTransaction {
  /** 0: not told. */
  readonly threadId: number
  readonly isVictim: boolean
  /** `schema.table index mode` of the lock it waited for; null: none told. */
  readonly waits: string | null
  /** The same with what the lock covers (record, gap, insert intention), where the tool tells that. */
  readonly kind: string | null
  readonly hasStatement: boolean
}

/** Counts of one deadlock, or summed up; each out of `transactions` (victims: out of the deadlocks). */
export interface ReadingScore {
  readonly deadlocks: number
  readonly transactions: number
  readonly found: number
  readonly victims: number
  readonly waits: number
  readonly kinds: number
  readonly statements: number
}

/** Ours in common words. */
export const toldByUs = (deadlock: Deadlock | null): readonly ToldTransaction[] =>
  (deadlock?.transactions ?? []).map((t) => ({
    threadId: t.threadId ?? 0,
    isVictim: t.n === deadlock?.victim,
    waits: t.waitsFor === null ? null : `${t.waitsFor.table} ${t.waitsFor.index} ${t.waitsFor.mode}`,
    kind:
      t.waitsFor === null
        ? null
        : `${t.waitsFor.table} ${t.waitsFor.index} ${t.waitsFor.mode} ${t.waitsFor.gap}`,
    hasStatement: (t.statement ?? '') !== '',
  }))

/** The peer's in common words; it does not tell what a lock covers. */
export const toldByPeer = (logged: readonly LoggedTransaction[] | null): readonly ToldTransaction[] =>
  (logged ?? []).map((t) => ({
    threadId: t.thread,
    isVictim: t.victim,
    waits: t.waits ? `${t.table} ${t.index === '' ? 'null' : t.index} ${t.mode}` : null,
    kind: null,
    hasStatement: t.query !== '',
  }))

/**
 * Scores one deadlock. A transaction told without its connection cannot be found among the sessions; what else is told of it
 * counts in its favour: as the transaction whose wait it tells, or any that is left.
 */
export function scoreReading(planted: PlantedDeadlock, told: readonly ToldTransaction[]): ReadingScore {
  const nameless = told.filter((t) => t.threadId === 0)
  const take = (fits: (t: ToldTransaction) => boolean): ToldTransaction | undefined => {
    const at = nameless.findIndex(fits)
    return at === -1 ? undefined : nameless.splice(at, 1)[0]
  }
  const found = planted.ring.map((own) => told.find((t) => t.threadId === own.threadId && t.threadId !== 0))
  const fitting = planted.ring.map((own, i) => found[i] ?? take((t) => t.waits === withoutKind(own.waits)))
  const pairs = planted.ring.map((own, i) => ({ own, as: fitting[i] ?? take(() => true) }))
  const count = (holds: (pair: (typeof pairs)[number]) => boolean): number => pairs.filter(holds).length
  const victims = told.filter((t) => t.isVictim)
  const isRight = (t: ToldTransaction): boolean =>
    t.threadId === 0 || planted.ring.some((own) => own.isVictim && own.threadId === t.threadId)
  return {
    deadlocks: 1,
    transactions: planted.ring.length,
    found: found.filter((t) => t !== undefined).length,
    victims: victims.length === 1 && victims.every(isRight) ? 1 : 0,
    waits: count((p) => p.as?.waits === withoutKind(p.own.waits)),
    kinds: count((p) => p.as?.kind === p.own.waits),
    statements: count((p) => p.as?.hasStatement === true),
  }
}

const withoutKind = (waits: string): string => waits.slice(0, waits.lastIndexOf(' '))

/** The sum of scores. */
export function summed(scores: readonly ReadingScore[]): ReadingScore {
  const sum = (of: (s: ReadingScore) => number): number => scores.reduce((total, s) => total + of(s), 0)
  return {
    deadlocks: sum((s) => s.deadlocks),
    transactions: sum((s) => s.transactions),
    found: sum((s) => s.found),
    victims: sum((s) => s.victims),
    waits: sum((s) => s.waits),
    kinds: sum((s) => s.kinds),
    statements: sum((s) => s.statements),
  }
}
