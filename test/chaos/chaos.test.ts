/**
 * A short run of chaos with a fixed seed: whatever befalls roles, target, lines and store, every promise is kept. And
 * the judge who says so can fail: what somebody sends with the executor's account afterwards, it finds.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import mysql from 'mysql2/promise'
import type { Binding } from '../../src/core/plan.ts'
import { type ChaosReport, runChaos } from './chaos.ts'
import type { House } from './house.ts'
import { reportText } from './report.ts'

const SECONDS = 40

/** Sends a text with the executor's account; what the server answers does not matter. */
async function sendAsExecutor({ doors, accounts }: House, text: string): Promise<void> {
  const { user, password } = accounts.executor
  const connection = await mysql.createConnection({
    host: '127.0.0.1',
    port: doors.target.port,
    user,
    password,
  })
  await connection.query(text).catch(() => undefined)
  await connection.end()
}

/** The statement of the newest run that was done. */
async function doneStatement(house: House): Promise<string> {
  const session = await house.openSession()
  try {
    const [row] = await session.rows(
      `SELECT d.binding_text FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
        WHERE x.execution_outcome = 'SUCCESS' AND x.purpose = 'DO' ORDER BY x.execution_id DESC LIMIT 1`,
    )
    const binding = JSON.parse(String(row?.['binding_text'])) as Binding
    return binding.steps[0]?.text ?? assert.fail('a plan without a statement')
  } finally {
    await session.close()
  }
}

test('chaos: nothing unapproved runs, nothing runs twice, no row is lost; and the judge notices what does', async (t) => {
  const rogue = 'CREATE INDEX ix_rogue ON shop.t199 (b)'
  const report: ChaosReport = await runChaos({
    seconds: SECONDS,
    doneLeast: 1,
    befallsLeast: SECONDS / 5,
    seed: 7,
    flavour: 'mariadb',
    store: 'sqlite',
    quietMs: 2_500,
    say: () => undefined,
    rigs: [
      (house) => sendAsExecutor(house, rogue),
      async (house) => sendAsExecutor(house, await doneStatement(house)),
    ],
  })
  t.diagnostic(reportText(report))
  assert.deepEqual(report.violations, [])
  const { sent } = report.judgement
  assert.ok(sent.statements > 0, 'nothing ran: there was nothing to judge')
  assert.ok(report.disturbances.length >= SECONDS / 5, 'hardly anything befell it')
  const [unapproved = [], twice = []] = report.rigged
  assert.ok(
    unapproved.some((found) => found.includes(rogue) && /no run was given leave/.test(found)),
    `an unapproved statement was not noticed: ${unapproved.join('; ')}`,
  )
  assert.ok(
    twice.some((found) => /received \d+ times, approved and started \d+ times/.test(found)),
    `a statement sent twice was not noticed: ${twice.join('; ')}`,
  )
})
