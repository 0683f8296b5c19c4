/**
 * The three faults whose detection is timed. Each repetition has a table or column of its own, so that every one is
 * a new trouble to the watcher and none is counted on an issue that is open already.
 */
import mysql from 'mysql2/promise'
import { below, pause, repeat, type ShopAddress } from '../../src/lab/pieces/load.ts'

/** A fault that has begun. */
export interface RunningFault {
  /** When it began, ms since the epoch: see the fault's `from`. */
  readonly atMs: number
  /** Ends it and closes its connections. */
  end(): Promise<void>
}

/** One kind of fault. */
export interface FaultKind {
  readonly id: 'slow-statement' | 'lock-wait' | 'deadlock'
  readonly title: string
  /** What the clock starts with. */
  readonly from: string
  /** Seconds from the fault to the decision (or, where nothing is to be run, the explanation) that are aimed at. */
  readonly aimSeconds: number
  /** A deadlock is over when it is seen: its issue ends with an explanation, and nothing is proposed to run. */
  readonly endsWith: 'decision' | 'analysis'
  /** Seconds after which a repetition counts as missed. */
  readonly patienceSeconds: number
  /** Statements that make what `repeats` repetitions need. */
  prepare(repeats: number): readonly string[]
  /** Part of the name of the resource the events of repetition `k` (from 0) are about. */
  mark(k: number): string
  begin(k: number, address: ShopAddress): Promise<RunningFault>
}

const LEDGER_ROWS = 100_000
const numbered = (name: string, k: number): string => `${name}_${String(k).padStart(3, '0')}`
const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k)

/** A report, about 16 times a second, by a column without an index: each call reads the whole table. */
const slowStatement: FaultKind = {
  id: 'slow-statement',
  title: 'slow statement (missing index)',
  from: 'the first call of the statement',
  aimSeconds: 60,
  endsWith: 'decision',
  patienceSeconds: 120,
  prepare: (repeats) => [
    `CREATE TABLE shop.ledger (id INT PRIMARY KEY, ${upTo(repeats)
      .map((k) => `${numbered('account', k)} INT NOT NULL`)
      .join(', ')}) ENGINE=InnoDB`,
    `INSERT INTO shop.ledger SELECT id, ${upTo(repeats)
      .map((k) => `(id * 7919 + ${k}) % 20000`)
      .join(', ')} FROM shop.orders ORDER BY id LIMIT ${LEDGER_ROWS}`,
    'ANALYZE TABLE shop.ledger',
  ],
  mark: (k) => numbered('account', k),
  begin: async (k, address) => {
    const report = `SELECT COUNT(*) FROM ledger WHERE ${numbered('account', k)} = ?`
    const atMs = Date.now()
    const load = repeat(address, async (c) => void (await c.query(report, [below(20_000)])), 60)
    return { atMs, end: () => load.stop() }
  },
}

/** A transaction locks a row, changes nothing and is forgotten; one session wants the row. */
const lockWait: FaultKind = {
  id: 'lock-wait',
  title: 'lock wait (idle transaction)',
  from: 'the moment the one waiter asks for the row',
  aimSeconds: 15,
  endsWith: 'decision',
  patienceSeconds: 90,
  prepare: (repeats) =>
    upTo(repeats).flatMap((k) => [
      `CREATE TABLE shop.${numbered('seat', k)} (id INT PRIMARY KEY, taken INT NOT NULL) ENGINE=InnoDB`,
      `INSERT INTO shop.${numbered('seat', k)} VALUES (1, 0), (2, 0)`,
    ]),
  mark: (k) => numbered('seat', k),
  begin: async (k, address) => {
    const table = numbered('seat', k)
    const forgetful = await quietConnection(address)
    await forgetful.query('START TRANSACTION')
    await forgetful.query(`SELECT taken FROM ${table} WHERE id = 1 FOR UPDATE`)
    const atMs = Date.now()
    const waiter = repeat(
      address,
      async (c) => void (await c.query(`UPDATE ${table} SET taken = taken + 1 WHERE id = 1`)),
      200,
    )
    return {
      atMs,
      end: async () => {
        forgetful.destroy()
        await waiter.stop()
      },
    }
  },
}

/** Two transactions lock two rows in opposite orders, once; the server ends one of them. */
const deadlock: FaultKind = {
  id: 'deadlock',
  title: 'deadlock',
  from: 'the moment the server tells the victim',
  aimSeconds: 15,
  endsWith: 'analysis',
  patienceSeconds: 60,
  prepare: (repeats) =>
    upTo(repeats).flatMap((k) => [
      `CREATE TABLE shop.${numbered('pair', k)} (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB`,
      `INSERT INTO shop.${numbered('pair', k)} VALUES (1, 0), (2, 0)`,
    ]),
  mark: (k) => numbered('pair', k),
  begin: async (k, address) => {
    const both = await Promise.all([quietConnection(address), quietConnection(address)])
    try {
      return { atMs: await deadlockOnce(both, numbered('pair', k)), end: async () => undefined }
    } finally {
      for (const connection of both) connection.destroy()
    }
  },
}

/** The kinds, in the order they are printed. */
export const FAULTS: readonly FaultKind[] = [slowStatement, lockWait, deadlock]

/** Between a lock and the crossing one, ms: long enough for both to hold their first. */
const CROSSING_MS = 100
const ER_LOCK_DEADLOCK = 1213

/** Makes one deadlock and gives the time its victim was told. @throws Error if the server resolved none. */
async function deadlockOnce([a, b]: readonly [mysql.Connection, mysql.Connection], table: string) {
  const change = (c: mysql.Connection, id: number) =>
    c.query(`UPDATE ${table} SET n = n + 1 WHERE id = ${id}`)
  for (const c of [a, b]) await c.query('START TRANSACTION')
  await change(a, 1)
  await change(b, 2)
  const crossing = change(a, 2).then(() => null, toldWhen)
  await pause(CROSSING_MS)
  const told = [change(b, 1).then(() => null, toldWhen), crossing]
  const victim = (await Promise.all(told)).find((at) => at !== null)
  if (victim === undefined) throw new Error('the server let both transactions through')
  return victim
}

function toldWhen(error: unknown): number {
  const isDeadlock =
    typeof error === 'object' && error !== null && 'errno' in error && error.errno === ER_LOCK_DEADLOCK
  if (isDeadlock) return Date.now()
  throw error
}

/** A connection whose end by others is no error of ours. */
async function quietConnection(address: ShopAddress): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({ ...address, database: 'shop' })
  connection.on('error', () => undefined)
  return connection
}
