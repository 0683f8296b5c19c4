/**
 * Random histories of store operations, command line verbs and raw SQL by every role: whatever people, executors,
 * crashes and stolen accounts do in whatever order, nothing runs without consent, nothing runs twice, and no status
 * changes in a way the lifecycle does not list; and no call of a series is lost to retention or to whoever has its account. DBMEDIC_HISTORIES sets how many are played on SQLite (default 500),
 * DBMEDIC_HISTORIES_MARIADB how many on MariaDB (default 10); DBMEDIC_SEED picks others.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ACT_KINDS, type Act, type ActKind, perform } from '../support/history/acts.ts'
import {
  type House,
  type Keyring,
  makeKeyring,
  mariadbHouse,
  sqliteHouse,
} from '../support/history/houses.ts'
import { rememberScrypt } from '../support/history/people.ts'
import { Theatre } from '../support/history/theatre.ts'
import '../support/property-seed.ts'

const COUNTS = {
  sqlite: Number(process.env.DBMEDIC_HISTORIES ?? 500),
  mariadb: Number(process.env.DBMEDIC_HISTORIES_MARIADB ?? 10),
}
const HOUSES = { sqlite: sqliteHouse, mariadb: mariadbHouse } as const
/** Histories after which each thing a history can come to must have happened. */
const ENOUGH = 400
/** Histories after which each verb must have done something; `execute` and `settle` seldom find a row they fit. */
const ENOUGH_FOR_VERBS = 10_000

// Memory, where there is some to be had as a folder: every few histories have a file of their own.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dbmedic-history-'))
let forgetScrypt: () => void = () => undefined
let keys: Keyring
before(async () => {
  forgetScrypt = rememberScrypt()
  keys = await makeKeyring(folder)
})
after(() => {
  forgetScrypt()
  rmSync(folder, { recursive: true, force: true })
})

/** Acts that lead on are more frequent than those that stop; otherwise few histories would come far. */
const WEIGHTS: Partial<Record<ActKind, number>> = {
  advance: 40,
  open: 3,
  decide: 6,
  vote: 10,
  grant: 1,
  voteByGrant: 3,
  queue: 7,
  queueAnything: 2,
  start: 7,
  record: 2,
  finish: 7,
  judge: 7,
  learn: 2,
  raw: 12,
  verb: 2,
}
const number = fc.nat(23)
const acts: fc.Arbitrary<Act> = fc.record({
  kind: fc.oneof(...ACT_KINDS.map((kind) => ({ weight: WEIGHTS[kind] ?? 1, arbitrary: fc.constant(kind) }))),
  a: number,
  b: number,
  c: number,
})

const histories = fc.array(acts, { minLength: 20, maxLength: 60, size: 'max' })
// Shrinking needs a new store at every attempt, which is cheap as a file only.
const HISTORIES = { sqlite: histories, mariadb: fc.noShrink(histories) } as const

async function play(theatre: Theatre, history: readonly Act[]): Promise<void> {
  let stage = await theatre.next()
  for (const act of history) {
    if (act.kind === 'restart') stage = await theatre.restart()
    await perform(stage, act)
  }
  await theatre.check()
}

for (const name of ['sqlite', 'mariadb'] as const) {
  test(`${name}: ${COUNTS[name]} random histories break no promise`, {
    skip: COUNTS[name] === 0,
  }, async (t) => {
    const own = mkdtempSync(join(folder, `${name}-`))
    const house: House = await HOUSES[name](own, keys)
    const theatre = new Theatre(house)
    try {
      await fc.assert(
        fc.asyncProperty(HISTORIES[name], (history) =>
          play(theatre, history).catch((error: unknown) => {
            theatre.abandon()
            throw error
          }),
        ),
        { numRuns: COUNTS[name] },
      )
    } finally {
      await theatre.end()
    }
    t.diagnostic(JSON.stringify(theatre.tally))
    t.diagnostic(JSON.stringify(theatre.became))
    // Histories that never come far would prove nothing.
    if (COUNTS[name] < ENOUGH) return
    for (const [what, times] of Object.entries(theatre.tally)) assert.ok(times > 0, `no ${what}`)
    if (COUNTS[name] < ENOUGH_FOR_VERBS) return
    assert.deepEqual(theatre.neverDone(), [], 'verbs that never did anything')
  })
}

/** Rules taken out of the store one at a time: histories that would not notice prove nothing. */
const TAKEN_OUT = [
  'GOV-023',
  'GOV-031',
  'GOV-037',
  'GOV-041',
  'GOV-049',
  'GOV-070',
  'GOV-071',
  'GOV-084',
] as const
const NOTICED_WITHIN = 400

for (const rule of TAKEN_OUT) {
  test(`a store without ${rule} is caught`, { skip: COUNTS.sqlite === 0 }, async (t) => {
    const theatre = new Theatre(await sqliteHouse(mkdtempSync(join(folder, `${rule}-`)), keys, rule), true)
    const found = await fc.check(
      fc.asyncProperty(fc.noShrink(histories), (history) => play(theatre, history)),
      { numRuns: NOTICED_WITHIN },
    )
    theatre.abandon()
    await theatre.end()
    assert.ok(found.failed, `${NOTICED_WITHIN} histories did not notice`)
    assert.ok(found.errorInstance instanceof assert.AssertionError, String(found.errorInstance))
    t.diagnostic(`noticed in history ${found.numRuns}: ${found.errorInstance.message.split('\n')[0]}`)
  })
}
