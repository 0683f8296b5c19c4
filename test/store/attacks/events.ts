/** Attacks on evidence: events, issues, analyses, samples, batches. */

import { fromNow, raw } from '../support/literals.ts'
import { sha } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const EVENT = 'detection_events'
const ISSUE = 'detected_issues'

/** Evidence attacks. */
export const EVENT_ATTACKS: readonly Attack[] = [
  attack('observe appends an event', 'observe', 'allowed', (s) => s.sql(EVENT, s.eventRow(s.fingerprint()))),
  attack('the same event twice', 'observe', { sqlite: 'GOV-006', family: 'key' }, async (s) => {
    const row = s.eventRow(s.fingerprint())
    await s.add(EVENT, row)
    return s.sql(EVENT, row)
  }),
  attack('a source no instrument has', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { detection_source: 'APP' })),
  ),
  attack('a severity that is no word, without strict mode', 'observe', { family: 'check' }, (s) => [
    "SET SESSION sql_mode = ''",
    s.sql(EVENT, s.eventRow(s.fingerprint(), { severity_indicator: 'zzz' })),
  ]),
  attack('a severity left out, without strict mode', 'observe', { family: 'check' }, (s) => {
    const { severity_indicator: _left, ...row } = s.eventRow(s.fingerprint())
    return ["SET SESSION sql_mode = ''", s.sql(EVENT, row)]
  }),
  attack('a word with a trailing space', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { severity_indicator: 'INFO ' })),
  ),
  attack('a negative measurement', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { metric_value: -1 })),
  ),
  attack('an infinite measurement', 'observe', { sqlite: 'check', family: ['check', 'value'] }, (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { metric_value: raw('9e307 * 100') })),
  ),
  attack('context that is not JSON', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { raw_context: '{', raw_context_digest: sha('{') })),
  ),
  attack('context with the digest of another text', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { raw_context: '{"a":3}' })),
  ),
  attack('a digest in capitals', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint().toUpperCase())),
  ),
  attack('a window that ends before it starts', 'observe', 'check', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { window_end: fromNow(-99_000) })),
  ),
  attack('a zero date, without strict mode', 'observe', { family: ['check', 'value'] }, (s) => [
    "SET SESSION sql_mode = ''",
    s.sql(EVENT, s.eventRow(s.fingerprint(), { event_timestamp: '0000-00-00' })),
  ]),
  attack('an event of an unknown target', 'observe', 'key', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { target_id: 99 })),
  ),
  attack('an event of an unknown target, key checks off', 'observe', 'GOV-001', (s) => [
    s.mysql ? 'SET SESSION foreign_key_checks = 0' : 'PRAGMA foreign_keys = OFF',
    s.sql(EVENT, s.eventRow(s.fingerprint(), { target_id: 99 })),
  ]),
  attack('observe supplies the time of recording', 'observe', { sqlite: 'GOV-005', family: 'grant' }, (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { recorded_at: fromNow(-1000) })),
  ),
  attack('observe chooses the id of an event', 'observe', { family: 'grant' }, (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { event_id: 4_000_000 })),
  ),
  attack('observe changes an event', 'observe', { sqlite: 'GOV-010', family: 'grant' }, async (s) => {
    await s.event()
    return `UPDATE ${EVENT} SET metric_value = 0`
  }),
  attack('the owner changes an event', 'owner', 'GOV-010', async (s) => {
    await s.event()
    return `UPDATE ${EVENT} SET metric_value = 0`
  }),
  attack('observe deletes an event', 'observe', { sqlite: 'GOV-083', family: 'grant' }, async (s) => {
    await s.event()
    return `DELETE FROM ${EVENT}`
  }),
  attack('the owner deletes an event outside pruning', 'owner', 'GOV-083', async (s) => {
    const id = await s.event()
    return `DELETE FROM ${EVENT} WHERE event_id = ${id}`
  }),
  attack(
    'the owner replaces an event by its dedupe key',
    'owner',
    { sqlite: 'GOV-006', family: 'GOV-083' },
    async (s) => {
      const row = s.eventRow(s.fingerprint())
      await s.add(EVENT, row)
      return s.sql(EVENT, { ...row, metric_value: 0 }, 'REPLACE INTO')
    },
  ),
  attack('INSERT IGNORE hides a word that is none', 'observe', { mariadb: 'check', mysql: 'allowed' }, (s) =>
    // MySQL skips the row with a warning: nothing is stored. The invariants at the end prove it.
    s.sql(EVENT, s.eventRow(s.fingerprint(), { severity_indicator: 'zzz' }), 'INSERT IGNORE INTO'),
  ),
  attack('an upsert rewrites an event', 'observe', { sqlite: 'GOV-006', family: 'grant' }, async (s) => {
    const row = s.eventRow(s.fingerprint())
    await s.add(EVENT, row)
    const sql = s.sql(EVENT, row)
    return s.mysql
      ? `${sql} ON DUPLICATE KEY UPDATE metric_value = 0`
      : `${sql} ON CONFLICT (dedupe_key) DO UPDATE SET metric_value = 0`
  }),
  attack('the owner upserts an event', 'owner', { sqlite: 'GOV-006', family: 'GOV-010' }, async (s) => {
    const row = s.eventRow(s.fingerprint())
    await s.add(EVENT, row)
    const sql = s.sql(EVENT, row)
    return s.mysql
      ? `${sql} ON DUPLICATE KEY UPDATE metric_value = 0`
      : `${sql} ON CONFLICT (dedupe_key) DO UPDATE SET metric_value = 0`
  }),
  attack('observe inserts an analysis', 'observe', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql('ai_analysis', s.analysisRow(await s.issue('UNDER_ANALYSIS'))),
  ),
  attack('observe opens an issue', 'observe', { sqlite: 'GOV-007', family: 'grant' }, async (s) => {
    const fingerprint = s.fingerprint()
    return s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint)))
  }),
  attack('observe writes a person’s event', 'observe', 'GOV-007', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { detection_source: 'MANUAL' })),
  ),
  attack('reason writes a person’s event', 'reason', 'allowed', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint(), { detection_source: 'MANUAL' })),
  ),
  attack('reason forges an instrument’s event', 'reason', 'GOV-007', (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint())),
  ),
  attack('serve forges an event', 'serve', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    s.sql(EVENT, s.eventRow(s.fingerprint())),
  ),
  attack('reason opens an issue', 'reason', 'allowed', async (s) => {
    const fingerprint = s.fingerprint()
    return s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint)))
  }),
  attack(
    'a second open issue of the fingerprint',
    'reason',
    { sqlite: 'GOV-006', family: 'key' },
    async (s) => {
      const fingerprint = s.fingerprint()
      const row = s.issueRow(fingerprint, await s.event(fingerprint))
      await s.add(ISSUE, row)
      return s.sql(ISSUE, row)
    },
  ),
  attack('two open issues in one statement', 'reason', { sqlite: 'GOV-006', family: 'key' }, async (s) => {
    const fingerprint = s.fingerprint()
    const sql = s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint)))
    return `${sql}, ${sql.slice(sql.indexOf('VALUES ') + 7)}`
  }),
  attack('an issue on another fingerprint’s event', 'reason', 'key', async (s) =>
    s.sql(ISSUE, s.issueRow(s.fingerprint(), await s.event())),
  ),
  attack('an issue on an event of another target', 'reason', 'key', async (s) => {
    const fingerprint = s.fingerprint()
    return s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint), { target_id: 2 }))
  }),
  attack('an issue on a notice', 'reason', 'GOV-090', async (s) => {
    const fingerprint = s.fingerprint()
    return s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint, { event_kind: 'NOTICE' })))
  }),
  attack('an issue that starts APPROVED', 'reason', { sqlite: 'GOV-090', family: 'grant' }, async (s) => {
    const fingerprint = s.fingerprint()
    return s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint), { issue_status: 'APPROVED' }))
  }),
  attack('an issue with a computed column supplied', 'owner', 'value', async (s) => {
    const fingerprint = s.fingerprint()
    return s.sql(ISSUE, s.issueRow(fingerprint, await s.event(fingerprint), { open_key: sha('other') }))
  }),
  attack('an issue recurring from another fingerprint', 'reason', 'key', async (s) => {
    const earlier = await s.issue()
    const fingerprint = s.fingerprint()
    return s.sql(
      ISSUE,
      s.issueRow(fingerprint, await s.event(fingerprint), { recurrence_of_issue_id: earlier }),
    )
  }),
  attack(
    'reason takes an issue',
    'reason',
    'allowed',
    async (s) => `UPDATE ${ISSUE} SET issue_status = 'UNDER_ANALYSIS' WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'reason skips states',
    'reason',
    'GOV-023',
    async (s) => `UPDATE ${ISSUE} SET issue_status = 'RESOLVED' WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'reason awaits a decision without an analysis',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'AWAITING_DECISION' WHERE issue_id = ${await s.issue('UNDER_ANALYSIS')}`,
  ),
  attack(
    'reason declares a decision made',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'DECISION_MADE' WHERE issue_id = ${(await s.analysed()).issueId}`,
  ),
  attack(
    'reason declares an issue approved',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'APPROVED' WHERE issue_id = ${(await s.proposed()).issueId}`,
  ),
  attack(
    'reason declares an approved issue executing',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'EXECUTING' WHERE issue_id = ${(await s.approved()).issueId}`,
  ),
  attack(
    'reason declares an executing issue verified',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'VERIFYING' WHERE issue_id = ${(await s.running()).issueId}`,
  ),
  attack(
    'reason resolves an issue nobody measured',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'RESOLVED' WHERE issue_id = ${(await s.finished()).issueId}`,
  ),
  attack(
    'reason cancels a running issue',
    'reason',
    'GOV-023',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'CANCELLED' WHERE issue_id = ${(await s.running()).issueId}`,
  ),
  attack(
    'reason cancels an approved issue without an ending',
    'reason',
    'GOV-027',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'CANCELLED' WHERE issue_id = ${(await s.approved()).issueId}`,
  ),
  attack(
    'reason reopens a resolved issue',
    'reason',
    'GOV-028',
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'UNDER_ANALYSIS' WHERE issue_id = ${(await s.judged('improved')).issueId}`,
  ),
  attack(
    'reason counts on a resolved issue',
    'reason',
    'GOV-028',
    async (s) =>
      `UPDATE ${ISSUE} SET occurrence_count = occurrence_count + 1 WHERE issue_id = ${(await s.judged('improved')).issueId}`,
  ),
  attack(
    'reason counts backwards',
    'reason',
    'GOV-015',
    async (s) => `UPDATE ${ISSUE} SET occurrence_count = 1 WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'reason lowers the severity',
    'reason',
    'GOV-015',
    async (s) => `UPDATE ${ISSUE} SET severity = 'INFO' WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'reason changes the fingerprint',
    'reason',
    { sqlite: 'GOV-015', family: 'grant' },
    async (s) => `UPDATE ${ISSUE} SET issue_fingerprint = '${sha('x')}' WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'the owner changes the category',
    'owner',
    'GOV-015',
    async (s) => `UPDATE ${ISSUE} SET issue_category = 'DEADLOCK' WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'serve moves an issue',
    'serve',
    { sqlite: 'GOV-027', family: 'grant' },
    async (s) =>
      `UPDATE ${ISSUE} SET issue_status = 'APPROVED' WHERE issue_id = ${(await s.proposed()).issueId}`,
  ),
  attack(
    'the owner deletes an issue',
    'owner',
    'GOV-010',
    async (s) => `DELETE FROM ${ISSUE} WHERE issue_id = ${await s.issue()}`,
  ),
  attack('a copy steals another’s issue lease', 'reason', 'GOV-046', async (s) => {
    const id = await s.issue()
    await s.owner.run(
      `UPDATE ${ISSUE} SET lease_owner = 'a', lease_expires_at = ${literalIn(s, 60_000)} WHERE issue_id = ${id}`,
    )
    return `UPDATE ${ISSUE} SET lease_owner = 'b', lease_expires_at = ${literalIn(s, 60_000)} WHERE issue_id = ${id}`
  }),
  attack(
    'a lease for a year',
    'reason',
    'GOV-047',
    async (s) =>
      `UPDATE ${ISSUE} SET lease_owner = 'a', lease_expires_at = ${literalIn(s, 365 * 86_400_000)} WHERE issue_id = ${await s.issue()}`,
  ),
  attack(
    'a lease without an end',
    'reason',
    'check',
    async (s) => `UPDATE ${ISSUE} SET lease_owner = 'a' WHERE issue_id = ${await s.issue()}`,
  ),
  attack('confidence 1.0', 'reason', 'check', async (s) =>
    s.sql('ai_analysis', s.analysisRow(await s.issue('UNDER_ANALYSIS'), { confidence_score: s.decimal(1) })),
  ),
  attack('confidence .93', 'reason', 'allowed', async (s) =>
    s.sql('ai_analysis', s.analysisRow(await s.issue('UNDER_ANALYSIS'))),
  ),
  attack('confidence too large to store, without strict mode', 'reason', { family: 'check' }, async (s) => [
    "SET SESSION sql_mode = ''",
    s.sql('ai_analysis', s.analysisRow(await s.issue('UNDER_ANALYSIS'), { confidence_score: 1000 })),
  ]),
  attack('a diagnosis without evidence', 'reason', 'GOV-025', async (s) =>
    s.sql('ai_analysis', s.analysisRow(await s.issue('UNDER_ANALYSIS'), { evidence: '[]' })),
  ),
  attack('an analysis of an issue nobody took', 'reason', 'GOV-029', async (s) =>
    s.sql('ai_analysis', s.analysisRow(await s.issue())),
  ),
  attack('an analysis with an unknown calibrator', 'reason', 'key', async (s) =>
    s.sql('ai_analysis', s.analysisRow(await s.issue('UNDER_ANALYSIS'), { calibrator_version: 77 })),
  ),
  attack('reason edits an analysis', 'reason', { sqlite: 'GOV-010', family: 'grant' }, async (s) => {
    const { analysisId } = await s.analysed()
    return `UPDATE ai_analysis SET confidence_score = ${s.decimal(0.99)} WHERE analysis_id = ${analysisId}`
  }),
  attack('the owner deletes an analysis', 'owner', 'GOV-010', async (s) => {
    const { analysisId } = await s.analysed()
    return `DELETE FROM ai_analysis WHERE analysis_id = ${analysisId}`
  }),
  attack('a model exchange is rewritten', 'owner', 'GOV-010', async (s) => {
    await s.add('model_exchanges', {
      model: 'm',
      prompt_digest: sha('p'),
      request_text: 'p',
      response_text: 'r',
      dropped: '[]',
    })
    return "UPDATE model_exchanges SET response_text = 'x'"
  }),
  attack('a batch that skips events', 'observe', 'GOV-081', async (s) => {
    await s.event()
    const id = await s.event()
    return s.sql('event_batches', {
      first_event_id: id,
      last_event_id: id,
      event_count: 1,
      events_digest: sha('x'),
    })
  }),
  attack('a batch with a made-up digest', 'observe', 'GOV-082', async (s) => {
    await s.event()
    const from = await s.value(
      'SELECT MIN(event_id) FROM detection_events WHERE event_id > (SELECT COALESCE(MAX(last_event_id), 0) FROM event_batches)',
    )
    return s.sql('event_batches', {
      first_event_id: Number(from),
      last_event_id: Number(from),
      event_count: 1,
      events_digest: sha('made up'),
    })
  }),
  attack('pruning a batch of today', 'retention', 'GOV-083', (s) =>
    s.sql('event_prunings', { batch_id: 1, reason: 'age' }),
  ),
  attack('observe prunes', 'observe', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    s.sql('event_prunings', { batch_id: 1, reason: 'age' }),
  ),
  attack('retention deletes a fresh sample', 'retention', 'GOV-084', async (s) => {
    await s.add('metric_samples', {
      target_id: 1,
      instance_uid: 'u',
      epoch: fromNow(-9e6),
      series_kind: 'statement',
      series_key: `k${s.next()}`,
      window_start: fromNow(-10_000),
      window_end: fromNow(-1000),
      calls: 1,
      total_ms: 1,
      measures: '{}',
    })
    return 'DELETE FROM metric_samples'
  }),
]

function literalIn(s: { readonly mysql: boolean }, ms: number): string {
  const iso = fromNow(ms).toISOString().replace('Z', '000Z')
  return s.mysql ? `'${iso.replace('T', ' ').replace('Z', '')}'` : `'${iso}'`
}
