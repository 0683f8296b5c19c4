/**
 * The independent judge of a run of chaos: its own SQL over the store's rows, the audit chain by the command line,
 * and what the targets say they received. Every finding is a sentence; none means that every promise was kept.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Binding, Plan } from '../../src/core/plan.ts'
import type { Row } from '../../src/store/session.ts'
import { assertChain, assertRows } from '../support/history/invariants.ts'
import { connectionsOf } from './general-log.ts'
import type { DirectSession, House } from './house.ts'
import { judgeSent, type RecordedRun, type SentVerdict } from './judge-sent.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
/** Stories read at the command line. */
const STORIES_MAX = 5

/** What the judge found. */
export interface Judgement {
  readonly violations: readonly string[]
  readonly sent: SentVerdict
  /** Runs by outcome. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Runs that another executor settled. */
  readonly adopted: number
  /** Rows of some tables at the end, and decisions by status. */
  readonly counts: Readonly<Record<string, number>>
  readonly auditLinks: number
  /** Stories of runs that did not succeed, read at the command line. */
  readonly stories: number
}

/** Judges a house whose roles have ended. `heads` are heads of the chain noted meanwhile, oldest first. */
export async function judge(house: House, heads: readonly string[]): Promise<Judgement> {
  const session = await house.openSession()
  try {
    const rows = await session.rows(
      'SELECT x.*, d.binding_text, d.issue_id, d.target_id FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id ORDER BY x.execution_id',
    )
    const violations: string[] = rows.flatMap(recordProblems)
    const sent = judgeSent(rows.map(recordedRun), receivedBy(house))
    violations.push(...sent.violations)
    await found(violations, 'the rows', () => assertRows(session, sent.times, new Set()))
    await found(violations, 'the signatures', () => signaturesOfStarted(session, rows))
    await found(violations, 'the audit chain', () => assertChain(session))
    violations.push(...(await overlaps(session)))
    const auditLinks = await auditByCommand(house, heads, violations)
    const stories = await storiesByCommand(house, rows, violations)
    return {
      violations,
      sent,
      outcomes: tally(rows.map((row) => String(row['execution_outcome']))),
      adopted: rows.filter((row) => row['adopted_at'] !== null).length,
      counts: await counts(session),
      auditLinks,
      stories,
    }
  } finally {
    await session.close()
  }
}

async function found(violations: string[], where: string, look: () => Promise<void>): Promise<void> {
  await look().catch((error: unknown) => {
    violations.push(`${where}: ${error instanceof Error ? error.message : 'unknown'}`)
  })
}

const receivedBy = (house: House) =>
  house.targets.map(({ instanceUid, generalLog }) => ({
    instanceUid,
    connections: connectionsOf(generalLog, house.accounts.executor.user),
  }))

/** A run that is not over, or whose end says nothing, or whose plan is not what was signed. */
function recordProblems(row: Row): readonly string[] {
  const about = `run ${String(row['execution_id'])}`
  const problems: string[] = []
  const status = String(row['execution_status'])
  if (status === 'QUEUED' || status === 'IN_PROGRESS') problems.push(`${about} is ${status} at the end`)
  if (status === 'FAILED' && String(row['execution_errors'] ?? '').trim() === '')
    problems.push(`${about} is ${String(row['execution_outcome'])} and nobody says why`)
  const digest = createHash('sha256').update(String(row['binding_text']), 'utf8').digest('hex')
  if (digest !== row['plan_digest']) problems.push(`${about} carries another plan than was voted on`)
  return problems
}

/** The run as the judge of what was sent wants it. */
function recordedRun(row: Row): RecordedRun {
  const binding = JSON.parse(String(row['binding_text'])) as Binding
  const plan = row['purpose'] === 'UNDO' ? undoOf(binding) : binding
  const metrics = JSON.parse(String(row['pre_execution_metrics'] ?? '{}')) as {
    readonly session?: { readonly connectionId?: string }
  }
  return {
    executionId: Number(row['execution_id']),
    targetId: Number(row['target_id']),
    instanceUid: binding.target.instanceUid,
    connectionId: metrics.session?.connectionId ?? null,
    startedMs: timeMs(row['started_at']),
    finishedMs: timeMs(row['finished_at']),
    guards: plan.guards.map((step) => step.text),
    statements: plan.steps.map((step) => step.text),
  }
}

function undoOf({ undo }: Binding): Plan {
  if ('plan' in undo) return undo.plan
  return { guards: [], steps: [] }
}

