/**
 * `npm run bench -- slow-log`: reading and adding up a slow log, beside pt-query-digest on the same file in the same run. It
 * writes a deterministic log in the format of MySQL 8; event counts or sums of Query_time that differ are a problem.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestSlowLog, type SlowLogDigest } from '../src/engines/mysql/slow-log/index.ts'
import { writeSlowLog } from './slow-log/write-slow-log.ts'
import { markdownTable } from './support/markdown-table.ts'
import { toolkitVersion } from './support/percona-toolkit.ts'
import { type BenchResult, type BenchRun, runBench } from './support/run-bench.ts'

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

async function measure(run: BenchRun): Promise<BenchResult> {
  const megabytes = run.options.number('megabytes')
  const folder = await mkdtemp(join(tmpdir(), 'dbmedic-bench-slow-log-'))
  run.onEnd(async () => rmSync(folder, { recursive: true, force: true }))
  const whole = await makeLog(join(folder, 'whole.log'), megabytes)
  const part = await makeLog(
    join(folder, 'part.log'),
    Math.min(run.options.number('peer-megabytes'), megabytes),
  )
  await digestSlowLog([part]) // compiles the hot paths, as pt's start-up is not counted against perl either way
  const all = await measureOurs(whole)
  const ours = await measureOurs(part)
  const theirs = existsSync(PT_QUERY_DIGEST) ? await measurePercona(part) : null
  const rows = [cellsOf('dbmedic, whole file', all), cellsOf('dbmedic, same file as pt', ours)]
  if (theirs !== null) rows.push(cellsOf('pt-query-digest', theirs))
  return {
    figures: { whole: all, ours, theirs },
    markdown: markdownTable(
      ['run', 'MB', 'events', 'classes', 'sum of Query_time s', 's', 'MB/s', 'events/s', 'peak MB'],
      rows,
    ),
    ...(theirs === null ? ALONE : comparison(ours, theirs)),
    versions: [toolkitVersion(PT_QUERY_DIGEST) ?? 'pt-query-digest is not installed'],
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

function cellsOf(name: string, run: Run): string[] {
  return [
    name,
    run.megabytes.toFixed(0),
    String(run.events),
    String(run.classes),
    run.querySeconds.toFixed(3),
    run.seconds.toFixed(2),
    (run.megabytes / run.seconds).toFixed(1),
    (run.events / run.seconds).toFixed(0),
    run.peakMegabytes?.toFixed(0) ?? '-',
  ]
}

const ALONE = { headlines: ['pt-query-digest is not installed: no comparison'], problems: [] }

function comparison(ours: Run, theirs: Run): Pick<BenchResult, 'problems' | 'headlines'> {
  const ratio = theirs.seconds / ours.seconds
  const same =
    ours.events === theirs.events &&
    Math.abs(ours.querySeconds - theirs.querySeconds) < SUM_TOLERANCE * ours.events
  const met = ratio >= AIM_RATIO ? 'met' : 'MISSED'
  return {
    headlines: [
      `${ratio.toFixed(1)} times as fast as pt-query-digest (aim ${AIM_RATIO}: ${met}); same events and sums`,
    ],
    problems: same ? [] : ['event counts or sums of Query_time differ from pt-query-digest’s'],
  }
}

await runBench({
  name: 'slow-log',
  title: 'Slow log',
  purpose: 'Reading and adding up a slow log, beside pt-query-digest on the same file.',
  options: {
    megabytes: { kind: 'number', value: 220, quick: 20, min: 1, max: 100_000, help: 'size of the whole log' },
    'peer-megabytes': {
      kind: 'number',
      value: 40,
      quick: 5,
      min: 1,
      max: 10_000,
      help: 'size of the part both read',
    },
  },
  measure,
})
