/** Attacks past the switch of an error by issues that the server's own instruments opened about the same. */
import { type Cells, fromNow } from '../support/literals.ts'
import type { Proposed, Scene } from '../support/scene.ts'
import { sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'
import { MASKED, SWITCHES, switchedOff, switchRow, TASKS, type Task, taskRow } from './recovery-rows.ts'

/** A failure that applications met, with where. */
interface Met {
  readonly type?: string
  readonly object?: string
  /** Null: the application did not say. */
  readonly target?: 1 | 2 | null
  readonly statement?: string
}

/** It, switched off by a person. */
async function off(s: Scene, met: Met): Promise<Task> {
  const of = await metAt(s, met)
  return switchedOff(s, of)
}

async function metAt(
  s: Scene,
  { type = 'TABLE_NOT_FOUND', object, target = 1, statement }: Met,
): Promise<Task> {
  const signature = sha(`failure beside ${s.next()}`)
  const patternId = await s.add(
    'failure_patterns',
    {
      ...{ workspace_id: 1, signature, engine: 'mariadb', error_code: '1146', failure_type: type },
      ...{ object_name: object ?? null, masked_message: MASKED, message_digest: sha(MASKED) },
    },
    'pattern_id',
  )
  await s.add('failure_sites', {
    ...{ pattern_id: patternId, site_key: sha(`site beside ${s.next()}`), target_id: target },
    ...{ application: 'shop', outcome: 'thrown', occurrence_count: 1, longest_ms: 1 },
    last_seen_at: fromNow(-1000),
    statement_fingerprint: statement ?? null,
    statement_text: statement === undefined ? null : 'SELECT ?',
  })
  const row = taskRow(patternId, { last_failure_type: type })
  return { patternId, signature, taskId: await s.add(TASKS, row, 'task_id') }
}

/** An issue that an instrument of the server opened, with its analysis. */
interface Counted {
  readonly category?: string
  readonly rootCause?: string
  readonly statement?: string
  /** The table its analysis asked the catalog for. */
  readonly table?: readonly [schema: string, table: string]
  readonly target?: 1 | 2
}

async function counted(
  s: Scene,
  { category = 'APPLICATION', rootCause = 'UNAPPLIED_MIGRATION', statement, table, target = 1 }: Counted,
): Promise<{ readonly issueId: number; readonly analysisId: number }> {
  const said = JSON.stringify({ key: 'statement', facts: { fingerprintId: statement ?? 'none' } })
  const on: Cells = { target_id: target, instance_uid: `uid-${target}`, issue_category: category }
  const fingerprint = s.fingerprint()
  const context = { raw_context: said, raw_context_digest: sha(said) }
  const eventId = await s.event(fingerprint, { ...on, ...context, affected_resource_type: 'statement' })
  const issue = s.issueRow(fingerprint, eventId, { ...on, affected_resource_type: 'statement' })
  const issueId = await s.add('detected_issues', issue, 'issue_id')
  await s.move(issueId, 'UNDER_ANALYSIS')
  const asked = table === undefined ? null : { kind: 'table', params: { schema: table[0], table: table[1] } }
  const evidence = JSON.stringify([
    { id: 'e1', claim: 'calls fail', recheck: null },
    { id: 'e2', claim: 'it is not there', recheck: asked },
  ])
  const analysis = s.analysisRow(issueId, { root_cause_code: rootCause, evidence })
  const analysisId = await s.add('ai_analysis', analysis, 'analysis_id')
  await s.move(issueId, 'AWAITING_DECISION')
  return { issueId, analysisId }
}

const decides = async (s: Scene, of: Counted, row: Cells = {}, proposedBy = 'dbmedic'): Promise<string> =>
  s.sql(
    'recovery_decisions',
    await s.decisionRow(await counted(s, of), { target: of.target ?? 1, proposedBy, row }),
  )

async function proposed(s: Scene, of: Counted): Promise<Proposed> {
  const analysed = await counted(s, of)
  const row = await s.decisionRow(analysed)
  return {
    ...analysed,
    decisionId: await s.add('recovery_decisions', row, 'decision_id'),
    actionId: Number(row['recommended_action_id']),
    planDigest: String(row['plan_digest']),
    risk: 'LOW',
  }
}

/** What the grant of these tests covers, but for the statement. */
const COVERED: Counted = { category: 'QUERY_PERFORMANCE', rootCause: 'MISSING_INDEX' }
const GRANTED = { grant: { issueCategory: 'QUERY_PERFORMANCE', rootCauseCode: 'MISSING_INDEX' } }

/** What is of the same condition as the failure before it, and what is not. */
const CASES: readonly (readonly [what: string, met: Met, of: Counted, refused: 'GOV-136' | 'allowed'])[] = [
  ['the same missing table', { object: 'shop.one' }, { table: ['shop', 'one'] }, 'GOV-136'],
  ['the same table in another case', { object: 'Shop.Two' }, { table: ['shop', 'two'] }, 'GOV-136'],
  ['a table without its database', { object: 'three' }, { table: ['shop', 'three'] }, 'GOV-136'],
  [
    'a missing column of that table',
    { type: 'COLUMN_NOT_FOUND', object: 'shop.four.code' },
    { table: ['shop', 'four'] },
    'GOV-136',
  ],
  [
    'a missing column, its table without its database',
    { type: 'COLUMN_NOT_FOUND', object: 'five.code' },
    { table: ['shop', 'five'] },
    'GOV-136',
  ],
  [
    'the same table, nobody said where',
    { object: 'shop.six', target: null },
    { table: ['shop', 'six'] },
    'GOV-136',
  ],
  [
    'the same statement, every call of which fails',
    { object: 'x.y', statement: 'seven' },
    { statement: 'seven' },
    'GOV-136',
  ],
  [
    'the statement that was stopped and is slow',
    { type: 'STATEMENT_TIMEOUT', statement: 'eight' },
    { statement: 'eight', category: 'QUERY_PERFORMANCE', rootCause: 'MISSING_INDEX' },
    'GOV-136',
  ],
  [
    'no connection left on that server',
    { type: 'TOO_MANY_CONNECTIONS', target: 2 },
    { category: 'CONNECTION_EXHAUSTION', rootCause: 'POOL_LEAK', target: 2 },
    'GOV-136',
  ],
  ['another table', { object: 'shop.nine' }, { table: ['shop', 'nine2'] }, 'allowed'],
  [
    'a table of that name in another database',
    { object: 'shop.ten' },
    { table: ['other', 'ten'] },
    'allowed',
  ],
  ['another target', { object: 'shop.eleven' }, { table: ['shop', 'eleven'], target: 2 }, 'allowed'],
  [
    'the same table for another cause',
    { object: 'shop.twelve' },
    { table: ['shop', 'twelve'], rootCause: 'STALE_STATISTICS', category: 'STATISTICS' },
    'allowed',
  ],
  ['another statement', { object: 'x.z', statement: 'thirteen' }, { statement: 'fourteen' }, 'allowed'],
  [
    'the same statement, which is slow and was not stopped',
    { object: 'x.w', statement: 'fifteen' },
    { statement: 'fifteen', category: 'QUERY_PERFORMANCE', rootCause: 'MISSING_INDEX' },
    'allowed',
  ],
  [
    'no connection left on another server',
    { type: 'TOO_MANY_CONNECTIONS', target: 2 },
    { category: 'CONNECTION_EXHAUSTION', rootCause: 'POOL_LEAK' },
    'allowed',
  ],
]

/** Attacks past a switch by issues that no error opened. */
export const SWITCH_BESIDE_ATTACKS: readonly Attack[] = [
  ...CASES.map(([what, met, of, refused]) =>
    attack(
      `an error is off, and the analyst decides on an issue of ${what}`,
      'reason',
      refused,
      async (s) => {
        await off(s, met)
        return decides(s, of)
      },
    ),
  ),
  attack('the owner decides on one of the same table', 'owner', 'GOV-136', async (s) => {
    await off(s, { object: 'shop.owned' })
    return decides(s, { table: ['shop', 'owned'] })
  }),
  attack('the error is on again', 'reason', 'allowed', async (s) => {
    const of = await off(s, { object: 'shop.again' })
    await s.add(SWITCHES, switchRow(of, { is_on: 1, reason: 'mended', set_by: 'bob' }))
    return decides(s, { table: ['shop', 'again'] })
  }),
  attack('a person asks for it on an issue beside one that is off', 'reason', 'allowed', async (s) => {
    await off(s, { object: 'shop.asked' })
    const requestId = await s.add(
      'recovery_requests',
      {
        ...{ target_id: 1, action_name: 'my.analyze_table', params: '{}', reason: 'please' },
        requested_by: 'bob',
      },
      'recovery_request_id',
    )
    return decides(s, { table: ['shop', 'asked'] }, { recovery_request_id: requestId }, 'bob')
  }),
  attack(
    'a grant votes for one of the same statement that was decided before',
    'serve',
    'GOV-136',
    async (s) => {
      const decision = await proposed(s, { ...COVERED, statement: 'granted' })
      const grant = await s.grant(GRANTED)
      await off(s, { type: 'STATEMENT_TIMEOUT', statement: 'granted' })
      return s.sql('admin_approvals', s.underGrant(decision, grant))
    },
  ),
  attack('a grant votes for one beside it', 'serve', 'allowed', async (s) => {
    const decision = await proposed(s, { ...COVERED, statement: 'beside' })
    const grant = await s.grant(GRANTED)
    await off(s, { type: 'STATEMENT_TIMEOUT', statement: 'elsewhere' })
    return s.sql('admin_approvals', s.underGrant(decision, grant))
  }),
  attack('a person votes for one of the same', 'serve', 'allowed', async (s) => {
    const decision = await proposed(s, { ...COVERED, statement: 'voted' })
    await off(s, { type: 'STATEMENT_TIMEOUT', statement: 'voted' })
    return s.sql('admin_approvals', s.voteRow(decision))
  }),
]
