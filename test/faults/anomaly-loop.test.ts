/**
 * The anomaly loop: a whole run from its event to its verdict on a real target, again and again, with its 1st operation
 * failing, then its 2nd, … each once, then each until mended, until a run passes that nothing happened to
 * (https://www.sqlite.org/testing.html, "anomaly testing"). After each: nothing ran that was not approved, nothing ran
 * twice, no row is lost, the run came to rest and says how.
 * DBMEDIC_ANOMALY_STRIDE=1 fails every operation with every kind of fault; the default strides over them.
 */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Config, configSchema, mirrorCatalogue, openInstallation } from '../../src/app/index.ts'
import { readCredentials } from '../../src/app/secrets.ts'
import { ROLES } from '../../src/core/vocabulary.ts'
import { createActuator } from '../../src/engines/mysql/act/actuator.ts'
import { startServer } from '../../src/lab/servers/index.ts'
import { openStore, sqliteSession } from '../../src/store/index.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { configFor, newShopTable, startTarget, type Target, timesReceived } from '../support/consented-run.ts'
import { assertChain, assertRows } from '../support/history/invariants.ts'
import { addressOf } from '../support/mysql-target.ts'
import { type FullStore, full, newPerson, signerOf } from '../support/pipeline-rows.ts'
import { makeServerStore, type ServerStore } from '../support/server-store.ts'
import { Faults, FILE_FAULTS, type Hit, SERVER_FAULTS } from './anomalies/faults.ts'
import { type WholeRun, wholeRun } from './anomalies/whole-run.ts'

const GIVEN = process.env['DBMEDIC_ANOMALY_STRIDE']
/** Some twenty runs each: a lasting fault takes seconds, and runs in one store on a server cannot go side by side. */
const STRIDES = { sqlite: { once: 37, lasting: 97 }, mariadb: { once: 300, lasting: 400 } } as const
const AT_ONCE = 4
/** A run has some hundreds of operations; past this it would never end. */
const OPERATIONS_MOST = 3_000
/** Statements of the store in a run that nothing happened to are about 300; each kind strides over them. */
const TARGETS_MOST =
  Object.keys(SERVER_FAULTS).length * (Math.ceil(600 / Number(GIVEN ?? STRIDES.mariadb.once)) + 2)

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target.stop())

/** A trial: its own name, store and target row. */
interface Trial {
  readonly config: Config
  readonly targetName: string
  readonly open: (faults: Faults | null) => Promise<FullStore>
  /** Asserts what only an owner of the store can read. */
  readonly judge: (sent: ReadonlyMap<number, number>) => Promise<void>
}

const anna = newPerson('anna')

/** Migrated, with anna pinned and the targets known; nothing else. */
async function prepare(home: string, names: readonly string[], store?: ServerStore): Promise<Config> {
  const plain = configFor(target, home, names)
  const config = configSchema.parse({
    ...plain,
    ...store,
    access: { administrators: [anna.keyId] },
    detection: { opening: { breaches: 1, ofWindows: 1 } },
    actions: { ...plain.actions, backupAgeHours: 1 },
    verification: { beforeSeconds: 60, settleSeconds: 0, afterSeconds: 60 },
  })
  const installation = await openInstallation(config, () => undefined, ROLES)
  const opened = full(installation.store)
  await mirrorCatalogue(installation)
  const { userName, keyId, publicKey } = anna
  const rights = { personOf: null, mayApprove: true, mayAdminister: true }
  await opened.serve.addUser({
    userName,
    displayName: 'Anna',
    ...rights,
    keyId,
    publicKey,
    signer: signerOf(anna),
  })
  const session = await createActuator(addressOf(target.server), target.accounts.executor).open()
  const identity = await session.identity()
  await session.close()
  assert.ok(identity.known)
  for (const row of await opened.read.targets())
    await opened.observe.setTargetIdentity(row.targetId, identity.value.instanceUid)
  await opened.close()
  return config
}

