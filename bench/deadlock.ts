/**
 * `npm run bench -- deadlock`: how fast error logs are searched for deadlocks, and with how much memory. Two logs made in
 * memory: a common one (one deadlock a megabyte) and one of nothing but deadlocks.
 */
import { readDeadlocks } from '../src/engines/mysql/deadlock/index.ts'
import { DEADLOCK_FORMS, printDeadlock } from '../test/support/print-deadlock.ts'
import { sampleDeadlock } from '../test/support/sample-deadlocks.ts'
import { markdownTable } from './support/markdown-table.ts'
import { runBench } from './support/run-bench.ts'

const CHUNK_BYTES = 64 * 1024
const NOTE =
  "2026-03-04T05:06:07.200000Z 13 [Note] [MY-010914] [Server] Aborted connection 13 to db: 'shop' user: 'app' host: '10.0.0.5' (Got an error reading communication packets).\n"

interface Searched {
  readonly log: string
  readonly bytes: number
  readonly seconds: number
  readonly deadlocks: number
  readonly incomplete: number
  readonly heapBytes: number
}

/** A megabyte, more or less, repeated in chunks of the size a file is read in. */
function* logOf(block: Buffer, bytes: number): Generator<Buffer> {
  for (let given = 0; given < bytes; given += block.length) {
    for (let at = 0; at < block.length; at += CHUNK_BYTES) yield block.subarray(at, at + CHUNK_BYTES)
  }
}

async function search(log: string, block: Buffer, bytes: number): Promise<Searched> {
  let deadlocks = 0
  let incomplete = 0
  let heapBytes = 0
  const began = performance.now()
  for await (const deadlock of readDeadlocks(logOf(block, bytes), { once: false })) {
    deadlocks += 1
    if (deadlock.incomplete) incomplete += 1
    if (deadlocks % 256 === 1) heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed)
  }
  const seconds = (performance.now() - began) / 1000
  const read = Math.ceil(bytes / block.length) * block.length
  return { log, bytes: read, seconds, deadlocks, incomplete, heapBytes }
}

await runBench({
  name: 'deadlock',
  title: 'Searching error logs for deadlocks',
  purpose: 'Throughput and memory of the reader of deadlocks on error logs made for it.',
  options: {
    megabytes: { kind: 'number', value: 400, quick: 40, min: 1, max: 100_000, help: 'size of each log' },
  },
  async measure(run) {
    const bytes = run.options.number('megabytes') * 1e6
    const form = DEADLOCK_FORMS['mysql-8.4']
    if (form === undefined) throw new RangeError('there is no form mysql-8.4')
    const dump = printDeadlock(sampleDeadlock(form), form, 'log')
    const common = Buffer.from(NOTE.repeat(Math.ceil(1e6 / NOTE.length)) + dump)
    const dumps = Buffer.from(dump.repeat(Math.ceil(1e6 / dump.length)))
    const searched = [
      await search('one a megabyte', common, bytes),
      await search('nothing but deadlocks', dumps, bytes),
    ]
    return {
      figures: searched,
      markdown: markdownTable(
        ['log', 'MB/s', 'deadlocks/s', 'read', 'incomplete', 'peak heap MB'],
        searched.map((s) => [
          s.log,
          (s.bytes / 1e6 / s.seconds).toFixed(0),
          (s.deadlocks / s.seconds).toFixed(0),
          String(s.deadlocks),
          String(s.incomplete),
          (s.heapBytes / 1e6).toFixed(0),
        ]),
      ),
      headlines: searched.map((s) => `${s.log}: ${(s.bytes / 1e6 / s.seconds).toFixed(0)} MB/s`),
      problems: searched.flatMap((s) =>
        s.incomplete > 0 ? [`${s.log}: ${s.incomplete} whole deadlocks were read as incomplete`] : [],
      ),
    }
  },
})
