/**
 * What changes between a person's yes and the statement: another server at the address, a stop switch, an
 * expiry, a withdrawn login, a changed table. Every time the server's own log says that it received nothing.
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { createExecutor } from '../../src/app/index.ts'
import type { Execution } from '../../src/core/nouns.ts'
import type { ActPort } from '../../src/core/store-ports.ts'
import {
  type Consented,
  consent,
  newShopTable,
  startTarget,
  type Target,
  timesReceived,
} from '../support/consented-run.ts'
import { runExecutor } from '../support/killed-executor.ts'
import { newPerson, newVote, signerOf, type World } from '../support/pipeline-rows.ts'

let target: Target
let other: Target
before(async () => {
  target = await startTarget()
  other = await startTarget()
})
after(async () => {
  await target.stop()
  await other.stop()
})

const indexOn = (table: string) => ({
  action: 'mysql/create-index',
  given: {
    table: { schema: 'shop', table },
    columns: [{ column: 'placed', prefix: null, direction: 'ASC' }],
  },
})

/** Rewrites the configuration as an intruder (or a failover) would: the same name, the other server. */
async function pointAtOther(of: Consented): Promise<void> {
  process.env['DBM_TEST_OTHER'] = other.accounts.executor.password
  const [own] = of.config.targets
  const moved = {
    ...own,
    port: other.server.port,
    executor: { user: 'dbm_exec', password: 'env:DBM_TEST_OTHER' },
  }
  await writeFile(of.configFile, JSON.stringify({ ...of.config, targets: [moved] }))
}

async function onlyRun(of: Consented): Promise<Execution> {
  const runs = await of.store.read.executions({ decisionId: of.decision.decisionId, limit: 5 })
  assert.equal(runs.length, 1)
  return runs[0] as Execution
}

describe('another server answers at the address that was approved', () => {
  test('an approved plan does not run there, though the table looks the same', async () => {
    const table = await newShopTable(target)
    await other.root.query(
      `CREATE TABLE shop.${table} (id INT PRIMARY KEY, customer INT NOT NULL, note VARCHAR(80), placed DATE) ENGINE=InnoDB`,
    )
    const of = await consent(target, indexOn(table))
    try {
      await pointAtOther(of)
      await runExecutor(of.configFile)
      const run = await onlyRun(of)
      assert.equal(run.executionOutcome, 'REFUSED')
      assert.match(run.executionErrors ?? '', /another server answers/)
      assert.deepEqual(
        [await timesReceived(target, of.statement), await timesReceived(other, of.statement)],
        [0, 0],
      )
    } finally {
      await of.stop()
    }
  })

  test('after a crash, an index that exists there is no success of a run here', async () => {
    const table = await newShopTable(target)
    const of = await consent(target, indexOn(table))
    try {
      assert.equal((await runExecutor(of.configFile, { killAt: 'record-9-after' })).signal, 'SIGKILL')
      await other.root.query(`CREATE TABLE shop.${table} (id INT PRIMARY KEY, placed DATE) ENGINE=InnoDB`)
      await other.root.query(of.statement)
      await pointAtOther(of)
      await runExecutor(of.configFile, { turns: 4 * (of.config.runtime.leaseSeconds + 4) })
      const run = await onlyRun(of)
      assert.equal(run.executionOutcome, 'UNKNOWN', 'what holds on another server says nothing')
      assert.match(run.executionErrors ?? '', /another server answers/)
    } finally {
      await of.stop()
    }
  })
})