/** A store in a file of its own for each trial. */
async function fileTrials(home: string): Promise<(n: number) => Promise<Trial>> {
  const config = await prepare(home, ['shop'])
  return async (n) => {
    const path = join(home, `trial-${n}.sqlite`)
    copyFileSync(config.store, path)
    return {
      config: { ...config, store: path },
      targetName: 'shop',
      open: async (faults) =>
        full(await openStore({ path, roles: ROLES, ...(faults === null ? {} : { probe: faults.probe }) })),
      judge: async (sent) => {
        const database = openSqlite({ path })
        try {
          await assertRows(sqliteSession(database), sent, new Set())
          await assertChain(sqliteSession(database))
        } finally {
          database.close()
          rmSync(path)
        }
      },
    }
  }
}

/** One store on a private server, with the account of each role; each trial has a target row of its own. */
async function serverTrials(home: string, store: ServerStore): Promise<(n: number) => Promise<Trial>> {
  const names = Array.from({ length: TARGETS_MOST }, (_, n) => `shop-${n + 1}`)
  const config = await prepare(home, names, store)
  const credentialsByRole = Object.fromEntries(
    Object.entries(config.storeAccounts).map(([role, account]) => [role, readCredentials(account)]),
  )
  return async (n) => ({
    config,
    targetName: `shop-${n}`,
    open: async (faults) => {
      const probe = faults === null ? {} : { probe: faults.probe }
      return full(await openStore({ url: config.store, roles: ROLES, credentialsByRole, ...probe }))
    },
    judge: async () => undefined,
  })
}

/** Counts of what the loop did. */
interface Tally {
  trials: number
  hits: number
  readonly ends: Map<string, number>
  readonly struck: Set<string>
}

/** One trial, judged; gives how often it was hit. */
async function tryOne(trial: Trial, hit: Hit, tally: Tally): Promise<number> {
  const about = `operation ${hit.operation}, ${hit.kind.code} ${hit.kind.moment}${hit.lasting ? ', lasting' : ''}`
  const table = await newShopTable(target, 50)
  const faults = new Faults(hit)
  const [store, witness] = [await trial.open(faults), await trial.open(null)]
  try {
    const row = (await witness.read.targets()).find((t) => t.targetName === trial.targetName)
    assert.ok(row !== undefined)
    const scene = { config: trial.config, store, witness: witness.read, targetId: row.targetId, table, anna }
    const run = await faults.around(() => wholeRun(scene))
    const said = `${about} (${faults.struck.join(' | ')})\n${run.lines
      .slice(-12)
      .map((l) => JSON.stringify(l))
      .join('\n')}`
    const end = await judge(run, { witness, table, said, targetId: row.targetId, trial })
    tally.trials += 1
    tally.hits += faults.struck.length
    tally.ends.set(end, (tally.ends.get(end) ?? 0) + 1)
    for (const what of faults.struck) tally.struck.add(what)
    return faults.struck.length
  } finally {
    await store.close()
    await witness.close()
  }
}

interface Judging {
  readonly witness: FullStore
  readonly trial: Trial
  readonly table: string
  readonly targetId: number
  readonly said: string
}

/** Asserts the four promises; gives how the run ended. */
async function judge(run: WholeRun, { witness, trial, table, targetId, said }: Judging): Promise<string> {
  const { read } = witness
  assert.ok(run.issueId !== null, `the event was lost: ${said}`)
  const issues = await read.issues({ targetId, limit: 10 })
  assert.equal(issues.length, 1, `one event, one issue: ${said}`)
  const decisions = (await read.decisions({ issueId: run.issueId, limit: 20 })).toReversed()
  const runs = (
    await Promise.all(decisions.map((d) => read.executions({ decisionId: d.decisionId, limit: 5 })))
  ).flat()
  // What the server received, against what was approved: the statement of each run that may have sent it, once.
  const statement = (
    JSON.parse(decisions[0]?.bindingText ?? '{"steps":[{}]}') as { steps: { text?: string }[] }
  ).steps[0]?.text
  const received = statement === undefined ? 0 : await timesReceived(target, statement)
  const changes = await changesOf(table)
  assert.equal(changes, received, `something else than the plan was sent: ${said}`)
  const maySend = runs.filter((r) => r.steps.some((s) => s.statement === statement))
  assert.ok(received <= maySend.length, `received ${received} times by ${maySend.length} runs: ${said}`)
  assert.ok(received <= 1, `received ${received} times: ${said}`)
  const completed = runs.filter((r) => r.executionStatus === 'COMPLETED')
  assert.ok(completed.length <= received, `a run is said to have succeeded and nothing was received: ${said}`)
  for (const each of runs) {
    if (each.executionOutcome === 'SUCCESS' || each.executionOutcome === null) continue
    assert.ok(
      (each.executionErrors ?? '').length > 10,
      `a run ${each.executionOutcome} says nothing: ${said}`,
    )
  }
  const outcomes = runs.map((r) => r.executionOutcome ?? r.executionStatus)
  const end = `${issues[0]?.issueStatus} after ${outcomes.join(', ') || 'no run'}`
  const isQueued = runs.some((r) => r.executionStatus === 'QUEUED')
  assert.ok(run.rested || isQueued, `it never came to rest, ${end}: ${said}`)
  await trial.judge(new Map(completed.map((r) => [r.executionId, received])))
  return end
}

