/**
 * Rows that are in order, made the way the roles make them: targets, people, events, issues, decisions, votes,
 * runs. An attack starts from one of these and changes one thing.
 */
import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../../src/core/canonical.ts'
import { registrationText } from '../../../src/core/consent.ts'
import { type Cells, fromNow, insertSql, raw } from './literals.ts'
import type { OpenSession, TestStore } from './stores.ts'

export const sha = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
export const SIGNATURE = `${'A'.repeat(86)}==`
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A time that is over soon, ms, and not before a busy machine has written the rows that lead up to it. */
export const SOON_MS = 2_000
/** Resolves when what was to end `SOON_MS` from before now has ended. */
export const soonOver = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SOON_MS + 100))

const publicKey = (user: string): Buffer => createHash('sha256').update(`key of ${user}`).digest()
export const keyId = (user: string): string => sha(publicKey(user))

/** A decision with what its votes need. */
export interface Proposed {
  readonly issueId: number
  readonly analysisId: number
  readonly decisionId: number
  readonly actionId: number
  readonly planDigest: string
  readonly risk: Risk
}
export type Risk = 'LOW' | 'MEDIUM' | 'HIGH'
/** A decision and the vote that carries it. */
export interface Approved extends Proposed {
  readonly approvalId: number
}
/** A run of it. */
export interface Running extends Approved {
  readonly executionId: number
}

/** What a test may want different about a decision. */
export interface Wish {
  readonly risk?: Risk
  readonly action?: ActionName
  readonly expiresMs?: number
  readonly proposedBy?: string
  readonly parameters?: { readonly [name: string]: Json }
  readonly undo?: Json
  readonly binding?: (binding: { [key: string]: Json }) => { [key: string]: Json }
  readonly row?: Cells
  /** Target 1 or 2; default 1. */
  readonly target?: 1 | 2
  /** Signature of the failure that opened the issue; default: none did. */
  readonly failure?: string
}

export const ACTIONS = {
  analyze: { name: 'my.analyze_table', risk: 'LOW', binds: 0 },
  index: { name: 'my.create_index', risk: 'MEDIUM', binds: 0 },
  drop: { name: 'my.drop_index', risk: 'HIGH', binds: 0 },
  kill: { name: 'my.kill_connection', risk: 'HIGH', binds: 1 },
  killQuery: { name: 'my.kill_query', risk: 'MEDIUM', binds: 1 },
} as const
export type ActionName = keyof typeof ACTIONS
const TARGETS = { 1: 'shop', 2: 'other' } as const
const OF_RISK: Readonly<Record<Risk, ActionName>> = { LOW: 'analyze', MEDIUM: 'index', HIGH: 'drop' }

const UNDO_PLAN = { plan: { guards: [], steps: [{ kind: 'statement', text: 'DROP INDEX `i` ON `t`' }] } }

/** People of the scene: login, person, active, approver, admin. */
const PEOPLE: readonly (readonly [string, number, number, number, number])[] = [
  ['bob', 2, 1, 1, 1],
  ['alice', 3, 1, 1, 0],
  ['bob-alt', 2, 1, 1, 0],
  ['carol', 4, 0, 1, 0],
  ['dave', 5, 1, 0, 0],
  ['erin', 6, 1, 1, 0],
]

/** A store with people, targets and actions in it. */
export class Scene {
  readonly store: TestStore
  readonly owner: OpenSession
  #count = 0

  constructor(store: TestStore, owner: OpenSession) {
    this.store = store
    this.owner = owner
  }

  get mysql(): boolean {
    return this.store.dialect === 'mysql'
  }

  /** The INSERT of a row in this store's dialect. */
  sql(table: string, row: Cells, verb?: string): string {
    return insertSql(table, row, this.store.dialect, verb)
  }

  /** Inserts as the owner and gives the new id. */
  async add(table: string, row: Cells, id?: string): Promise<number> {
    await this.owner.run(this.sql(table, row))
    if (id === undefined) return 0
    const [found] = await this.owner.rows(`SELECT MAX(${id}) AS id FROM ${table}`)
    return Number(found?.['id'])
  }

  async value(sql: string): Promise<string | null> {
    const [row] = await this.owner.rows(sql)
    const [value] = Object.values(row ?? {})
    return value === null || value === undefined ? null : String(value)
  }

