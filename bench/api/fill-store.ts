/**
 * A store as after a busy year: events, issues, decisions with their votes, runs, verdicts and lessons. One whole story
 * a target is written through the roles' ports; the others are copies of its rows, made in bulk by the owner and judged
 * row by row by the store's own rules. Signatures are copied too, so nothing of it would ever be run.
 */
import { actionRows } from '../../src/app/catalogue.ts'
import { toMs } from '../../src/core/time.ts'
import {
  decide,
  type FullStore,
  makeIssue,
  makeWorld,
  newLesson,
  newVerdict,
  newVote,
  onlyRunnable,
  run as runToItsEnd,
  type World,
} from '../../test/support/pipeline-rows.ts'
import type { BenchRun } from '../support/run-bench.ts'
import type { BenchStore } from './bench-store.ts'
import { copyByTemporary, copyStatement, numbers } from './copied-rows.ts'

/** How much of each. */
export interface Sizes {
  readonly events: number
  readonly issues: number
  readonly decisions: number
  readonly targets: number
}

/** What the others are copies of, by target. */
interface Story {
  readonly targetId: number
  readonly issueId: number
  readonly decisionId: number
  readonly approvalId: number
  readonly executionId: number
}

const EVENTS_A_STATEMENT = 20_000
const ISSUES_A_STATEMENT = 1_000
/** Of a hundred decisions so many still wait; so many of the others were declined. */
const WAITING_PERCENT = 4
/** Valid through the whole bench; at most 7 days. */
const VALID_SECONDS = 6 * 86_400

/** Fills the store and gives the world it is filled in. */
export async function fillStore(run: BenchRun, bench: BenchStore, sizes: Sizes): Promise<World> {
  const world = await makeWorld(withRealCatalogue(bench.store))
  const stories: Story[] = []
  for (let at = 0; at < sizes.targets; at += 1) stories.push(await writeStory(world, at))
  const filling = new Filling(run, bench, { sizes, stories })
  await filling.all()
  return world
}

/** The tests' world has actions of its own; the program would not start on them. */
export const withRealCatalogue = (store: FullStore): FullStore => ({
  ...store,
  serve: { ...store.serve, mirrorActions: () => store.serve.mirrorActions(actionRows()) },
})

/** One target with one story from event to lesson. */
async function writeStory(first: World, at: number): Promise<Story> {
  const { store } = first
  const targetId = at === 0 ? first.targetId : await newTarget(first, `shop-${at}`)
  const world = { ...first, targetId }
  const issueId = await makeIssue(world, `shop.orders_${at}`)
  const decision = await decide(world, issueId, { validSeconds: VALID_SECONDS })
  const { decisionId } = decision
  const expiresAt = new Date(toMs(await store.read.now()) + 23 * 3_600_000).toISOString().replace('Z', '000Z')
  const approvalId = await store.serve.insertApproval(
    await newVote(world, decision, world.bert, { expiresAt }),
  )
  const executionId = await runToItsEnd(world, await onlyRunnable(world, decisionId))
  await store.act.insertVerification(newVerdict(executionId, 'improved'))
  await store.learn.insertLesson(newLesson({ issueId, decisionId, executionId }))
  return { targetId, issueId, decisionId, approvalId, executionId }
}

async function newTarget({ store }: World, targetName: string): Promise<number> {
  const connection = { host: 'db1', password: 'env:SHOP_PASSWORD' }
  const targetId = await store.serve.addTarget({ targetName, engine: 'mysql', connection })
  await store.observe.setTargetIdentity(targetId, 'instance-1')
  return targetId
}

class Filling {
  readonly #run: BenchRun
  readonly #bench: BenchStore
  readonly #sizes: Sizes
  readonly #stories: readonly Story[]
  readonly #perIssue: number
  readonly #isSqlite: boolean
  /** Numbers of the copies begin after these. */
  #base = { event: 0, issue: 0, decision: 0 }

