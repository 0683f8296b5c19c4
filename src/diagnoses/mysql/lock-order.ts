/** Transactions take the same locks in different orders. Advice for the application; nothing to kill. */
import type { Json } from '../../core/canonical.ts'
import type { Subject, TestResult, Weight } from '../../core/diagnosis.ts'
import { cannotTell, fact, type MysqlDiagnosis, type NewClaim, ruledOut } from './mysql-diagnosis.ts'

/** Repetitions of one deadlock that make a pattern. */
export const REPETITIONS = 3

interface SeenLock {
  readonly table?: string
  readonly index?: string | null
  readonly mode?: string
  readonly gap?: string
}
interface SeenTransaction {
  readonly n?: number
  readonly statement?: string | null
  readonly holds?: readonly SeenLock[]
  readonly waitsFor?: SeenLock | null
}

export const lockOrder: MysqlDiagnosis = {
  id: 'mysql/lock-order',
  version: 1,
  engine: 'mysql',
  title: 'Transactions take the same locks in opposite orders',
  rootCause: 'LOCK_ORDER',
  categories: ['DEADLOCK'],
  needs: () => [],
  test(subject) {
    const report = fact(subject, 'report')
    if (typeof report !== 'object' || report === null || Array.isArray(report)) {
      return cannotTell(
        'the deadlock report was not caught',
        'Let mysql/print-all-deadlocks run (innodb_print_all_deadlocks=ON), so that the next one is.',
      )
    }
    const transactions = ((report as { transactions?: unknown }).transactions ??
      []) as readonly SeenTransaction[]
    if (transactions.length < 2) {
      return cannotTell(
        'the report names fewer than two transactions',
        'Let mysql/print-all-deadlocks run (innodb_print_all_deadlocks=ON), so that the next one is whole.',
      )
    }
    const tables = [...new Set(transactions.map((t) => t.waitsFor?.table).filter((t) => t !== undefined))]
    if (tables.length === 0) return ruledOut('no transaction waited for a table’s lock')
    const seen = subject.events.filter((e) => e.eventKind === 'BREACH').length
    return result(subject, { transactions, tables, seen })
  },
}

/** What kind of ring it is, and what an application can do about that kind. */
interface Ring {
  readonly hypothesis: string
  readonly advice: string
}

/**
 * Three rings look alike and are mended differently: inserts into a gap that others have locked, where no order helps;
 * locks for reading that all want to make stronger; and locks taken in different orders
 * (https://dev.mysql.com/doc/refman/8.4/en/innodb-deadlocks-handling.html, …/innodb-locks-set.html).
 */
function ringOf(transactions: readonly SeenTransaction[], tables: readonly string[]): Ring {
  const on = tables.join(' and ')
  const waits = transactions.map((t) => t.waitsFor ?? null)
  if (waits.every((w) => w?.gap === 'insert_intention'))
    return {
      hypothesis: `Transactions hold locks on the same gap of ${on} (they looked there for rows that do not exist, or for a key another one has just given up), and each now waits for the others to insert into it.`,
      advice:
        'insert without looking first, in one statement (INSERT … ON DUPLICATE KEY UPDATE, or INSERT IGNORE), or work in READ COMMITTED, which locks no gap for a row that is not found; no order of locks helps here',
    }
  const isRead = (lock: SeenLock): boolean => lock.mode === 'S' && lock.table === tables[0]
  const stronger = tables.length === 1 && waits.every((w) => w?.mode === 'X')
  if (stronger && transactions.some((t) => (t.holds ?? []).some(isRead)))
    return {
      hypothesis: `Transactions each hold a lock for reading on the same rows of ${on} (a foreign key’s check takes one, as does LOCK IN SHARE MODE) and then want to change them, for which each waits for the others.`,
      advice:
        'take the stronger lock first: change the row, or read it FOR UPDATE, before inserting what refers to it',
    }
  return {
    hypothesis: `Transactions lock rows of ${on} in different orders, so that each waits for what the other holds.`,
    advice: 'take these locks in one fixed order (for instance by primary key)',
  }
}

const knownStatements = (transactions: readonly SeenTransaction[]): boolean =>
  transactions.every((t) => typeof t.statement === 'string')

function result(
  subject: Subject,
  found: {
    readonly transactions: readonly SeenTransaction[]
    readonly tables: readonly string[]
    readonly seen: number
  },
): TestResult {
  const { transactions, tables, seen } = found
  const shapes = transactions.map((t) => t.statement ?? 'a statement that was not recorded')
  const claim: NewClaim = {
    claim: `${transactions.length} transactions waited for each other on ${tables.join(', ')}; this shape was seen ${Math.max(1, seen)} time(s)`,
    source: 'the InnoDB deadlock report',
    value: transactions.map((t) => ({
      n: t.n ?? null,
      waitsFor: (t.waitsFor ?? null) as unknown as Json,
      holds: (t.holds ?? []) as unknown as Json,
    })),
    unit: null,
    at: subject.events[0]?.eventTimestamp ?? subject.issue.openedAt,
    recheck: null,
  }
  const weights: Weight[] = []
  if (seen >= REPETITIONS) weights.push({ why: `the same deadlock came back ${seen} times`, logOdds: 1 })
  else
    weights.push({ why: `it was seen ${Math.max(1, seen)} time(s): a coincidence is possible`, logOdds: -1 })
  if (!knownStatements(transactions))
    weights.push({ why: 'a statement of it was not recorded', logOdds: -0.5 })
  if (tables.length === 1) weights.push({ why: 'all of them wait on one table', logOdds: 1 })
  const ring = ringOf(transactions, tables)
  return {
    outcome: 'supported',
    hypothesis: ring.hypothesis,
    recommendation: `In the application: ${ring.advice}, keep the transactions short, and retry error 1213 as a whole transaction. Statements: ${[...new Set(shapes)].slice(0, 4).join(' | ')}`,
    claims: [claim],
    weights,
    candidates: [],
    affectingQueries: [],
  }
}