  async prepare(): Promise<this> {
    for (const person of [2, 3, 4, 5, 6])
      await this.add('persons', { person_id: person, display_name: `person ${person}` })
    for (const [user, person, active, approver, admin] of PEOPLE) {
      const rights = { is_active: active, is_approver: approver, is_admin: admin }
      const signed = user === 'bob' ? { signed_by: 'bob' } : {}
      await this.register(user, { person_id: person, ...rights, ...signed })
    }
    for (const [id, name, engine] of [
      [1, TARGETS[1], 'mysql'],
      [2, TARGETS[2], 'mysql'],
      [3, 'ledger', 'postgres'],
    ] as const) {
      await this.add('targets', { target_id: id, target_name: name, engine, connection: '{"host":"db"}' })
      await this.owner.run(`UPDATE targets SET instance_uid = 'uid-${id}' WHERE target_id = ${id}`)
    }
    for (const action of Object.keys(ACTIONS) as ActionName[])
      await this.add('predefined_actions', this.actionRow(action))
    return this
  }

  /** A new approver of one's own; gives what their votes say of them. */
  async voter(): Promise<{ admin_user_id: string; person_id: number; key_id: string }> {
    const user = `voter-${this.next()}`
    const person = await this.add('persons', { display_name: user }, 'person_id')
    await this.register(user, { person_id: person })
    return { admin_user_id: user, person_id: person, key_id: keyId(user) }
  }

  /** The statement that shuts a login out. */
  async shutOut(user: string): Promise<string> {
    return this.sql('user_registrations', await this.registration(user, { is_active: 0 }))
  }

  /** Registers a login, as bob unless somebody else signs. */
  async register(user: string, over: Cells = {}): Promise<void> {
    await this.add('user_registrations', await this.registration(user, over))
  }

  /**
   * The row of the next registration: what the login is, changed as said. A new login is an approver of person 6.
   * Nobody verifies a signature in a store, so none is made.
   */
  async registration(user: string, over: Cells = {}): Promise<Cells> {
    const known = (await this.owner.rows(`SELECT * FROM users WHERE user_id = '${user}'`))[0] as
      | Cells
      | undefined
    const [last] = await this.owner.rows(
      'SELECT registration_no, registration_digest FROM user_registrations ORDER BY registration_no DESC LIMIT 1',
    )
    const is = { person_id: 6, is_active: 1, is_approver: 1, is_admin: 0, ...known, ...over } as Cells
    const key = (is['public_key'] ?? publicKey(user)) as Buffer
    const signedBy = String(over['signed_by'] ?? 'bob')
    const row = {
      registration_no: Number(last?.['registration_no'] ?? 0) + 1,
      previous_digest: String(last?.['registration_digest'] ?? '0'.repeat(64)),
      user_id: user,
      person_id: Number(is['person_id']),
      is_active: Number(is['is_active']),
      is_approver: Number(is['is_approver']),
      is_admin: Number(is['is_admin']),
      public_key: key,
      key_id: sha(key),
      signed_by: signedBy,
      signer_key_id: String(over['signer_key_id'] ?? keyId(signedBy.toLowerCase())),
      signature: SIGNATURE,
    }
    const text = registrationText({
      registrationNo: row.registration_no,
      previousDigest: row.previous_digest,
      userName: user,
      personId: row.person_id,
      active: row.is_active === 1,
      mayApprove: row.is_approver === 1,
      mayAdminister: row.is_admin === 1,
      keyId: row.key_id,
      signedBy,
      signerKeyId: row.signer_key_id,
    })
    return { ...row, registration_text: text, registration_digest: sha(text) }
  }

  actionRow(action: ActionName): Cells {
    const { name, risk, binds } = ACTIONS[action]
    return {
      action_name: name,
      action_version: 1,
      engine: 'mysql',
      action_category: 'TEST',
      execution_query: 'ANALYZE TABLE {table}',
      risk_level: risk,
      applicable_issue_categories: '["STATISTICS"]',
      requires_manual_verification: 0,
      action_enabled: 1,
      estimated_duration_seconds: 1,
      parameter_schema: '{}',
      preconditions: '[]',
      guards: '[]',
      verification: 'rows',
      undo_action: 'none',
      binds_connection: binds,
      definition_digest: sha(name),
    }
  }

  /** A number never used before in this scene. */
  next(): number {
    this.#count += 1
    return this.#count
  }