  constructor(
    run: BenchRun,
    bench: BenchStore,
    of: { readonly sizes: Sizes; readonly stories: readonly Story[] },
  ) {
    this.#run = run
    this.#bench = bench
    this.#sizes = of.sizes
    this.#stories = of.stories
    this.#perIssue = Math.max(1, Math.floor(of.sizes.events / of.sizes.issues))
    this.#isSqlite = bench.kind === 'sqlite'
  }

  async all(): Promise<void> {
    const { owner } = this.#bench
    // The bench can be filled again; nothing of it needs to outlive a crash of the machine.
    if (this.#isSqlite) await owner.run('PRAGMA synchronous = OFF')
    this.#base = {
      event: await this.#most('detection_events', 'event_id'),
      issue: await this.#most('detected_issues', 'issue_id'),
      decision: await this.#most('recovery_decisions', 'decision_id'),
    }
    await this.#events()
    await this.#issues()
    await this.#decisions()
    await this.#endings()
    // A server gathers its statistics by itself, in time; an SQLite store never has any.
    if (!this.#isSqlite)
      await owner.run('ANALYZE TABLE detection_events, detected_issues, recovery_decisions, audit_log')
  }

  async #most(table: string, column: string): Promise<number> {
    const [row] = await this.#bench.owner.rows(`SELECT MAX(${column}) AS most FROM ${table}`)
    return Number(row?.['most'] ?? 0)
  }