/** Statements that change the table, whoever sent them. */
async function changesOf(table: string): Promise<number> {
  const [rows] = await target.root.query(
    "SELECT COUNT(*) AS n FROM mysql.general_log WHERE user_host LIKE 'dbm\\_%' AND command_type IN ('Query', 'Execute') AND argument REGEXP '^(/\\\\*.*\\\\*/ *)?(ALTER|CREATE|DROP)' AND argument LIKE ?",
    [`%\`${table}\`%`],
  )
  return Number((rows as { n: number | string }[])[0]?.n)
}

/** How a loop goes. */
interface Way {
  readonly kinds: readonly Hit['kind'][]
  readonly lasting: boolean
  readonly atOnce: number
  readonly stride: number
}

/** For each kind of fault, strides over the operations until a run passes that nothing happened to. */
async function loop(
  fresh: (n: number) => Promise<Trial>,
  { kinds, lasting, atOnce, stride }: Way,
): Promise<Tally> {
  const tally: Tally = { trials: 0, hits: 0, ends: new Map(), struck: new Set() }
  let n = 0
  const waiting = kinds.map((kind, at) => ({ kind, first: 1 + ((at * 7) % stride) }))
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { kind, first } = next
      for (let operation = first, hits = 1; hits > 0; operation += stride) {
        assert.ok(operation < OPERATIONS_MOST, 'a run never ends')
        n += 1
        hits = await tryOne(await fresh(n), { operation, kind, lasting }, tally)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return tally
}

const { lost, deadlock, 'read-only': readOnly } = SERVER_FAULTS
/** Without a stride of the caller's, three kinds on a server: the others are those of a file by other numbers. */
const KINDS = {
  sqlite: Object.values(FILE_FAULTS),
  mariadb: GIVEN === undefined ? [lost, deadlock, readOnly] : Object.values(SERVER_FAULTS),
} as const

for (const name of ['sqlite', 'mariadb'] as const)
  for (const lasting of [false, true]) {
    const how = lasting ? 'until mended' : 'once'
    test(`a whole run is as promised whatever operation fails ${how} [store ${name}]`, async (t) => {
      const home = mkdtempSync(join(tmpdir(), 'dbmedic-anomalies-'))
      t.after(() => rmSync(home, { recursive: true, force: true }))
      const server = name === 'sqlite' ? null : await startServer(name)
      t.after(() => server?.stop())
      const trials = server === null ? fileTrials(home) : serverTrials(home, await makeServerStore(server))
      // Runs in one store would see each other's issues.
      const atOnce = server === null ? AT_ONCE : 1
      const stride = Number(GIVEN ?? STRIDES[name][lasting ? 'lasting' : 'once'])
      const tally = await loop(await trials, { kinds: KINDS[name], lasting, atOnce, stride })
      t.diagnostic(`${tally.trials} runs, ${tally.hits} faults in ${tally.struck.size} kinds of operation`)
      for (const [end, times] of tally.ends) t.diagnostic(`${times} × ${end}`)
      assert.ok(tally.ends.has('RESOLVED after SUCCESS'))
    })
  }