  eventRow(fingerprint: string, over: Cells = {}): Cells {
    const rawText = '{"z":1,"a":2}'
    return {
      target_id: 1,
      instance_uid: 'uid-1',
      event_timestamp: fromNow(-1000),
      detection_source: 'PERFORMANCE_SCHEMA',
      event_kind: 'BREACH',
      rule_id: 'my.slow-digest',
      rule_version: 1,
      severity_indicator: 'WARNING',
      issue_category: 'STATISTICS',
      issue_fingerprint: fingerprint,
      affected_resource_type: 'table',
      affected_resource_name: 'shop.orders',
      metric_name: 'mean_ms',
      metric_value: 30,
      metric_unit: 'ms',
      window_start: fromNow(-11_000),
      window_end: fromNow(-1000),
      epoch: fromNow(-DAY),
      partial: 0,
      opens_at_once: 0,
      dedupe_key: sha(`event ${this.next()}`),
      raw_context: rawText,
      raw_context_digest: sha(rawText),
      ...over,
    }
  }

  issueRow(fingerprint: string, eventId: number, over: Cells = {}): Cells {
    return {
      target_id: 1,
      instance_uid: 'uid-1',
      issue_category: 'STATISTICS',
      issue_fingerprint: fingerprint,
      rule_id: 'my.slow-digest',
      severity: 'WARNING',
      affected_resource_type: 'table',
      affected_resource_name: 'shop.orders',
      occurrence_count: 3,
      first_occurrence_event_id: eventId,
      last_detection_event_id: eventId,
      ...over,
    }
  }

  fingerprint(): string {
    return sha(`fingerprint ${this.next()}`)
  }

  async event(fingerprint = this.fingerprint(), over: Cells = {}): Promise<number> {
    return this.add('detection_events', this.eventRow(fingerprint, over), 'event_id')
  }

  async issue(
    state: 'DETECTED' | 'UNDER_ANALYSIS' = 'DETECTED',
    target: 1 | 2 = 1,
    failure?: string,
  ): Promise<number> {
    const fingerprint = this.fingerprint()
    const of = failure === undefined ? {} : { affected_resource_type: 'failure' }
    const on = { target_id: target, instance_uid: `uid-${target}`, ...of }
    const said = `{"key":"${failure}"}`
    const context = failure === undefined ? {} : { raw_context: said, raw_context_digest: sha(said) }
    const eventId = await this.event(fingerprint, { ...on, ...context })
    const issueId = await this.add('detected_issues', this.issueRow(fingerprint, eventId, on), 'issue_id')
    if (state === 'UNDER_ANALYSIS') await this.move(issueId, 'UNDER_ANALYSIS')
    return issueId
  }

  async move(issueId: number, state: string): Promise<void> {
    await this.owner.run(`UPDATE detected_issues SET issue_status = '${state}' WHERE issue_id = ${issueId}`)
  }

  analysisRow(issueId: number, over: Cells = {}): Cells {
    return {
      issue_id: issueId,
      analysis_status: 'COMPLETED',
      root_cause_code: 'STALE_STATISTICS',
      root_cause_hypothesis: 'statistics are stale',
      raw_confidence: this.decimal(0.95),
      confidence_score: this.decimal(0.93),
      calibrator_version: 0,
      recommendation_summary: 'analyze the table',
      historical_similarity_score: null,
      affecting_queries: '[]',
      evidence: '[{"id":"e1"}]',
      competing_hypotheses: '[]',
      analyzer: 'rules',
      analyzer_version: '1',
      model: null,
      prompt_digest: null,
      dropped_claims: '[]',
      ...over,
    }
  }

  /** A four-digit decimal as this store keeps it. */
  decimal(value: number): number {
    return this.mysql ? value : Math.round(value * 10_000)
  }

  /** An issue that waits for a decision, with its analysis. */
  async analysed(
    over: Cells = {},
    target: 1 | 2 = 1,
    failure?: string,
  ): Promise<{ issueId: number; analysisId: number }> {
    const issueId = await this.issue('UNDER_ANALYSIS', target, failure)
    const analysisId = await this.add('ai_analysis', this.analysisRow(issueId, over), 'analysis_id')
    await this.move(issueId, 'AWAITING_DECISION')
    return { issueId, analysisId }
  }

  async actionId(action: ActionName): Promise<number> {
    return Number(
      await this.value(
        `SELECT action_id FROM predefined_actions WHERE action_name = '${ACTIONS[action].name}' ORDER BY action_version LIMIT 1`,
      ),
    )
  }