/** Of `2026-11-21T08:00:00.000000Z` (SQLite) or `2026-11-21 08:00:00.000000` (a server, UTC). */
function timeMs(value: unknown): number | null {
  if (value === null || value === undefined) return null
  return Date.parse(`${String(value).replace(' ', 'T').replace(/Z$/, '')}Z`)
}

/** Every run that started carries signatures, whether or not anything of it arrived. */
async function signaturesOfStarted(session: DirectSession, rows: readonly Row[]): Promise<void> {
  const started = rows.filter((row) => row['started_at'] !== null).map((row) => Number(row['execution_id']))
  await assertRows(session, new Map(started.map((id) => [id, 1])), new Set())
}

/** Two runs on one target of which one began before the other was over, by the store's clock. */
async function overlaps(session: DirectSession): Promise<readonly string[]> {
  const pairs = await session.rows(
    `SELECT x.execution_id AS a, y.execution_id AS b FROM action_executions x JOIN recovery_decisions d ON d.decision_id = x.decision_id
      JOIN action_executions y ON y.execution_id > x.execution_id JOIN recovery_decisions e ON e.decision_id = y.decision_id
      WHERE d.target_id = e.target_id AND y.queued_at < x.finished_at AND x.queued_at < y.finished_at`,
  )
  return pairs.map(({ a, b }) => `runs ${String(a)} and ${String(b)} were open at the same time`)
}

async function counts(session: DirectSession): Promise<Readonly<Record<string, number>>> {
  const all: Record<string, number> = {}
  for (const table of [
    'detection_events',
    'detected_issues',
    'ai_analysis',
    'recovery_decisions',
    'admin_approvals',
    'action_executions',
    'execution_verifications',
  ]) {
    const [row] = await session.rows(`SELECT COUNT(*) AS n FROM ${table}`)
    all[table] = Number(row?.['n'])
  }
  const groups = [
    ['decision_status', 'recovery_decisions', 'decisions'],
    ['ending', 'decision_endings', 'endings'],
    ['approval_status', 'admin_approvals', 'votes'],
    ['purpose', 'action_executions', 'runs'],
  ] as const
  for (const [column, table, name] of groups) {
    const rows = await session.rows(
      `SELECT ${column} AS word, COUNT(*) AS n FROM ${table} GROUP BY ${column}`,
    )
    for (const row of rows) all[`${name} ${String(row['word'])}`] = Number(row['n'])
  }
  return all
}

/** Exports and verifies the chain as an examiner does, held against heads noted while all went on. */
async function auditByCommand(house: House, heads: readonly string[], violations: string[]): Promise<number> {
  const file = join(house.folder, `audit-${Date.now()}.jsonl`)
  const exported = await command(house, ['audit', 'export', file])
  if (exported.code !== 0) violations.push(`the chain cannot be exported: ${exported.said}`)
  let links = 0
  for (const head of [heads[0], heads.at(Math.floor(heads.length / 2)), heads.at(-1)]) {
    if (head === undefined) continue
    const verified = await command(house, ['audit', 'verify', file, '--head', head, '--json'])
    if (verified.code !== 0) violations.push(`the chain does not hold from ${head}: ${verified.said}`)
    else links = (JSON.parse(verified.said) as { readonly rows: number }).rows
  }
  return links
}

/** What `show` says of runs that did not succeed: the outcome and why. */
async function storiesByCommand(house: House, rows: readonly Row[], violations: string[]): Promise<number> {
  const failed = rows.filter((row) => row['execution_status'] === 'FAILED').slice(-STORIES_MAX)
  for (const row of failed) {
    const { code, said } = await command(house, ['show', String(row['issue_id'])])
    const words = (text: string): string => text.replace(/\s+/g, ' ')
    const why = words(String(row['execution_errors'])).slice(0, 24)
    if (code !== 0 || !said.includes(String(row['execution_outcome'])) || !words(said).includes(why))
      violations.push(
        `show ${String(row['issue_id'])} does not say what happened to run ${String(row['execution_id'])}`,
      )
  }
  return failed.length
}

/** Runs the command line to its end; its output, and the errors where it failed. */
function command(house: House, args: readonly string[]): Promise<{ code: number; said: string }> {
  const options = {
    env: { ...process.env, ...house.environment },
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, '-c', house.examinerFile, ...args], options, (error, out, err) =>
      resolve({
        code: error === null ? 0 : Number(error.code ?? -1),
        said: error === null ? out : `${out}${err}`,
      }),
    )
  })
}

function tally(words: readonly string[]): Readonly<Record<string, number>> {
  const counted: Record<string, number> = {}
  for (const word of words) counted[word] = (counted[word] ?? 0) + 1
  return counted
}