  #sha(text: string): string {
    return this.#isSqlite ? `dbm_sha256(${text})` : `SHA2(${text}, 256)`
  }

  #text(value: string): string {
    return this.#isSqlite ? `CAST(${value} AS TEXT)` : `CAST(${value} AS CHAR)`
  }

  #concat(...parts: readonly string[]): string {
    return this.#isSqlite ? `(${parts.join(' || ')})` : `CONCAT(${parts.join(', ')})`
  }

  /** A whole part of a division; MySQL's / gives fractions. */
  #div(value: string, by: number): string {
    return this.#isSqlite ? `(${value} / ${by})` : `(${value} DIV ${by})`
  }

  /** The target of the issue with that number: they take turns. */
  #targetOf(issue: string): string {
    const turns = this.#stories.map(({ targetId }, at) => `WHEN ${at} THEN ${targetId}`)
    return `CASE ${issue} % ${this.#stories.length} ${turns.join(' ')} END`
  }

  async #events(): Promise<void> {
    const events = this.#perIssue * this.#sizes.issues
    const [template] = await this.#bench.owner.rows('SELECT MIN(event_id) AS id FROM detection_events')
    const issue = this.#div('n.i', this.#perIssue)
    const changes = {
      event_id: `${this.#base.event} + 1 + n.i`,
      target_id: this.#targetOf(issue),
      issue_fingerprint: this.#sha(this.#concat("'bench '", this.#text(issue))),
      affected_resource_name: this.#concat("'shop.orders_'", this.#text(issue)),
      dedupe_key: this.#sha(this.#concat("'bench event '", this.#text('n.i'))),
      issue_category: `CASE ${issue} % 4 WHEN 0 THEN 'STATISTICS' WHEN 1 THEN 'QUERY_PERFORMANCE' WHEN 2 THEN 'LOCK_CONTENTION' ELSE 'INDEX_HYGIENE' END`,
      severity_indicator: `CASE ${issue} % 10 WHEN 0 THEN 'CRITICAL' WHEN 1 THEN 'INFO' ELSE 'WARNING' END`,
    }
    await this.#inParts(events, EVENTS_A_STATEMENT, 'events', async (from, to) => {
      const source = `${numbers(from, to)} CROSS JOIN detection_events s WHERE s.event_id = ${String(template?.['id'])}`
      await this.#bench.owner.run(copyStatement('detection_events', changes, source))
    })
  }

  async #issues(): Promise<void> {
    const first = `${this.#base.event} + 1 + n.i * ${this.#perIssue}`
    const template = this.#stories[0]?.issueId ?? 0
    const changes = {
      issue_id: `${this.#base.issue} + 1 + n.i`,
      ...Object.fromEntries(
        [
          'target_id',
          'instance_uid',
          'issue_category',
          'issue_fingerprint',
          'rule_id',
          'affected_resource_type',
          'affected_resource_name',
        ].map((name) => [name, `e.${name}`]),
      ),
      severity: 'e.severity_indicator',
      occurrence_count: `1 + n.i % ${this.#perIssue}`,
      issue_status: "'DETECTED'",
      first_occurrence_event_id: 'e.event_id',
      last_detection_event_id: `e.event_id + ${this.#perIssue - 1}`,
      recurrence_of_issue_id: 'NULL',
      lease_owner: 'NULL',
      lease_expires_at: 'NULL',
    }
    await this.#inParts(this.#sizes.issues, ISSUES_A_STATEMENT, 'issues', async (from, to) => {
      const source = `${numbers(from, to)} JOIN detection_events e ON e.event_id = ${first} CROSS JOIN detected_issues s WHERE s.issue_id = ${template}`
      await this.#bench.owner.run(copyStatement('detected_issues', changes, source))
    })
  }

  /** The first issues get a decision each; nineteen of twenty of the others end, the rest stay open. */
  async #endings(): Promise<void> {
    const { decisions, issues } = this.#sizes
    await this.#inParts(issues - decisions, ISSUES_A_STATEMENT, 'ended issues', async (from, to) => {
      const first = this.#base.issue + 1 + decisions
      await this.#bench.owner.run(
        `UPDATE detected_issues SET issue_status = 'CANCELLED'
         WHERE issue_id >= ${first + from} AND issue_id < ${first + to} AND issue_id % 20 <> 0`,
      )
    })
  }

  async #decisions(): Promise<void> {
    const per = this.#stories.length
    await this.#inParts(this.#sizes.decisions, per, 'decisions', async (from, to) => {
      await this.#analyse(from, to)
      const waiting = Math.floor(from / per) % 100 < WAITING_PERCENT
      if (!waiting) await this.#carryOut(from, to)
    })
  }

  /** One decision of each target, up to its plan. */
  async #analyse(from: number, to: number): Promise<void> {
    const { owner } = this.#bench
    const ofIssue = `i.issue_id >= ${this.#base.issue + 1 + from} AND i.issue_id < ${this.#base.issue + 1 + to}`
    const move = (status: string): Promise<void> =>
      owner.run(
        `UPDATE detected_issues SET issue_status = '${status}' WHERE ${ofIssue.replaceAll('i.issue_id', 'issue_id')}`,
      )
    await move('UNDER_ANALYSIS')
    const decided = this.#stories.map(({ decisionId }) => decisionId).join(', ')
    const template = `recovery_decisions t JOIN detected_issues i ON i.target_id = t.target_id AND ${ofIssue}`
    const analysed = `${template} JOIN ai_analysis s ON s.analysis_id = t.analysis_id WHERE t.decision_id IN (${decided})`
    await this.#copy('ai_analysis', { issue_id: 'i.issue_id' }, analysed)
    await move('AWAITING_DECISION')
    const planned = `recovery_decisions s JOIN detected_issues i ON i.target_id = s.target_id AND ${ofIssue}
      JOIN ai_analysis a ON a.issue_id = i.issue_id WHERE s.decision_id IN (${decided})`
    const changes = {
      decision_id: `i.issue_id + ${this.#base.decision - this.#base.issue}`,
      analysis_id: 'a.analysis_id',
      issue_id: 'i.issue_id',
      decision_status: "'PENDING_APPROVAL'",
      recovery_request_id: 'NULL',
    }
    await this.#copy('recovery_decisions', changes, planned)
  }

  /** From the vote to the lesson. */
  async #carryOut(from: number, to: number): Promise<void> {
    const ids = `>= ${this.#base.decision + 1 + from} AND d.decision_id < ${this.#base.decision + 1 + to}`
    const ofTarget = (table: string, story: keyof Story, key: string): string =>
      `${table} s JOIN recovery_decisions t ON t.decision_id = s.decision_id JOIN recovery_decisions d ON d.target_id = t.target_id AND d.decision_id ${ids}
       WHERE s.${key} IN (${this.#stories.map((each) => each[story]).join(', ')})`
    const none = { lease_owner: 'NULL', lease_expires_at: 'NULL' }
    await this.#copy(
      'admin_approvals',
      { decision_id: 'd.decision_id' },
      ofTarget('admin_approvals', 'approvalId', 'approval_id'),
    )
    const approval = '(SELECT a.approval_id FROM admin_approvals a WHERE a.decision_id = d.decision_id)'
    const execution = '(SELECT x.execution_id FROM action_executions x WHERE x.decision_id = d.decision_id)'
    await this.#copy(
      'action_executions',
      {
        decision_id: 'd.decision_id',
        approval_id: approval,
        execution_status: "'QUEUED'",
        steps: "'[]'",
        pre_execution_metrics: 'NULL',
        execution_outcome: 'NULL',
        actual_duration_ms: 'NULL',
        affected_rows: 'NULL',
        execution_errors: 'NULL',
        ...none,
      },
      ofTarget('action_executions', 'executionId', 'execution_id'),
    )
    await this.#runTo(ids.replaceAll('d.decision_id', 'decision_id'))
    await this.#copy(
      'execution_verifications',
      { execution_id: execution },
      `execution_verifications s JOIN action_executions o ON o.execution_id = s.execution_id JOIN recovery_decisions t ON t.decision_id = o.decision_id
         JOIN recovery_decisions d ON d.target_id = t.target_id AND d.decision_id ${ids} WHERE s.execution_id IN (${this.#stories.map((each) => each.executionId).join(', ')})`,
    )
    const lesson = { issue_id: 'd.issue_id', decision_id: 'd.decision_id', execution_id: execution }
    await this.#copy('learning_records', lesson, ofTarget('learning_records', 'decisionId', 'decision_id'))
  }

  async #copy(table: string, changes: Readonly<Record<string, string>>, from: string): Promise<void> {
    for (const statement of copyByTemporary(table, changes, from)) await this.#bench.owner.run(statement)
  }

  /** Lets those runs begin and end, with the steps of the first story's. */
  async #runTo(ids: string): Promise<void> {
    const { owner } = this.#bench
    const until = this.#isSqlite
      ? "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '+60 seconds')"
      : 'SYSDATE(6) + INTERVAL 60 SECOND'
    const [template] = await owner.rows(
      `SELECT steps FROM action_executions WHERE execution_id = ${this.#stories[0]?.executionId ?? 0}`,
    )
    const change = (what: string) => `UPDATE action_executions SET ${what} WHERE decision_id ${ids}`
    await owner.run(
      change(`execution_status = 'IN_PROGRESS', lease_owner = 'bench', lease_expires_at = ${until}`),
    )
    await owner.rows(change('steps = ?'), [String(template?.['steps'])])
    await owner.run(
      change(
        "execution_status = 'COMPLETED', execution_outcome = 'SUCCESS', actual_duration_ms = 12, affected_rows = 0, lease_owner = NULL, lease_expires_at = NULL",
      ),
    )
  }

  async #inParts(
    all: number,
    size: number,
    ...[what, part]: [what: string, part: (from: number, to: number) => Promise<void>]
  ): Promise<void> {
    const began = performance.now()
    for (let from = 0; from < all; from += size) {
      this.#run.signal.throwIfAborted()
      await this.#bench.owner.run('BEGIN')
      await part(from, Math.min(all, from + size))
      await this.#bench.owner.run('COMMIT')
    }
    this.#run.say(
      `${this.#bench.version}: ${all} ${what} in ${((performance.now() - began) / 1000).toFixed(0)} s`,
    )
  }
}
