/** The story: five kinds of errors, what the application saw of each, what dbmedic recorded, and what healed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool } from 'mysql2/promise'
import { closeGuard, guard, guardStatistics } from '../../guard/src/index.ts'
import type { FailureDetail } from '../../src/core/failure-patterns.ts'
import type { Decision, Verification } from '../../src/core/nouns.ts'
import type { Binding } from '../../src/core/plan.ts'
import type { RecoveryAttempt } from '../../src/core/recovery-records.ts'
import { approve } from '../../src/lab/run/robot-approver.ts'
import { type Clinic, openClinic } from './clinic.ts'
import { openShop } from './shop.ts'

/** Longest wait for one thing to happen, ms. */
const PATIENCE_MS = 60_000

/** A request as the shop's customer saw it answered. */
export interface Seen {
  readonly request: string
  readonly status: number
  readonly body: string
}

/** What came of it all. */
export interface Story {
  readonly seen: readonly Seen[]
  /** What is on record of each kind, with its explanation. */
  readonly recorded: readonly FailureDetail[]
  /** Transactions that the guard ran again. */
  readonly repeated: number
  readonly decision: Decision
  readonly plan: Binding
  /** The request for the missing table, after the run. */
  readonly healed: Seen
  /** What is on record of healing the error; it ends with the verdict. */
  readonly attempt: RecoveryAttempt
  /** Null: it was not waited for. */
  readonly verdict: Verification | null
}

/** Plays it on servers of its own, all stopped at the end. `verdict`: also waits until the run is verified. */
export async function playShop(
  say: (line: string) => void,
  options: { readonly verdict: boolean },
): Promise<Story> {
  say('starting a private MariaDB, the shop, and dbmedic …')
  const clinic = await openClinic()
  const own = createPool({ ...clinic.database, database: 'shop', connectionLimit: 5 })
  const pool = guard(own, { application: 'shop', reporting: { ...clinic.reports, everyMs: 200 } })
  const shop = await openShop(pool)
  try {
    const ask = (request: string, body?: object): Promise<Seen> => askShop(shop.url, request, body)
    const seen = await provoke(ask)
    for (const each of seen) say(`  ${each.request} → ${each.status} ${each.body}`)
    const missing = 'GET /coupons/SPRING'
    const decision = await decisionFor(clinic, () => ask(missing))
    const recorded = await recordedBy(clinic, seen.length)
    tellRecorded(recorded, say)
    const plan = JSON.parse(decision.bindingText) as Binding
    say(
      `decision ${decision.decisionId}, ${decision.riskLevel} risk: ${plan.action.name} ${JSON.stringify(plan.parameters)}`,
    )
    for (const { text } of plan.steps) say(`  | ${text.replaceAll('\n', '\n  | ')}`)
    const refusal = await approve(clinic.installation, clinic.people, decision)
    if (refusal !== null) throw new Error(`the votes were not taken: ${refusal}`)
    say(
      `approved by ${clinic.people.map(({ userName }) => userName).join(' and ')}, each with a key of their own`,
    )
    const healed = await until('the request to be answered', async () => {
      const again = await ask(missing)
      return again.status === 200 ? again : null
    })
    say(`  ${healed.request} → ${healed.status} ${healed.body}`)
    const verdict = options.verdict ? await verdictOn(clinic, decision) : null
    if (verdict !== null) say(`verified: ${verdict.verdict}`)
    const attempt = await attemptOf(clinic, recorded, { decision, isEnded: verdict !== null })
    say(`on record with the error: ${attempt.strategy}, decision ${attempt.decisionId}, ${endOf(attempt)}`)
    const { retries } = guardStatistics(pool)
    return { seen, recorded, repeated: retries, decision, plan, healed, attempt, verdict }
  } finally {
    await shop.close()
    await closeGuard(pool)
    await own.end()
    await clinic.stop()
  }
}

