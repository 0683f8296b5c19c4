/** Reads the scenario folders of /lab. A folder that does not say what it must is an error, never skipped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { z } from 'zod'
import { DbmedicError } from '../../core/errors.ts'
import { expectFile, faultFile, oracleFile, remedyFile, type Scenario, workloadFile } from './shape.ts'
import { type Drawn, draw, fillIn, fillText, varyFile } from './vary.ts'

/** Where the scenarios of the MySQL family are. */
export const MYSQL_SCENARIOS = fileURLToPath(new URL('../../../lab/mysql', import.meta.url))

/** Where to read scenarios from, and for which seed. */
export interface LoadOptions {
  /** Default the scenarios of the MySQL family. */
  readonly folder?: string
  /** Draws what varies; default 1. */
  readonly seed?: number
}

/** Every scenario of a folder, in the order of the fault catalogue, controls last. @throws DbmedicError DBM_LAB_SCENARIO */
export function loadScenarios({ folder = MYSQL_SCENARIOS, seed = 1 }: LoadOptions = {}): readonly Scenario[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  const order = (s: Scenario): number => s.fault.number ?? Number.POSITIVE_INFINITY
  return names
    .sort()
    .map((name) => loadScenario(folder, name, seed))
    .sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1))
}

/** One scenario as a seed makes it. @throws DbmedicError DBM_LAB_SCENARIO */
export function loadScenario(folder: string, name: string, seed: number): Scenario {
  const place = join(folder, name)
  const drawn = draw(readYaml(varyFile, { place, file: 'vary.yaml', drawn: {} }) ?? {}, seed)
  const read = <T extends z.ZodType>(shape: T, file: string) => readYaml(shape, { place, file, drawn })
  const scenario = {
    name,
    seed,
    drawn,
    setup: readSql(place, 'setup.sql', drawn),
    accounts: readSql(place, 'accounts.sql', drawn),
    workload: read(workloadFile, 'workload.yaml') ?? workloadFile.parse({}),
    fault: required(read(faultFile, 'fault.yaml'), name, 'fault.yaml'),
    expect: required(read(expectFile, 'expect.yaml'), name, 'expect.yaml'),
    remedy: read(remedyFile, 'remedy.yaml'),
    oracle: read(oracleFile, 'oracle.yaml'),
  }
  const problem = contradiction(scenario)
  if (problem !== null) throw new DbmedicError('DBM_LAB_SCENARIO', { scenario: name, problem })
  return scenario
}

interface FileOf {
  readonly place: string
  readonly file: string
  readonly drawn: Drawn
}

function readSql(place: string, file: string, drawn: Drawn): string {
  const path = join(place, file)
  return existsSync(path) ? orProblem(place, () => fillText(readFileSync(path, 'utf8'), drawn)) : ''
}

function readYaml<T extends z.ZodType>(shape: T, { place, file, drawn }: FileOf): z.output<T> | null {
  const path = join(place, file)
  if (!existsSync(path)) return null
  const parsed = shape.safeParse(orProblem(path, () => fillIn(parse(readFileSync(path, 'utf8')), drawn)))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const problem = `${file}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not what it must be'}`
  throw new DbmedicError('DBM_LAB_SCENARIO', { scenario: place, problem })
}

function orProblem<T>(scenario: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'it cannot be read'
    throw new DbmedicError('DBM_LAB_SCENARIO', { scenario, problem }, error)
  }
}

function required<T>(value: T | null, scenario: string, file: string): T {
  if (value !== null) return value
  throw new DbmedicError('DBM_LAB_SCENARIO', { scenario, problem: `there is no ${file}` })
}

/** What no single file can be wrong about; null if all fits. */
function contradiction(scenario: Scenario): string | null {
  const { fault, workload, expect, remedy } = scenario
  const sessions = [...workload.sessions, ...fault.sessions, ...(remedy?.sessions ?? [])].map((s) => s.name)
  const known = new Set(sessions)
  if (known.size !== sessions.length) return 'two sessions have the same name'
  const missing = sessionsNamed(scenario).find((name) => !known.has(name))
  if (missing !== undefined) return `no session is named ${missing}`
  if (fault.control !== (expect.issues.length + expect.gaps.length === 0))
    return 'a control expects no issue, every fault at least one, or a gap that hides it'
  return fault.safe === null ? null : unsafe(scenario)
}

/** Server options that only make room for loading on a private server; a server of the user's has its own. */
const ROOM_TO_LOAD = ['loose_innodb_log_file_size', 'loose_innodb_redo_log_capacity']
/** Sessions of a scenario that is safe, at most. */
const SAFE_SESSIONS = 40

/** Why a scenario that says it is safe on a server of the user's is not; null if it is. */
function unsafe({ fault, workload, expect, setup, accounts, remedy }: Scenario): string | null {
  const sessions = [...workload.sessions, ...fault.sessions, ...(remedy?.sessions ?? [])]
  const statements = [setup, ...fault.statements, ...sessions.flatMap((s) => s.script.map(String))].join('\n')
  const reasons: readonly (readonly [boolean, string])[] = [
    [Object.keys(fault.server).some((o) => !ROOM_TO_LOAD.includes(o)), 'options of the server'],
    [Object.keys(fault.target).length > 0, 'options of the target'],
    [fault.happenings.some((h) => h.does !== 'owner'), 'a restart, a busy machine, or statements of root'],
    [accounts !== '', 'accounts.sql'],
    [expect.effect?.measure === 'file-size', 'a file of the server'],
    [/\bSET\s+(?:@@)?(?:GLOBAL|PERSIST)\b|\bFLUSH\b|\bKILL\b/i.test(statements), 'a global statement'],
    [/\b(?:shop|mysql|sys|performance_schema)\s*\./i.test(statements), 'a schema by name'],
    [expect.issues.some((i) => i.resource?.includes('shop') === true), 'the schema’s name'],
    [sessions.reduce((n, s) => n + s.count, 0) > SAFE_SESSIONS, `more than ${SAFE_SESSIONS} sessions`],
  ]
  const [, against] = reasons.find(([is]) => is) ?? []
  return against === undefined ? null : `it says it is safe on a server of the user’s, and needs ${against}`
}

/** Sessions that other files speak of. */
function sessionsNamed({ expect, remedy, oracle }: Scenario): readonly string[] {
  const { issues, effect } = expect
  const measured = effect === undefined || effect.measure === 'file-size' ? [] : [effect.of]
  const afterwards = effect?.afterOf === undefined ? [] : [effect.afterOf]
  const bound = issues.flatMap((i) => i.binds ?? [])
  return [...bound, ...(remedy?.instead ?? []), ...(oracle?.ends ?? []), ...measured, ...afterwards]
}