  /** The row of a decision that would be accepted. */
  async decisionRow(of: { issueId: number; analysisId: number }, wish: Wish = {}): Promise<Cells> {
    const risk = wish.risk ?? (wish.action === undefined ? 'LOW' : ACTIONS[wish.action].risk)
    const action = wish.action ?? OF_RISK[risk]
    const target = wish.target ?? 1
    const expires = fromNow(wish.expiresMs ?? DAY)
    const binding = {
      schema: 'dbmedic/binding/1',
      action: { name: ACTIONS[action].name, version: 1, definitionDigest: sha(ACTIONS[action].name) },
      riskLevel: risk,
      target: {
        id: target,
        name: TARGETS[target],
        engine: 'mysql',
        instanceUid: `uid-${target}`,
        epoch: null,
      },
      parameters: wish.parameters ?? { table: 'shop.orders', samplePages: 20 },
      guards: [],
      steps: [{ kind: 'statement', text: 'ANALYZE TABLE `shop`.`orders`', timeoutMs: 1000, onlyIf: null }],
      undo: wish.undo ?? UNDO_PLAN,
      objects: [],
      evidenceDigest: sha('evidence'),
      forecast: {},
      verification: {},
      expiresAt: expires.toISOString().replace('Z', '000Z'),
    } as { [key: string]: Json }
    const text = canonicalJson(wish.binding === undefined ? binding : wish.binding(binding))
    return {
      analysis_id: of.analysisId,
      issue_id: of.issueId,
      target_id: target,
      recommended_action_id: await this.actionId(action),
      risk_level: risk,
      binding_text: text,
      plan_digest: sha(text),
      preflight_digest: sha('preflight'),
      confidence_based_score: this.decimal(0.93),
      decision_rationale: 'because',
      proposed_by: wish.proposedBy ?? 'dbmedic',
      expires_at: expires,
      ...wish.row,
    }
  }

  /** A decision waiting for votes. */
  async proposed(wish: Wish = {}): Promise<Proposed> {
    const of = await this.analysed({}, wish.target, wish.failure)
    const row = await this.decisionRow(of, wish)
    const decisionId = await this.add('recovery_decisions', row, 'decision_id')
    return {
      ...of,
      decisionId,
      actionId: Number(row['recommended_action_id']),
      planDigest: String(row['plan_digest']),
      risk: row['risk_level'] as Risk,
    }
  }

  /** A decision a person asked for. */
  async requested(user: string, wish: Wish = {}): Promise<Proposed> {
    const requestId = await this.add(
      'recovery_requests',
      { target_id: 1, action_name: 'my.analyze_table', params: '{}', reason: 'please', requested_by: user },
      'recovery_request_id',
    )
    return this.proposed({ ...wish, proposedBy: user, row: { ...wish.row, recovery_request_id: requestId } })
  }

  voteRow(of: Proposed, over: Cells = {}): Cells {
    const user = String(over['admin_user_id'] ?? 'bob')
    const person = PEOPLE.find(([login]) => login === user.toLowerCase())?.[1] ?? 2
    return {
      decision_id: of.decisionId,
      action_id: of.actionId,
      plan_digest: of.planDigest,
      risk_level: of.risk,
      admin_user_id: user,
      person_id: person,
      approval_status: 'APPROVED',
      approval_reason: 'CONFIDENT',
      admin_notes: null,
      undo_preconsented: 0,
      window_start: null,
      authentication_method: 'key',
      signature: SIGNATURE,
      key_id: keyId(user.toLowerCase()),
      standing_approval_id: null,
      expires_at: fromNow(20 * MINUTE),
      ...over,
    }
  }

  async vote(of: Proposed, over: Cells = {}): Promise<number> {
    return this.add('admin_approvals', this.voteRow(of, over), 'approval_id')
  }

  /** A decision with every vote it needs. */
  async approved(wish: Wish = {}, over: Cells = {}): Promise<Approved> {
    const of = await this.proposed(wish)
    if (of.risk === 'HIGH')
      await this.vote(of, { ...over, admin_user_id: 'alice', approval_status: 'CONDITIONAL_APPROVAL' })
    return { ...of, approvalId: await this.vote(of, over) }
  }

  runRow(of: Approved, over: Cells = {}): Cells {
    return {
      approval_id: of.approvalId,
      decision_id: of.decisionId,
      action_id: of.actionId,
      plan_digest: of.planDigest,
      purpose: 'DO',
      executed_by: 'act-1',
      ...over,
    }
  }