describe('a store that says what no administrator signed', () => {
  test('carries no run: a vote of a person its thief registered is refused, and nothing is sent', async () => {
    const of = await consent(target, { ...indexOn(await newShopTable(target)), approve: false })
    try {
      const eve = newPerson('eve')
      const [anna] = await of.store.read.people()
      const { userName, keyId, publicKey } = eve
      const login = { userName, displayName: 'Eve', personOf: null, mayApprove: true, mayAdminister: false }
      const posing = { ...signerOf(eve), userName: 'anna', keyId: anna?.keyId ?? '' }
      await of.store.serve.addUser({ ...login, keyId, publicKey, signer: posing })
      const { expiresAt } = of.decision
      await of.store.serve.insertApproval(
        await newVote({ store: of.store } as World, of.decision, eve, { expiresAt }),
      )
      await runExecutor(of.configFile)
      const run = await onlyRun(of)
      assert.equal(run.executionOutcome, 'REFUSED')
      assert.match(run.executionErrors ?? '', /no administrator .* vouches for eve/)
      assert.equal(await timesReceived(target, of.statement), 0)
    } finally {
      await of.stop()
    }
  })

  test('an executor that pins nobody leaves the approval waiting, and runs it once somebody is pinned', async () => {
    const of = await consent(target, indexOn(await newShopTable(target)))
    try {
      let pinned: readonly string[] = []
      const said: string[] = []
      const executor = createExecutor({
        config: { ...of.config, access: { administrators: [] } },
        port: of.store.act,
        lease: { owner: 'executor', seconds: 60 },
        log: (line) => said.push(String(line['because'] ?? '')),
        administrators: () => pinned,
      })
      await executor.turn()
      await executor.idle()
      assert.deepEqual(await of.store.read.executions({ decisionId: of.decision.decisionId, limit: 5 }), [])
      assert.match(said.join(), /pins no administrator/)
      await assert.rejects(executor.runNow(of.decision.decisionId), { code: 'DBM_NO_ADMINISTRATOR_PINNED' })
      assert.equal(await timesReceived(target, of.statement), 0)
      pinned = of.config.access.administrators
      await executor.runNow(of.decision.decisionId)
      assert.equal((await onlyRun(of)).executionOutcome, 'SUCCESS')
      assert.equal(await timesReceived(target, of.statement), 1)
    } finally {
      await of.stop()
    }
  })
})

/** Runs one turn in which `between` happens after every check and right before the run is marked as begun. */
async function runWith(of: Consented, between: () => Promise<unknown>): Promise<void> {
  const { act } = of.store
  const port: ActPort = {
    ...act,
    startExecution: async (...args) => {
      await between()
      return act.startExecution(...args)
    },
  }
  const lease = { owner: 'executor', seconds: 60 }
  const executor = createExecutor({ config: of.config, port, lease, log: () => undefined })
  await executor.turn()
  await executor.idle()
}

describe('between the last check and the first statement', () => {
  const cases: readonly (readonly [string, (of: Consented) => Promise<unknown>, RegExp])[] = [
    [
      'a stop switch is set',
      ({ store }) => store.serve.halt({ scope: 'ALL', key: '', reason: 'incident', by: 'anna' }),
      /stop|halt/i,
    ],
    [
      'the action is disabled',
      ({ store }) => store.serve.setActionEnabled('mysql/create-index', false, 'anna'),
      /approval|approved/i,
    ],
  ]
  for (const [what, change, because] of cases) {
    test(`${what}: the store refuses the start, nothing is sent, and the row says why at once`, async () => {
      const of = await consent(target, indexOn(await newShopTable(target)))
      try {
        await runWith(of, () => change(of))
        const run = await onlyRun(of)
        assert.deepEqual([run.executionStatus, run.executionOutcome], ['FAILED', 'REFUSED'])
        assert.match(run.executionErrors ?? '', because)
        assert.equal(await timesReceived(target, of.statement), 0)
        assert.equal((await of.store.read.issue(of.decision.issueId))?.issueStatus, 'UNDER_ANALYSIS')
      } finally {
        await of.stop()
      }
    })
  }
})

test('a table that was altered after the vote voids it', async () => {
  const table = await newShopTable(target)
  const of = await consent(target, indexOn(table))
  try {
    await target.root.query(`ALTER TABLE shop.${table} ADD COLUMN extra INT`)
    await runExecutor(of.configFile)
    const run = await onlyRun(of)
    assert.equal(run.executionOutcome, 'REFUSED')
    assert.match(run.executionErrors ?? '', /changed since|definition/)
    assert.equal(await timesReceived(target, of.statement), 0)
  } finally {
    await of.stop()
  }
})

test('a schema that was put on the denylist after the vote is left alone', async () => {
  const of = await consent(target, indexOn(await newShopTable(target)))
  try {
    await writeFile(
      of.configFile,
      JSON.stringify({ ...of.config, actions: { ...of.config.actions, denySchemas: ['shop'] } }),
    )
    await runExecutor(of.configFile)
    const run = await onlyRun(of)
    assert.equal(run.executionOutcome, 'REFUSED', 'a stricter configuration counts at once')
    assert.equal(await timesReceived(target, of.statement), 0)
  } finally {
    await of.stop()
  }
})
