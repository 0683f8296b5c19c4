/**
 * `npm run chaos -- --minutes N --seed S [--server mariadb|mysql] [--store sqlite|mariadb] [--quiet-ms MS]
 * [--round-minutes N] [--json FILE] [--report DIR]`. Exit codes: 0 every promise was kept, 1 it could not be played,
 * 2 wrong usage, 4 a promise was broken.
 * A target takes ten runs a day, so a long run is rounds, each with a new store, new servers and the next seed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SERVER_FLAVOURS, type ServerFlavour } from '../../src/lab/servers/index.ts'
import { type ChaosOptions, type ChaosReport, runChaos } from './chaos.ts'
import { STORES, type StoreKind } from './house.ts'
import { reportText, roundsText } from './report.ts'

const MINUTES_MAX = 24 * 60
const SEED_MAX = 2 ** 27

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    server: { type: 'string', default: 'mariadb' },
    store: { type: 'string', default: 'sqlite' },
    'quiet-ms': { type: 'string', default: '3000' },
    'round-minutes': { type: 'string', default: '4' },
    json: { type: 'string' },
    report: { type: 'string' },
  },
})

function usage(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(2)
}

function numberOf(
  name: 'minutes' | 'seed' | 'quiet-ms' | 'round-minutes',
  least: number,
  most: number,
): number {
  const value = Number(values[name])
  if (Number.isFinite(value) && value >= least && value <= most) return value
  return usage(`--${name} is a number from ${least} to ${most}`)
}

const flavour = SERVER_FLAVOURS.find((each): each is ServerFlavour => each === values.server)
const store = STORES.find((each): each is StoreKind => each === values.store)
const seconds = Math.round(numberOf('minutes', 0.25, MINUTES_MAX) * 60)
const seed = numberOf('seed', 0, SEED_MAX)
const options: Omit<ChaosOptions, 'seed' | 'seconds'> = {
  flavour: flavour ?? usage(`--server is one of ${SERVER_FLAVOURS.join(', ')}`),
  store: store ?? usage(`--store is one of ${STORES.join(', ')}`),
  quietMs: numberOf('quiet-ms', 100, 600_000),
  keepIn: values.report ?? null,
  say: (line) => void process.stderr.write(`${line}\n`),
}
const roundSeconds = Math.round(numberOf('round-minutes', 0.25, MINUTES_MAX) * 60)
if (values.report !== undefined) mkdirSync(values.report, { recursive: true })

const reports: ChaosReport[] = []
for (let played = 0; played < seconds; played += roundSeconds) {
  const round = { seed: seed + reports.length, seconds: Math.min(roundSeconds, seconds - played) }
  const report = await runChaos({ ...options, ...round })
  reports.push(report)
  const name = `chaos-${flavour}-${store}-seed-${round.seed}.md`
  if (values.report !== undefined) writeFileSync(join(values.report, name), reportText(report))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reports, null, 2)}\n`)
  process.stdout.write(reportText(report))
}
if (reports.length > 1) process.stdout.write(roundsText(reports))
if (values.report !== undefined)
  writeFileSync(join(values.report, `chaos-${flavour}-${store}.md`), roundsText(reports))
process.exitCode = reports.every(({ violations }) => violations.length === 0) ? 0 : 4
