/**
 * Writes a slow log as a busy server does, in a process of its own. Usage: node slow-log-writer.ts PATH MIB_PER_SECOND
 * SECONDS STEPS. In each of STEPS spans it writes at that rate; after a span it says `written ENTRIES BYTES` (in all so
 * far) and waits for a word on its standard input: `on`, `rotate` (the file gets another name, a new one begins) or
 * `truncate`.
 */
import { closeSync, ftruncateSync, openSync, renameSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const [, , path = '', rate = '50', seconds = '1', steps = '3'] = process.argv
const BLOCK_MS = 20
const MIB = 1024 * 1024

const entry = (n: number): string => `# User@Host: shop[shop] @ localhost []
# Thread_id: 11  Schema: shop  QC_hit: No
# Query_time: 0.000115  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: ${n % 1000}
SET timestamp=1795236299;
SELECT id, customer, note FROM orders_${n % 40} WHERE customer = ${n} AND note <> '${'x'.repeat(n % 400)}';
`

const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
let file = openSync(path, 'a')
let [entries, bytes] = [0, 0]

/** Further entries, a little more than 1 MiB. */
function nextBlock(): string {
  let block = ''
  for (; block.length < MIB; entries += 1) block += entry(entries)
  return block
}

for (let step = 0; step < Number(steps); step += 1) {
  const [began, before] = [performance.now(), bytes]
  const whole = Number(rate) * MIB * Number(seconds)
  while (bytes - before < whole) {
    const due = Math.min(whole, ((performance.now() - began) / 1000) * Number(rate) * MIB)
    while (bytes - before < due) {
      const block = nextBlock()
      writeSync(file, block)
      bytes += block.length
    }
    await sleep(BLOCK_MS)
  }
  process.stdout.write(`written ${entries} ${bytes}\n`)
  const { value: word } = await words.next()
  if (word === 'truncate') ftruncateSync(file, 0)
  if (word !== 'rotate') continue
  renameSync(path, `${path}.${step + 1}`)
  closeSync(file)
  file = openSync(path, 'a')
}
process.stdin.destroy()
