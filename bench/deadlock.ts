/**
 * `npm run bench -- deadlock [MB]`: how fast error logs are searched for deadlocks, and with how much memory. Two logs of
 * MB megabytes (default 400) made in memory: a common one (one deadlock a megabyte) and one of nothing but deadlocks.
 */
import { readDeadlocks } from '../src/engines/mysql/deadlock/index.ts'
import { DEADLOCK_FORMS, printDeadlock } from '../test/support/print-deadlock.ts'
import { sampleDeadlock } from '../test/support/sample-deadlocks.ts'

const CHUNK_BYTES = 64 * 1024
const NOTE =
  "2026-03-04T05:06:07.200000Z 13 [Note] [MY-010914] [Server] Aborted connection 13 to db: 'shop' user: 'app' host: '10.0.0.5' (Got an error reading communication packets).\n"

/** A megabyte, more or less, repeated in chunks of the size a file is read in. */
function* log(block: Buffer, bytes: number): Generator<Buffer> {
  for (let given = 0; given < bytes; given += block.length) {
    for (let at = 0; at < block.length; at += CHUNK_BYTES) yield block.subarray(at, at + CHUNK_BYTES)
  }
}

async function measure(title: string, block: Buffer, bytes: number): Promise<void> {
  let deadlocks = 0
  let incomplete = 0
  let heapBytes = 0
  const began = performance.now()
  for await (const deadlock of readDeadlocks(log(block, bytes), { once: false })) {
    deadlocks += 1
    if (deadlock.incomplete) incomplete += 1
    if (deadlocks % 256 === 0) heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed)
  }
  const seconds = (performance.now() - began) / 1000
  const read = Math.ceil(bytes / block.length) * block.length
  const row = [
    title.padEnd(16),
    `${(read / 1e6 / seconds).toFixed(0)} MB/s`.padStart(10),
    `${(deadlocks / seconds).toFixed(0)} deadlocks/s`.padStart(20),
    `${deadlocks} read, ${incomplete} incomplete`.padStart(32),
    `peak heap ${(heapBytes / 1e6).toFixed(0)} MB`.padStart(20),
  ]
  process.stdout.write(`${row.join('')}\n`)
}

const bytes = Number(process.argv[2] ?? 400) * 1e6
const form = DEADLOCK_FORMS['mysql-8.4']
if (form === undefined || !(bytes > 0)) throw new RangeError('usage: npm run bench -- deadlock [MB]')
const dump = printDeadlock(sampleDeadlock(form), form, 'log')
const common = Buffer.from(NOTE.repeat(Math.ceil(1e6 / NOTE.length)) + dump)
const dumps = Buffer.from(dump.repeat(Math.ceil(1e6 / dump.length)))
await measure('common log', common, bytes)
await measure('only deadlocks', dumps, bytes)