/** Each kind of error once, as customers cause them. */
async function provoke(ask: (request: string, body?: object) => Promise<Seen>): Promise<readonly Seen[]> {
  const [there, back] = await Promise.all([
    ask('POST /swaps', { from: 1, to: 2 }),
    ask('POST /swaps', { from: 2, to: 1 }),
  ])
  return [
    await ask('GET /coupons/SPRING'),
    await ask('POST /products', { sku: 'A-1', name: 'Another apron', stock: 1 }),
    await ask('POST /orders', { product: 4711, quantity: 1 }),
    await ask('GET /report'),
    there,
    back,
  ]
}

async function askShop(url: string, request: string, body?: object): Promise<Seen> {
  const [method = '', path = ''] = request.split(' ')
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { request, status: answer.status, body: await answer.text() }
}

/** Customers go on asking for what is missing until dbmedic proposes what would help. */
function decisionFor({ installation }: Clinic, askAgain: () => Promise<Seen>): Promise<Decision> {
  return until('a decision', async () => {
    await askAgain()
    const [decision] = await installation.store.read.decisions({ status: 'PENDING_APPROVAL', limit: 1 })
    return decision ?? null
  })
}

/** The kinds on record, once the analyst has put each into words. */
function recordedBy({ installation }: Clinic, most: number): Promise<readonly FailureDetail[]> {
  const { read } = installation.store
  return until('five kinds of errors in words', async () => {
    const { rows } = await read.failurePatterns({
      sort: 'first',
      descending: false,
      after: null,
      limit: most,
    })
    const details = await Promise.all(
      rows.map(({ workspaceId, signature }) => read.failurePattern(workspaceId, signature)),
    )
    const explained = details
      .filter((each) => each !== null)
      .filter((each) => each.recovery?.explanation != null)
    return explained.length >= 5 ? explained : null
  })
}

function tellRecorded(recorded: readonly FailureDetail[], say: (line: string) => void): void {
  for (const { pattern, sites, recovery } of recorded) {
    const { file, line } = sites[0]?.place ?? { file: 'an unknown place', line: 0 }
    say(`${pattern.failureType} ${pattern.signature.slice(0, 12)}: ${pattern.masked}`)
    say(`  ${pattern.occurrences} ×, first at ${file}:${line}`)
    if (recovery?.explanation != null)
      say(`  ${recovery.explanation.strategy}: ${recovery.explanation.summary}`)
  }
}

function verdictOn({ installation }: Clinic, { decisionId }: Decision): Promise<Verification> {
  const { read } = installation.store
  return until('a verdict', async () => {
    const [run] = await read.executions({ decisionId, limit: 1 })
    const [verdict] = run === undefined ? [] : await read.verifications(run.executionId)
    return verdict ?? null
  })
}

/** The attempt that the run of the decision is, once it is on record, or has ended. */
function attemptOf(
  { installation }: Clinic,
  recorded: readonly FailureDetail[],
  { decision, isEnded }: { readonly decision: Decision; readonly isEnded: boolean },
): Promise<RecoveryAttempt> {
  const missing = recorded.find(({ pattern }) => pattern.failureType === 'TABLE_NOT_FOUND')?.pattern
  if (missing === undefined) throw new Error('the missing table is not on record')
  return until('the attempt to heal it', async () => {
    const detail = await installation.store.read.failurePattern(missing.workspaceId, missing.signature)
    const attempt = detail?.recovery?.latest.find((each) => each.decisionId === decision.decisionId)
    return attempt === undefined || (isEnded && attempt.success === null) ? null : attempt
  })
}

const endOf = ({ success }: RecoveryAttempt): string =>
  success === null ? 'until its verdict' : success ? 'a success' : 'a failure'

/** Looks until there is an answer. @throws Error after a minute */
async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(100)) {
    const found = await look()
    if (found !== null) return found
  }
  throw new Error(`waited in vain for ${what}`)
}
