/**
 * The disk of the target's temporary folder is full while an approved statement runs: the run FAILED with the server's own
 * words, what is there afterwards is asked and said, the table is as it was, and nothing is sent again.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createExecutor, readStory } from '../../src/app/index.ts'
import { SERVER_FLAVOURS } from '../../src/lab/servers/index.ts'
import { startTarget, timesReceived } from '../support/consented-run.ts'
import { consentAll, endingOf } from '../support/consented-runs.ts'
import { skipServer } from '../support/each-server.ts'

/** Room for a server to start, and not for the sort of an index over the rows. */
const DISK = '2m'
const ROWS = 400_000

function whyNoDisk(): string | false {
  const probe = join(tmpdir(), `dbmedic-mount-tmp-${process.pid}`)
  mkdirSync(probe)
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'dbmedic-test', probe]).status === 0
  if (isMounted) execFileSync('umount', [probe])
  rmSync(probe, { recursive: true, force: true })
  return isMounted ? false : 'a small disk of its own cannot be mounted here'
}

const noDisk = whyNoDisk()

for (const flavour of SERVER_FLAVOURS) {
  const skip = skipServer(flavour) || noDisk
  test(`a full temporary disk of the target fails the run in the server’s words [${flavour}]`, {
    skip,
  }, async (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'dbmedic-full-tmp-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'dbmedic-test', disk])
    chmodSync(disk, 0o777)
    t.after(() => {
      execFileSync('umount', ['-l', disk])
      rmSync(disk, { recursive: true, force: true })
    })
    const target = await startTarget(flavour, { innodb_tmpdir: disk, innodb_sort_buffer_size: '65536' })
    t.after(() => target.stop())
    const of = await consentAll(target, { names: ['shop'], rowsOf: () => ROWS, leaseSeconds: 30 })
    t.after(() => of.stop())
    const ready = of.runs.get('shop')
    assert.ok(ready !== undefined)
    const lease = { owner: 'executor', seconds: 30 }
    const executor = createExecutor({ config: of.config, port: of.store.act, lease, log: () => undefined })
    await executor.runNow(ready.decision.decisionId)
    const { run, issue, received } = await endingOf(of, 'shop', target)
    t.diagnostic(
      `${target.server.version}, ${statfsSync(disk).blocks} blocks: ${run?.executionOutcome}: ${run?.executionErrors}`,
    )
    assert.deepEqual(
      [run?.executionStatus, run?.executionOutcome, received, issue],
      ['FAILED', 'FAILED', 1, 'UNDER_ANALYSIS'],
    )
    assert.match(run?.executionErrors ?? '', /full|space|Temporary file write failure|errno: 28/i)
    // What stands in the row is what any person reads; nothing was half applied.
    const story = await readStory(of.store.read, ready.decision.issueId)
    assert.equal(story?.decisions[0]?.executions[0]?.execution.executionErrors, run?.executionErrors)
    const [indexes] = await target.root.query(`SHOW INDEX FROM shop.${ready.table}`)
    assert.deepEqual(
      (indexes as { Key_name: string }[]).map((i) => i.Key_name),
      ['PRIMARY'],
    )
    const [count] = await target.root.query(`SELECT COUNT(*) AS n FROM shop.${ready.table}`)
    assert.ok(Number((count as { n: number }[])[0]?.n) >= ROWS)
    // Nobody sends it again: neither this executor nor another one.
    await executor.turn()
    await executor.idle()
    assert.equal(await timesReceived(target, ready.statement), 1)
    assert.deepEqual(await of.store.act.runnable(100), [])
  })
}
