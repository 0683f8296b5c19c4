/**
 * What stops a run that has begun, on both servers: a stop switch, an executor that stood still longer than its
 * lease, an undo whose effect is gone. The target's own log says what it received, its catalog what is there.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql, { type Connection } from 'mysql2/promise'
import { createExecutor } from '../../src/app/index.ts'
import type { Binding } from '../../src/core/plan.ts'
import { SERVER_FLAVOURS } from '../../src/lab/servers/index.ts'
import { type Consented, consent, newShopTable, startTarget, type Target } from '../support/consented-run.ts'
import { consentAll, endingOf, type ReadyRun, type ReadyRuns, recoverAll } from '../support/consented-runs.ts'
import { skipServer } from '../support/each-server.ts'
import { type RunningExecutor, startExecutor } from '../support/killed-executor.ts'
import { newVerdict } from '../support/pipeline-rows.ts'
import { untilArrived } from '../support/seen-waiting.ts'

/** Guards of CREATE INDEX. */
const GUARDS = { mariadb: 4, mysql: 3 } as const
/** Longer than a busy machine keeps an executor from renewing; what waits for its end waits so long. */
const LEASE_SECONDS = 6
const NAMES = ['halted', 'halted-dead', 'alone', 'taken-over', 'last-instant'] as const

for (const flavour of SERVER_FLAVOURS) {
  describe(`a run that has begun [${flavour}]`, { skip: skipServer(flavour), concurrency: 3 }, () => {
    const statement = GUARDS[flavour] + 1
    let target: Target
    let of: ReadyRuns
    before(async () => {
      target = await startTarget(flavour)
      of = await consentAll(target, { names: NAMES, leaseSeconds: LEASE_SECONDS })
    })
    after(async () => {
      await of?.stop()
      await target?.stop()
    })
    const ready = (name: (typeof NAMES)[number]): ReadyRun => of.runs.get(name) as ReadyRun
    const targetOf = (name: (typeof NAMES)[number]): string => String(ready(name).decision.targetId)
    const hasIndex = async (name: (typeof NAMES)[number]): Promise<boolean> => {
      const [rows] = await target.root.query(
        `SHOW INDEX FROM shop.${ready(name).table} WHERE Key_name <> 'PRIMARY'`,
      )
      return (rows as unknown[]).length > 0
    }

    test('is cancelled when a stop switch is set, and the record says who, why and what is there', async (t) => {
      const run = ready('halted')
      const blocker = await blockedTable(target, run)
      try {
        const lease = { owner: 'executor', seconds: 60 }
        const executor = createExecutor({
          config: of.config,
          port: of.store.act,
          lease,
          log: () => undefined,
        })
        const running = executor.runNow(run.decision.decisionId)
        await untilArrived(target.root, run.statement)
        await of.store.serve.halt({
          scope: 'TARGET',
          key: targetOf('halted'),
          reason: 'incident 7',
          by: 'anna',
        })
        await running
      } finally {
        blocker.destroy()
      }
      const end = await endingOf(of, 'halted', target)
      t.diagnostic(
        `${target.server.version} | halt while it runs | ${end.run?.executionOutcome} | ${end.received}`,
      )
      assert.deepEqual([end.run?.executionOutcome, end.received, end.issue], ['FAILED', 1, 'UNDER_ANALYSIS'])
      assert.match(end.run?.executionErrors ?? '', /stopped by anna: incident 7; .*there is no index/s)
      assert.equal(end.run?.steps.at(-1)?.messages[0]?.code, 1317)
      assert.equal(await hasIndex('halted'), false)
    })

    test('is cancelled when its executor is dead and a stop switch is set; while neither, it keeps its time', async (t) => {
      const run = ready('halted-dead')
      const blocker = await blockedTable(target, run)
      try {
        const { decisionId } = run.decision
        const running = startExecutor(of.configFile, { decisionId })
        await untilArrived(target.root, run.statement)
        running.child.kill('SIGKILL')
        await running.ended
        const second = createExecutor({
          config: { ...of.config, runtime: { ...of.config.runtime, runApproved: false } },
          port: of.store.act,
          lease: { owner: 'second', seconds: 2 },
          log: () => undefined,
        })
        const until = Date.now() + (LEASE_SECONDS + 3) * 1000
        for (; Date.now() < until; await sleep(500)) await second.turn()
        // MariaDB looks once a second whether the client of a statement that waits is there (MDL_context::acquire_lock)
        // and ends it; MySQL lets it wait on.
        if (flavour === 'mariadb') await recoverUntilEnded(of, 'halted-dead', target)
        const expected = flavour === 'mysql' ? 'IN_PROGRESS' : 'FAILED'
        const { run: still } = await endingOf(of, 'halted-dead', target)
        assert.equal(still?.executionStatus, expected, still?.executionErrors ?? '')
        await of.store.serve.halt({
          scope: 'TARGET',
          key: targetOf('halted-dead'),
          reason: 'stop',
          by: 'anna',
        })
        await recoverAll(of)
      } finally {
        blocker.destroy()
      }
      const end = await endingOf(of, 'halted-dead', target)
      t.diagnostic(
        `${target.server.version} | halt after its executor died | ${end.run?.executionOutcome} | ${end.received}`,
      )
      assert.deepEqual([end.run?.executionOutcome, end.received], ['FAILED', 1])
      assert.equal(await hasIndex('halted-dead'), false)
    })

    for (const [name, point, takeOver] of [
      ['alone', `record-${2 * statement - 1}-after`, false],
      ['taken-over', `record-${2 * statement - 1}-after`, true],
      ['last-instant', `send-${statement}-allowed`, true],
    ] as const) {
      test(`whose executor stood still at ${point}${takeOver ? ' while another took over' : ''} is not sent afterwards`, async (t) => {
        const { decisionId } = ready(name).decision
        const running = startExecutor(of.configFile, { decisionId, stopAt: point })
        await running.said(`point ${point}`)
        await sleep((LEASE_SECONDS + 1) * 1000)
        if (takeOver) await recoverUntilEnded(of, name, target)
        running.child.kill('SIGCONT')
        await ended(running)
        await recoverUntilEnded(of, name, target)
        const end = await endingOf(of, name, target)
        t.diagnostic(
          `${target.server.version} | stood still, ${name} | ${end.run?.executionOutcome} | ${end.received}`,
        )
        // It says REFUSED itself where nobody came before it; whoever does can only see that nothing is there.
        assert.ok(['FAILED', ...(takeOver ? [] : ['REFUSED'])].includes(end.run?.executionOutcome ?? ''))
        assert.equal(end.received, 0)
        assert.equal(await hasIndex(name), false)
      })
    }
  })

  describe(`an undo [${flavour}]`, { skip: skipServer(flavour) }, () => {
    let target: Target
    before(async () => {
      target = await startTarget(flavour)
    })
    after(() => target?.stop())

    for (const isThere of [true, false]) {
      const what = isThere
        ? 'takes back what its run did'
        : 'is refused, and sends nothing, where a person has taken back the effect already'
      test(what, async (t) => {
        const of = await regressed(target)
        try {
          const undo = undoStatement(of)
          if (!isThere) await target.root.query(undo)
          await turn(of)
          const runs = await of.store.read.executions({ decisionId: of.decision.decisionId, limit: 5 })
          const run = runs.find((each) => each.purpose === 'UNDO')
          const sent = run?.steps.filter((step) => step.kind === 'statement').length
          t.diagnostic(
            `${target.server.version} | undo, effect there: ${isThere} | ${run?.executionOutcome} | ${sent}`,
          )
          assert.deepEqual([run?.executionOutcome, sent], isThere ? ['SUCCESS', 1] : ['REFUSED', 0])
          if (!isThere) assert.match(run?.executionErrors ?? '', /is not there any more: there is no index/)
        } finally {
          await of.stop()
        }
      })
    }
  })
}