  /** Ends every open run, as after a death: a target takes one at a time, and all of the scene's are on one. */
  async settle(): Promise<void> {
    await this.owner.run(
      "UPDATE action_executions SET execution_status = 'FAILED', execution_outcome = 'UNKNOWN' WHERE execution_status IN ('QUEUED', 'IN_PROGRESS')",
    )
  }

  async queued(wish: Wish = {}, over: Cells = {}): Promise<Running> {
    await this.settle()
    const of = await this.approved(wish, over)
    return { ...of, executionId: await this.add('action_executions', this.runRow(of), 'execution_id') }
  }

  start(executionId: number, owner = 'act-1', leaseMs = MINUTE): string {
    const until = insertSql('x', { y: fromNow(leaseMs) }, this.store.dialect).replace(
      /^.*VALUES \((.*)\)$/,
      '$1',
    )
    return `UPDATE action_executions SET execution_status = 'IN_PROGRESS', lease_owner = '${owner}', lease_expires_at = ${until} WHERE execution_id = ${executionId}`
  }

  end(executionId: number, status = 'COMPLETED', outcome = 'SUCCESS'): string {
    return `UPDATE action_executions SET execution_status = '${status}', execution_outcome = '${outcome}' WHERE execution_id = ${executionId}`
  }

  async running(wish: Wish = {}, over: Cells = {}): Promise<Running> {
    const of = await this.queued(wish, over)
    await this.owner.run(this.start(of.executionId))
    return of
  }

  async finished(wish: Wish = {}, over: Cells = {}): Promise<Running> {
    const of = await this.running(wish, over)
    await this.owner.run(this.end(of.executionId))
    return of
  }

  verdictRow(executionId: number, verdict: string, over: Cells = {}): Cells {
    return {
      execution_id: executionId,
      verdict,
      metric_name: 'mean_ms',
      metric_unit: 'ms',
      lower_is_better: 1,
      metric_before: 30,
      metric_after: 3,
      samples_before: 100,
      samples_after: 100,
      improvement_percent: this.decimal(90),
      interval_low_percent: this.decimal(80),
      interval_high_percent: this.decimal(95),
      details: '{}',
      assessed_by: 'act',
      ...over,
    }
  }

  async judged(verdict: string, wish: Wish = {}, over: Cells = {}): Promise<Running> {
    const of = await this.finished(wish, over)
    await this.add('execution_verifications', this.verdictRow(of.executionId, verdict))
    return of
  }

  lessonRow(of: Running, over: Cells = {}): Cells {
    return {
      issue_id: of.issueId,
      decision_id: of.decisionId,
      execution_id: of.executionId,
      predicted_confidence: this.decimal(0.93),
      metric_improvement_percent: this.decimal(50),
      ...over,
    }
  }

  /** The row of a grant that would be accepted. */
  async grantRow(over: { grant?: { [key: string]: Json }; row?: Cells } = {}): Promise<Cells> {
    const until = fromNow(30 * DAY)
    const text = canonicalJson({
      actionName: ACTIONS.analyze.name,
      actionVersion: 1,
      targetIds: [1],
      parameterBounds: { table: { anyOf: ['shop.orders', 'shop.items'] }, samplePages: { min: 1, max: 100 } },
      issueCategory: 'STATISTICS',
      rootCauseCode: 'STALE_STATISTICS',
      minimumConfidence: 0.9,
      maximumUses: 1,
      validUntil: until.toISOString().replace('Z', '000Z'),
      grantedBy: 'bob',
      reason: 'routine',
      ...over.grant,
    })
    return {
      granted_by: 'bob',
      person_id: 2,
      action_id: await this.actionId('analyze'),
      risk_level: 'LOW',
      grant_text: text,
      grant_digest: sha(text),
      signature: SIGNATURE,
      key_id: keyId('bob'),
      valid_until: until,
      maximum_uses: 1,
      ...over.row,
    }
  }

  async grant(over: { grant?: { [key: string]: Json }; row?: Cells } = {}): Promise<number> {
    return this.add('standing_approvals', await this.grantRow(over), 'standing_approval_id')
  }

  /** A vote that a grant carries. */
  underGrant(of: Proposed, grantId: number, over: Cells = {}): Cells {
    return this.voteRow(of, { authentication_method: 'standing', standing_approval_id: grantId, ...over })
  }

  /** Now, as SQL. */
  get now(): string {
    return this.mysql ? 'SYSDATE(6)' : "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
  }
}

export { fromNow, raw }
