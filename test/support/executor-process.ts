/**
 * An executor in a process of its own, for tests that kill it. Usage: node executor-process.ts CONFIG.json [turns]
 * [decision]: with a decision it runs this one and no other, as `dbmedic execute` does.
 * DBM_TEST_KILL_AT names the point at which it ends itself with SIGKILL, DBM_TEST_STOP_AT the one at which it
 * stops itself with SIGSTOP. With DBM_TEST_HOLD_SENT=1 it never learns what a statement came to: it waits for its end
 * from outside. It prints `point NAME` for every
 * point it passes, takes turns until it is told to stop by its count of turns, and then says `done`.
 */
import { readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { configSchema, createExecutor, lease, openInstallation } from '../../src/app/index.ts'
import type { ActPort } from '../../src/core/store-ports.ts'
import { MysqlActSession } from '../../src/engines/mysql/act/act-session.ts'

const killAt = process.env['DBM_TEST_KILL_AT'] ?? ''
const stopAt = process.env['DBM_TEST_STOP_AT'] ?? ''

/** Longer than any test waits for this process, ms. */
const HELD_MS = 60_000

/** Says where we are; the end, if this is the place. Nothing asynchronous: a kill is not waited for. */
function reach(point: string): void {
  writeSync(1, `point ${point}\n`)
  if (point === killAt) process.kill(process.pid, 'SIGKILL')
  if (point === stopAt) process.kill(process.pid, 'SIGSTOP')
}

/** The port with a point after (or around) each write. */
function withPoints(port: ActPort): ActPort {
  let records = 0
  return {
    ...port,
    queueExecution: async (...args) => {
      reach('queue-before')
      const id = await port.queueExecution(...args)
      if (id !== null) reach('queued')
      return id
    },
    startExecution: async (...args) => {
      reach('start-before')
      const started = await port.startExecution(...args)
      if (started) reach('started')
      return started
    },
    recordSteps: async (...args) => {
      records += 1
      const name = `record-${records}`
      reach(`${name}-before`)
      await port.recordSteps(...args)
      reach(`${name}-after`)
    },
    finishExecution: async (...args) => {
      reach('finish-before')
      await port.finishExecution(...args)
      reach('finish-after')
    },
  }
}

/** Points around each step that is sent; `sending` is while the server works on a statement. */
function watchSends(): void {
  const send = MysqlActSession.prototype.send
  let sends = 0
  MysqlActSession.prototype.send = async function (step, mayGo) {
    sends += 1
    const name = `send-${sends}`
    const working = send.call(this, step, () => {
      const may = mayGo === undefined || mayGo()
      // The last instant before the bytes: everything was checked, nothing was sent.
      if (may) reach(`${name}-allowed`)
      return may
    })
    if (step.kind === 'statement')
      setTimeout(() => reach('sending'), Number(process.env['DBM_TEST_SENDING_MS'] ?? 3))
    const result = await working
    if (step.kind === 'statement' && process.env['DBM_TEST_HOLD_SENT'] === '1') await sleep(HELD_MS)
    reach(`${name}-returned`)
    return result
  }
}

const [, , configFile = '', turns = '1', decision] = process.argv
const config = configSchema.parse(JSON.parse(readFileSync(configFile, 'utf8')))
const log = (line: object): void => void writeSync(2, `${JSON.stringify(line)}\n`)
const installation = await openInstallation(config, log, ['act'])
const port = installation.store.act
if (port === null) throw new Error('there is no port of the act role')
watchSends()
const executor = createExecutor({ config, port: withPoints(port), lease: lease(installation), log })
writeSync(1, 'ready\n')
if (decision !== undefined) await executor.runNow(Number(decision))
for (let turn = 0; decision === undefined && turn < Number(turns); turn += 1) {
  await executor
    .turn()
    .catch((error: unknown) => writeSync(1, `failed ${error instanceof Error ? error.message : 'unknown'}\n`))
  await sleep(250)
}
await executor.idle()
await installation.store.close()
writeSync(1, 'done\n')
process.exit(0)
