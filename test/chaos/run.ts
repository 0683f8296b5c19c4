/**
 * `npm run chaos -- --minutes N --seed S [--server mariadb|mysql] [--store sqlite|mariadb] [--quiet-ms MS] [--json FILE]
 * [--report DIR]`. Exit codes: 0 every promise was kept, 1 it could not be played, 2 wrong usage, 4 a promise was broken.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SERVER_FLAVOURS, type ServerFlavour } from '../../src/lab/servers/index.ts'
import { type ChaosOptions, runChaos } from './chaos.ts'
import { STORES, type StoreKind } from './house.ts'
import { reportText } from './report.ts'

const MINUTES_MAX = 24 * 60

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    server: { type: 'string', default: 'mariadb' },
    store: { type: 'string', default: 'sqlite' },
    'quiet-ms': { type: 'string', default: '3000' },
    json: { type: 'string' },
    report: { type: 'string' },
  },
})

function usage(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(2)
}

function numberOf(name: 'minutes' | 'seed' | 'quiet-ms', least: number, most: number): number {
  const value = Number(values[name])
  if (Number.isFinite(value) && value >= least && value <= most) return value
  return usage(`--${name} is a number from ${least} to ${most}`)
}

const flavour = SERVER_FLAVOURS.find((each): each is ServerFlavour => each === values.server)
const store = STORES.find((each): each is StoreKind => each === values.store)
const options: ChaosOptions = {
  seconds: Math.round(numberOf('minutes', 0.25, MINUTES_MAX) * 60),
  seed: numberOf('seed', 0, 2 ** 31),
  flavour: flavour ?? usage(`--server is one of ${SERVER_FLAVOURS.join(', ')}`),
  store: store ?? usage(`--store is one of ${STORES.join(', ')}`),
  quietMs: numberOf('quiet-ms', 100, 600_000),
  say: (line) => void process.stderr.write(`${line}\n`),
}

const report = await runChaos(options)
const text = reportText(report)
process.stdout.write(text)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (values.report !== undefined) {
  mkdirSync(values.report, { recursive: true })
  const name = `chaos-${flavour}-${store}-seed-${options.seed}`
  writeFileSync(join(values.report, `${name}.md`), text)
}
process.exitCode = report.violations.length === 0 ? 0 : 4