async function turn(of: Consented): Promise<void> {
  const lease = { owner: 'executor', seconds: 60 }
  const executor = createExecutor({ config: of.config, port: of.store.act, lease, log: () => undefined })
  await executor.turn()
  await executor.idle()
}

/** An index that was created, was found to do harm, and whose undo was consented to. */
async function regressed(target: Target): Promise<Consented> {
  const given = {
    table: { schema: 'shop', table: await newShopTable(target) },
    columns: [{ column: 'placed', prefix: null, direction: 'ASC' as const }],
  }
  const of = await consent(target, { action: 'mysql/create-index', given, undoPreconsented: true })
  await turn(of)
  const [run] = await of.store.read.executions({ decisionId: of.decision.decisionId, limit: 5 })
  assert.equal(run?.executionOutcome, 'SUCCESS', run?.executionErrors ?? '')
  await of.store.act.insertVerification(newVerdict(run?.executionId ?? 0, 'regressed'))
  return of
}

function undoStatement({ decision }: Consented): string {
  const { undo } = JSON.parse(decision.bindingText) as Binding
  if (!('plan' in undo)) throw new Error('the plan has no undo')
  return undo.plan.steps[0]?.text ?? ''
}

async function ended(running: RunningExecutor): Promise<void> {
  await Promise.race([running.ended, sleep(30_000, undefined, { ref: false })])
  running.child.kill('SIGKILL')
  await running.ended
}

/** Others run beside it: only this run is waited for. */
async function recoverUntilEnded(of: ReadyRuns, name: string, target: Target): Promise<void> {
  const second = createExecutor({
    config: { ...of.config, runtime: { ...of.config.runtime, runApproved: false } },
    port: of.store.act,
    lease: { owner: 'second', seconds: 3 },
    log: () => undefined,
  })
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    await second.turn()
    if ((await endingOf(of, name, target)).run?.executionStatus !== 'IN_PROGRESS') return
  }
  throw new Error(`${name} is still in progress`)
}

/** A reader keeps the table, so that the statement waits at its metadata lock for as long as the guards let it. */
async function blockedTable(target: Target, run: ReadyRun): Promise<Connection> {
  const reader = await mysql.createConnection(target.server.rootUri)
  reader.on('error', () => undefined)
  await reader.query('START TRANSACTION')
  await reader.query(`SELECT * FROM shop.${run.table} LIMIT 1`)
  return reader
}
