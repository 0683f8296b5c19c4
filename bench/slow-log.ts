// Reading and adding up a slow log, beside pt-query-digest on the same file in one run:
//   npm run bench -- slow-log [--quick] [--megabytes N] [--peer-megabytes N]
// It writes a deterministic log in the format of MySQL 8 into the temporary folder, and fails when event counts or sums of
// Query_time differ or the ratio falls below the aim.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { digestSlowLog, type SlowLogDigest } from '../src/engines/mysql/slow-log/index.ts'
import { writeSlowLog } from './slow-log/write-slow-log.ts'

const AIM_RATIO = 10
const PT_QUERY_DIGEST = '/usr/bin/pt-query-digest'
const SUM_TOLERANCE = 1e-6

interface Run {
  readonly seconds: number
  readonly megabytes: number
  readonly events: number
  readonly querySeconds: number
  readonly classes: number
  readonly peakMegabytes: number | undefined
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    megabytes: { type: 'string' },
    'peer-megabytes': { type: 'string' },
  },
})
const megabytes = Number(values.megabytes ?? (values.quick ? 20 : 220))
const peerMegabytes = Number(values['peer-megabytes'] ?? (values.quick ? 5 : 40))
process.exitCode = await main()

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-bench-slow-log-'))
  try {
    const whole = await makeLog(join(folder, 'whole.log'), megabytes)
    const part = await makeLog(join(folder, 'part.log'), Math.min(peerMegabytes, megabytes))
    print(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores`)
    await digestSlowLog([part]) // compiles the hot paths, as pt's start-up is not counted against perl either way
    report('dbmedic, whole file', await measureOurs(whole))
    const ours = await measureOurs(part)
    report('dbmedic, same file as pt', ours)
    if (!existsSync(PT_QUERY_DIGEST)) {
      print('pt-query-digest is not installed: no comparison')
      return 0
    }
    const theirs = await measurePercona(part)
    report('pt-query-digest', theirs)
    return compare(ours, theirs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeLog(path: string, size: number): Promise<string> {
  const stream = createWriteStream(path, { highWaterMark: 1 << 20 })
  for (const block of writeSlowLog(size * 1e6)) if (!stream.write(block)) await once(stream, 'drain')
  stream.end()
  await once(stream, 'close')
  return path
}

async function measureOurs(path: string): Promise<Run> {
  const start = performance.now()
  const digest: SlowLogDigest = await digestSlowLog([path])
  const seconds = (performance.now() - start) / 1000
  if (digest.malformed !== 0)
    throw new Error(`${digest.malformed} entries of a well-formed log were taken for malformed`)
  return {
    seconds,
    megabytes: statSync(path).size / 1e6,
    events: digest.events,
    querySeconds: digest.classes.reduce((sum, one) => sum + one.queryTimeSeconds.sum, 0),
    classes: digest.classes.length,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  }
}

async function measurePercona(path: string): Promise<Run> {
  const start = performance.now()
  const child = spawn(PT_QUERY_DIGEST, ['--output', 'json', '--limit', '100%', '--no-version-check', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  let peakMegabytes = 0
  const watch = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, residentMegabytes(child.pid))
  }, 200)
  for await (const chunk of child.stdout) output += String(chunk)
  clearInterval(watch)
  const seconds = (performance.now() - start) / 1000
  const { classes } = JSON.parse(output) as {
    classes: { query_count: number; metrics: { Query_time: { sum: string } } }[]
  }
  return {
    seconds,
    megabytes: statSync(path).size / 1e6,
    events: classes.reduce((sum, one) => sum + one.query_count, 0),
    querySeconds: classes.reduce((sum, one) => sum + Number(one.metrics.Query_time.sum), 0),
    classes: classes.length,
    peakMegabytes,
  }
}

function residentMegabytes(pid: number | undefined): number {
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1024
  } catch {
    return 0
  }
}

function report(name: string, run: Run): void {
  const speed = `${(run.megabytes / run.seconds).toFixed(1)} MB/s, ${Math.round(run.events / run.seconds)} events/s`
  print(
    `${name}: ${run.megabytes.toFixed(0)} MB, ${run.events} events, ${run.classes} classes, ` +
      `sum of Query_time ${run.querySeconds.toFixed(6)} s: ${run.seconds.toFixed(2)} s, ${speed}, peak ${run.peakMegabytes?.toFixed(0)} MB`,
  )
}

function compare(ours: Run, theirs: Run): number {
  const ratio = theirs.seconds / ours.seconds
  const same =
    ours.events === theirs.events &&
    Math.abs(ours.querySeconds - theirs.querySeconds) < SUM_TOLERANCE * ours.events
  print(`ratio ${ratio.toFixed(1)} (aim ${AIM_RATIO}); events and sums ${same ? 'are the same' : 'DIFFER'}`)
  return same && ratio >= AIM_RATIO ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
