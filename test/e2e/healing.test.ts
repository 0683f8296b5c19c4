/**
 * The whole loop on real servers as its users have it: `dbmedic start` in one process, people at the command line.
 * Faults are healed, and everything that must stop a run between the yes and the statement stops it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { forgottenTransaction, reportLoad } from '../../src/lab/demo/workload.ts'
import { type RunningLoad, steadyLoad } from '../../src/lab/pieces/load.ts'
import { SERVER_FLAVOURS, type ServerFlavour } from '../../src/lab/servers/index.ts'
import { type Asked, Clinic } from '../support/clinic.ts'
import { skipServer } from '../support/each-server.ts'
import type { Ran } from '../support/run-cli.ts'

for (const flavour of SERVER_FLAVOURS)
  describe(`healing [${flavour}]`, { skip: skipServer(flavour) }, () => heal(flavour))

function refused(ran: Ran, pattern: RegExp): void {
  assert.equal(ran.code, 3, `${ran.out}${ran.err}`)
  assert.match(ran.err, pattern)
}

const column = (name: string) => ({ column: name, prefix: null, direction: 'ASC' })
const table = (name: string) => ({ schema: 'shop', table: name })

function heal(flavour: ServerFlavour): void {
  let clinic: Clinic
  /** A decision that ended and whose plan may be proposed again. */
  let overdue: Asked
  const loads: RunningLoad[] = []
  before(async () => {
    clinic = await Clinic.open(flavour)
    await clinic.start()
  })
  after(async () => {
    await Promise.all(loads.map((load) => load.stop()))
    await clinic?.close()
  })
  const vote = (name: string, { decisionId }: Asked, ...more: string[]): Promise<Ran> =>
    clinic.as(name, 'approve', String(decisionId), ...more)
  const noRun = async ({ issueId }: Asked): Promise<void> => {
    const { decisions } = await clinic.story(issueId)
    assert.deepEqual(
      decisions.flatMap((d) => d.executions),
      [],
    )
  }
  /** Stops everything, lets a decision be approved meanwhile, and gives the number of the stop. */
  const approvedWhileHalted = async (asked: Asked): Promise<string> => {
    const { out } = clinic.did(await clinic.as('ana', 'halt', '--reason', 'a test', '--json'))
    clinic.did(await vote('ben', asked))
    return String((JSON.parse(out) as { haltId: number }).haltId)
  }

  test('a forgotten transaction is found, ended with one person’s consent, and its waiters go on', async () => {
    const address = { host: clinic.server.host, port: clinic.server.port, ...clinic.accounts.application }
    loads.push(steadyLoad(address), reportLoad(address), await forgottenTransaction(address))
    const asked = await clinic.pending('mysql/kill-idle-reader')
    // Nobody reads a plan in less; without it the trouble would be over before it was measured.
    await sleep(3000)
    clinic.did(await vote('ana', asked))
    const story = await clinic.reaches(asked.issueId, 'RESOLVED')
    assert.equal(story.analyses[0]?.rootCauseCode, 'IDLE_BLOCKER')
    const text = clinic.did(await clinic.as('', 'show', String(asked.issueId))).out
    assert.match(
      text,
      /DETECTED[\s\S]*ANALYSED {2}IDLE_BLOCKER[\s\S]*APPROVED by ana[\s\S]*EXECUTED {2}SUCCESS[\s\S]*VERDICT improved/,
    )
    assert.deepEqual(
      await clinic.rows(
        "SELECT id FROM information_schema.innodb_trx WHERE trx_state='LOCK WAIT'".replace('id', 'trx_id'),
      ),
      [],
    )
  })

  test('a missing index: a stop holds the approved run back, lifting lets it go, and the gain is measured and learned from', async () => {
    const asked = await clinic.pending('mysql/create-index')
    const stop = await approvedWhileHalted(asked)
    await sleep(1000)
    refused(
      await clinic.as('', 'execute', String(asked.decisionId)),
      /cannot run now: stop \d+ by ana is on: a test/,
    )
    await noRun(asked)
    clinic.did(await clinic.as('cleo', 'lift', stop))
    const story = await clinic.reaches(asked.issueId, 'RESOLVED')
    const [run] = story.decisions[0]?.executions ?? []
    assert.equal(run?.execution.executionOutcome, 'SUCCESS')
    assert.ok((run?.verifications[0]?.intervalLowPercent ?? 0) > 20, JSON.stringify(run?.verifications))
    assert.equal((await clinic.rows("SHOW INDEX FROM shop.orders WHERE Column_name='customer_id'")).length, 1)
    assert.match(
      clinic.did(await clinic.as('', 'undo', String(asked.decisionId))).out,
      /DROP INDEX[\s\S]*Would ask for mysql\/hide-index[\s\S]*hides\s+the\s+index\s+instead\s+of\s+dropping\s+it/,
    )
    const lesson = await clinic.until('a lesson', async () => {
      const waiting = (await clinic.json('learn')) as { learningRecordId: number; issueId: number }[]
      return waiting.find((l) => l.issueId === asked.issueId) ?? null
    })
    clinic.did(
      await clinic.as('ana', 'learn', String(lesson.learningRecordId), '--resolved', 'yes', '--again', 'yes'),
    )
    assert.match((await clinic.as('', 'show', String(asked.issueId))).out, /reviewed by ana/)
  })

  test('what a person asks for needs another person; its undo is asked for the same way', async () => {
    const before = await clinic.variable('long_query_time')
    const asked = await clinic.request('mysql/set-long-query-time', { threshold: '0.75' })
    refused(await vote('ana', asked), /proposer/)
    refused(await clinic.as('', 'undo', String(asked.decisionId)), /changed nothing: no run of it completed/)
    clinic.did(await vote('ben', asked))
    await clinic.ran(asked)
    assert.equal(await clinic.variable('long_query_time'), 0.75)
    const shown = clinic.did(await clinic.as('', 'undo', String(asked.decisionId)))
    assert.match(shown.out, /SET GLOBAL long_query_time=[\s\S]*Would ask for mysql\/set-long-query-time/)
    const undo = JSON.parse(
      clinic.did(
        await clinic.as('ana', 'undo', String(asked.decisionId), '--execute', '--wait', '120', '--json'),
      ).out,
    ) as Asked
    const { decisions } = await clinic.story(undo.issueId)
    assert.equal(Number(decisions[0]?.binding.parameters['threshold']), before)
    assert.equal(decisions[0]?.decision.decisionStatus, 'PENDING_APPROVAL')
    assert.equal(await clinic.variable('long_query_time'), 0.75, 'nothing is undone without a vote')
  })

  test('HIGH risk runs after two different persons consented, not after one or after one twice', async () => {
    const asked = await clinic.request('mysql/set-statement-limit', { seconds: 3600 })
    const first = clinic.did(await vote('ben', asked))
    assert.match(first.out, /the first of two\. Another person must approve/)
    refused(await vote('ben', asked), /you\s+voted\s+on\s+decision\s+\d+\s+already/)
    refused(await vote('ana', asked), /proposer/)
    await sleep(1000)
    await noRun(asked)
    refused(await clinic.as('', 'execute', String(asked.decisionId)), /not approved/)
    clinic.did(await vote('cleo', asked))
    const { approvals } = await clinic.ran(asked)
    assert.deepEqual(approvals.map((a) => [a.adminUserId, a.approvalStatus]).sort(), [
      ['ben', 'CONDITIONAL_APPROVAL'],
      ['cleo', 'APPROVED'],
    ])
  })

  test('what is cancelled, revoked or declined before it starts never runs', async () => {
    const cancelled = await clinic.request('mysql/set-innodb-lock-wait-timeout', { seconds: 30 })
    clinic.did(await clinic.as('ben', 'cancel', String(cancelled.decisionId), '--reason', 'not tonight'))
    overdue = cancelled
    refused(await vote('ben', cancelled), /CANCELLED, not waiting for a vote/)
    const declined = await clinic.request('mysql/set-table-cache', { tables: 1500 })
    clinic.did(await clinic.as('cleo', 'decline', String(declined.decisionId)))
    clinic.did(await clinic.as('cleo', 'close', String(declined.decisionId), '--reason', 'not needed'))
    assert.equal((await clinic.story(declined.issueId)).issue.issueStatus, 'CLOSED')
    const revoked = await clinic.request('mysql/set-io-capacity', { pages: 150 })
    const stop = await approvedWhileHalted(revoked)
    clinic.did(await clinic.as('ben', 'revoke', String(revoked.decisionId), '--reason', 'changed my mind'))
    clinic.did(await clinic.as('ana', 'lift', stop))
    await sleep(1000)
    for (const asked of [cancelled, declined, revoked]) await noRun(asked)
    await clinic.reaches(revoked.issueId, 'CLOSED')
    const text = (await clinic.as('', 'show', String(revoked.issueId))).out
    assert.match(text, /REVOKED by ben at .*: changed my mind/)
    refused(await clinic.as('', 'execute', String(revoked.decisionId)), /not approved/)
  })

  test('a table altered after the yes voids it, and show says how it differs', async () => {
    const asked = await clinic.request('mysql/create-index', {
      table: table('customers'),
      columns: [column('email')],
    })
    const stop = await approvedWhileHalted(asked)
    await clinic.rows('ALTER TABLE shop.customers ADD COLUMN vip TINYINT NOT NULL DEFAULT 0')
    clinic.did(await clinic.as('ana', 'lift', stop))
    await stoppedBefore(asked, /definitions of the objects touched .*since decision \d+ was approved/)
    assert.deepEqual(await clinic.rows("SHOW INDEX FROM shop.customers WHERE Column_name='email'"), [])
  })

  /** Waits until the run was refused or the decision voided; `show` must say why. */
  async function stoppedBefore(asked: Asked, why: RegExp): Promise<void> {
    await clinic.until('the run to be refused', async () => {
      const { decisions } = await clinic.story(asked.issueId)
      const [d] = decisions
      const outcome = d?.executions[0]?.execution.executionOutcome
      return outcome === 'REFUSED' || (d?.endings.length ?? 0) > 0 ? d : null
    })
    const { decisions } = await clinic.story(asked.issueId)
    const sent = decisions.flatMap((d) =>
      d.executions.flatMap((e) => e.execution.steps.filter((s) => s.kind === 'step')),
    )
    assert.deepEqual(sent, [], 'no statement was sent')
    const text = clinic.did(await clinic.as('', 'show', String(asked.issueId))).out
    assert.match(text.replace(/\s+/g, ' '), why)
  }

  test('a restart of the target leaves a yes that names no connection in force', async () => {
    const asked = await clinic.request('mysql/set-table-cache', { tables: 1800 })
    const stop = await approvedWhileHalted(asked)
    await clinic.server.restart()
    clinic.did(await clinic.as('ana', 'lift', stop))
    await clinic.ran(asked)
    assert.equal(await clinic.variable('table_open_cache'), 1800)
  })

  test('a yes whose validity ended runs nothing, and a late yes is refused', async () => {
    await clinic.stopLoop()
    const halted = clinic.did(await clinic.as('ana', 'halt', '--reason', 'a test', '--json'))
    const stop = String((JSON.parse(halted.out) as { haltId: number }).haltId)
    // Long enough for one command on a busy machine.
    const asked = await clinic.shortLived(overdue, 15)
    const over = Date.now() + 15_000
    clinic.did(await vote('ben', asked))
    await sleep(Math.max(0, over - Date.now()))
    refused(await clinic.as('', 'execute', String(asked.decisionId)), /stop .* is on/)
    clinic.did(await clinic.as('ana', 'lift', stop))
    refused(await clinic.as('', 'execute', String(asked.decisionId)), /its validity ended/)
    refused(await vote('cleo', asked), /not waiting for a vote/)
    await clinic.start()
    await clinic.until('the decision to expire', async () => {
      const [d] = (await clinic.story(asked.issueId)).decisions
      return d?.decision.decisionStatus === 'EXPIRED' ? d : null
    })
    await noRun(asked)
    assert.match(
      (await clinic.as('', 'show', String(asked.issueId))).out,
      /EXPIRED by .*: its validity ended/,
    )
  })

  test('another server at the target’s address runs nothing that was approved for the first', async () => {
    const asked = await clinic.request('mysql/create-index', {
      table: table('stock'),
      columns: [column('quantity')],
    })
    const stop = await approvedWhileHalted(asked)
    await clinic.stopLoop()
    await clinic.replaceServer()
    await clinic.start()
    clinic.did(await clinic.as('ana', 'lift', stop))
    await stoppedBefore(asked, /another server|identity|instance/i)
    assert.deepEqual(await clinic.rows("SHOW INDEX FROM shop.stock WHERE Column_name='quantity'"), [])
  })
}
