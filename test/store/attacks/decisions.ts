/** Attacks on decisions, actions and endings. */

import { fromNow } from '../support/literals.ts'
import { DAY, SOON_MS, sha, soonOver } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const DECISION = 'recovery_decisions'

/** Decision attacks. */
export const DECISION_ATTACKS: readonly Attack[] = [
  attack('reason proposes', 'reason', 'allowed', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed())),
  ),
  attack('binding text and digest differ', 'reason', 'check', async (s) =>
    s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), plan_digest: sha('another') }),
  ),
  attack(
    'a binding that is not JSON',
    'reason',
    { sqlite: ['other: SQLITE_ERROR malformed JSON', 'check'], family: ['GOV-026', 'check', 'other: 3141'] },
    async (s) =>
      s.sql(DECISION, {
        ...(await s.decisionRow(await s.analysed())),
        binding_text: 'DROP TABLE users',
        plan_digest: sha('DROP TABLE users'),
      }),
  ),
  attack('a HIGH action relabelled LOW', 'reason', 'GOV-021', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { action: 'drop', row: { risk_level: 'LOW' } })),
  ),
  attack('the same with key checks off', 'reason', 'GOV-001', async (s) => [
    s.mysql ? 'SET SESSION foreign_key_checks = 0' : 'PRAGMA foreign_keys = OFF',
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { action: 'drop', row: { risk_level: 'LOW' } })),
  ]),
  attack('a binding that says LOW for a HIGH action', 'reason', 'GOV-026', async (s) =>
    s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), { risk: 'HIGH', binding: (b) => ({ ...b, riskLevel: 'LOW' }) }),
    ),
  ),
  attack('a binding for another action', 'reason', 'GOV-026', async (s) =>
    s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), {
        binding: (b) => ({
          ...b,
          action: { name: 'my.drop_index', version: 1, definitionDigest: sha('my.drop_index') },
        }),
      }),
    ),
  ),
  attack('a binding for another definition of the action', 'reason', 'GOV-026', async (s) =>
    s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), {
        binding: (b) => ({
          ...b,
          action: { name: 'my.analyze_table', version: 1, definitionDigest: sha('other') },
        }),
      }),
    ),
  ),
  attack('a binding for another target', 'reason', 'GOV-026', async (s) =>
    s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), {
        binding: (b) => ({
          ...b,
          target: { id: 2, name: 'other', engine: 'mysql', instanceUid: 'uid-2', epoch: null },
        }),
      }),
    ),
  ),
  attack('a binding for another server behind the target', 'reason', 'GOV-026', async (s) =>
    s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), {
        binding: (b) => ({
          ...b,
          target: { id: 1, name: 'shop', engine: 'mysql', instanceUid: 'uid-9', epoch: null },
        }),
      }),
    ),
  ),
  attack('a binding without steps', 'reason', 'GOV-026', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { binding: (b) => ({ ...b, steps: [] }) })),
  ),
  attack('a binding that expires at another time', 'reason', 'GOV-026', async (s) =>
    s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), expires_at: fromNow(2 * DAY) }),
  ),
  attack('a decision on another target than its issue', 'reason', ['GOV-029', 'GOV-026'], async (s) =>
    s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), target_id: 2 }),
  ),
  attack('an action of another engine', 'reason', ['GOV-021', 'GOV-029'], async (s) =>
    s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), target_id: 3 }),
  ),
  attack('a disabled action', 'reason', 'GOV-021', async (s) => {
    const id = await s.add(
      'predefined_actions',
      { ...s.actionRow('analyze'), action_version: 100 + s.next(), action_enabled: 0 },
      'action_id',
    )
    return s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), recommended_action_id: id })
  }),
  attack('an unknown action', 'reason', 'GOV-021', async (s) =>
    s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), recommended_action_id: 99_999 }),
  ),
  attack('valid for eight days', 'reason', 'GOV-034', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { expiresMs: 8 * DAY })),
  ),
  attack('already expired', 'reason', 'GOV-034', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { expiresMs: -1000 })),
  ),
  attack('a decision that starts APPROVED', 'reason', { sqlite: 'GOV-020', family: 'grant' }, async (s) =>
    s.sql(DECISION, { ...(await s.decisionRow(await s.analysed())), decision_status: 'APPROVED' }),
  ),
  attack('a decision on an abstained analysis', 'reason', 'GOV-025', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed({ analysis_status: 'ABSTAINED' }))),
  ),
  attack('a decision on a superseded analysis', 'reason', 'GOV-025', async (s) => {
    const of = await s.analysed()
    await s.add('ai_analysis', s.analysisRow(of.issueId))
    return s.sql(DECISION, await s.decisionRow(of))
  }),
  attack('a decision on another issue’s analysis', 'reason', 'GOV-025', async (s) => {
    const [of, other] = [await s.analysed(), await s.analysed()]
    return s.sql(DECISION, await s.decisionRow({ issueId: of.issueId, analysisId: other.analysisId }))
  }),
  attack('a decision before an analysis is stored', 'reason', ['GOV-029', 'GOV-025'], async (s) =>
    s.sql(DECISION, await s.decisionRow({ issueId: await s.issue('UNDER_ANALYSIS'), analysisId: 1 })),
  ),
  attack('a second open decision of an issue', 'reason', 'GOV-029', async (s) => {
    const of = await s.proposed()
    return s.sql(DECISION, await s.decisionRow(of))
  }),
  attack('a decision in an innocent person’s name', 'reason', 'GOV-055', async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { proposedBy: 'alice' })),
  ),
  attack('a decision in the name of a stranger', 'reason', ['GOV-055', 'key'], async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed(), { proposedBy: 'stranger' })),
  ),
  attack('a person’s request passed off as another’s', 'reason', ['key', 'GOV-055'], async (s) => {
    const requestId = await s.add(
      'recovery_requests',
      { target_id: 1, action_name: 'x', params: '{}', reason: 'r', requested_by: 'bob' },
      'recovery_request_id',
    )
    return s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), {
        proposedBy: 'alice',
        row: { recovery_request_id: requestId },
      }),
    )
  }),
  attack('a person’s request passed off as the program’s', 'reason', 'GOV-055', async (s) => {
    const requestId = await s.add(
      'recovery_requests',
      { target_id: 1, action_name: 'x', params: '{}', reason: 'r', requested_by: 'bob' },
      'recovery_request_id',
    )
    return s.sql(
      DECISION,
      await s.decisionRow(await s.analysed(), { row: { recovery_request_id: requestId } }),
    )
  }),
  attack('a confidence unlike any', 'reason', 'check', async (s) =>
    s.sql(DECISION, {
      ...(await s.decisionRow(await s.analysed())),
      confidence_based_score: s.decimal(0.995) + (s.mysql ? 0.004 : 40),
    }),
  ),
  attack(
    'reason sets APPROVED',
    'reason',
    { sqlite: 'GOV-024', family: 'grant' },
    async (s) =>
      `UPDATE ${DECISION} SET decision_status = 'APPROVED' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack(
    'the owner sets APPROVED without a vote',
    'owner',
    'GOV-024',
    async (s) =>
      `UPDATE ${DECISION} SET decision_status = 'APPROVED' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack('the owner reopens a declined decision', 'owner', 'GOV-023', async (s) => {
    const of = await s.proposed()
    await s.vote(of, { approval_status: 'DECLINED', approval_reason: 'SAFETY_CONCERN' })
    return `UPDATE ${DECISION} SET decision_status = 'PENDING_APPROVAL' WHERE decision_id = ${of.decisionId}`
  }),
  attack(
    'the owner edits the binding',
    'owner',
    'GOV-022',
    async (s) =>
      `UPDATE ${DECISION} SET binding_text = '{}', plan_digest = '${sha('{}')}' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack(
    'the owner extends the expiry',
    'owner',
    'GOV-022',
    async (s) =>
      `UPDATE ${DECISION} SET expires_at = ${s.now} WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack(
    'the owner lowers the risk',
    'owner',
    'GOV-022',
    async (s) =>
      `UPDATE ${DECISION} SET risk_level = 'LOW' WHERE decision_id = ${(await s.proposed({ risk: 'HIGH' })).decisionId}`,
  ),
  attack(
    'the owner changes the proposer',
    'owner',
    'GOV-022',
    async (s) =>
      `UPDATE ${DECISION} SET proposed_by = 'alice' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack(
    'the owner marks a decision unused again',
    'owner',
    { sqlite: 'GOV-005', family: 'allowed' },
    async (s) =>
      // MySQL: the trigger puts the first value back. The invariants at the end prove it.
      `UPDATE ${DECISION} SET used_at = NULL WHERE decision_id = ${(await s.queued()).decisionId}`,
  ),
  attack(
    'the owner edits a computed column',
    'owner',
    'value',
    async (s) =>
      `UPDATE ${DECISION} SET parameters = '{}' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack(
    'the owner deletes a decision',
    'owner',
    'GOV-013',
    async (s) => `DELETE FROM ${DECISION} WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack(
    'learn writes a decision',
    'learn',
    { sqlite: 'GOV-024', family: 'grant' },
    async (s) =>
      `UPDATE ${DECISION} SET decision_status = 'APPROVED' WHERE decision_id = ${(await s.proposed()).decisionId}`,
  ),
  attack('learn proposes', 'learn', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(DECISION, await s.decisionRow(await s.analysed())),
  ),
  attack(
    'the owner edits an action’s template',
    'owner',
    'GOV-014',
    () => "UPDATE predefined_actions SET execution_query = 'DROP DATABASE x' WHERE action_id = 1",
  ),
  attack(
    'the owner lowers an action’s risk',
    'owner',
    'GOV-014',
    () => "UPDATE predefined_actions SET risk_level = 'LOW' WHERE action_name = 'my.drop_index'",
  ),
  attack(
    'the owner unbinds an action from its connection',
    'owner',
    'GOV-014',
    () => "UPDATE predefined_actions SET binds_connection = 0 WHERE action_name = 'my.kill_connection'",
  ),
  attack('the owner deletes an action', 'owner', 'GOV-014', () => 'DELETE FROM predefined_actions'),
  attack('a second definition of one version', 'serve', { sqlite: 'GOV-006', family: 'key' }, (s) =>
    s.sql('predefined_actions', {
      ...s.actionRow('drop'),
      risk_level: 'LOW',
      definition_digest: sha('mine'),
    }),
  ),
  attack('reason adds an action', 'reason', { sqlite: 'GOV-007', family: 'grant' }, (s) =>
    s.sql('predefined_actions', { ...s.actionRow('drop'), action_version: 1000 + s.next() }),
  ),
  attack('reason enables an action', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) => {
    const id = await s.add(
      'predefined_actions',
      { ...s.actionRow('analyze'), action_version: 100 + s.next(), action_enabled: 0 },
      'action_id',
    )
    return `UPDATE predefined_actions SET action_enabled = 1 WHERE action_id = ${id}`
  }),
  attack('serve enables an action for nobody', 'serve', 'GOV-067', async (s) => {
    const id = await s.add(
      'predefined_actions',
      { ...s.actionRow('analyze'), action_version: 100 + s.next(), action_enabled: 0 },
      'action_id',
    )
    return `UPDATE predefined_actions SET action_enabled = 1 WHERE action_id = ${id}`
  }),
  attack('serve enables an action for a person', 'serve', 'allowed', async (s) => {
    const id = await s.add(
      'predefined_actions',
      { ...s.actionRow('analyze'), action_version: 100 + s.next(), action_enabled: 0 },
      'action_id',
    )
    return `UPDATE predefined_actions SET action_enabled = 1, enabled_set_by = 'bob' WHERE action_id = ${id}`
  }),
  attack('reason expires a decision whose time has come', 'reason', 'allowed', async (s) => {
    const { decisionId } = await s.proposed({ expiresMs: SOON_MS })
    await soonOver()
    return s.sql('decision_endings', {
      decision_id: decisionId,
      ending: 'EXPIRED',
      reason: 'time',
      ended_by: 'dbmedic',
    })
  }),
  attack('reason expires a decision early', 'reason', 'GOV-054', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.proposed()).decisionId,
      ending: 'EXPIRED',
      reason: 'early',
      ended_by: 'dbmedic',
    }),
  ),
  attack('reason revokes in a person’s name', 'reason', 'GOV-007', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'REVOKED',
      reason: 'x',
      ended_by: 'bob',
    }),
  ),
  attack('act cancels in a person’s name', 'act', 'GOV-007', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'CANCELLED',
      reason: 'x',
      ended_by: 'bob',
    }),
  ),
  attack('serve cancels in nobody’s name', 'serve', 'GOV-055', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'CANCELLED',
      reason: 'x',
      ended_by: 'dbmedic',
    }),
  ),
  attack('serve cancels for an inactive person', 'serve', 'GOV-055', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'CANCELLED',
      reason: 'x',
      ended_by: 'carol',
    }),
  ),
  attack('serve revokes for a person', 'serve', 'allowed', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'REVOKED',
      reason: 'x',
      ended_by: 'bob',
    }),
  ),
  attack('an ending in the middle of a run', 'serve', 'GOV-054', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.running()).decisionId,
      ending: 'CANCELLED',
      reason: 'x',
      ended_by: 'bob',
    }),
  ),
  attack('a second ending', 'serve', 'GOV-054', async (s) => {
    const { decisionId } = await s.approved()
    await s.add('decision_endings', {
      decision_id: decisionId,
      ending: 'REVOKED',
      reason: 'x',
      ended_by: 'bob',
    })
    return s.sql('decision_endings', {
      decision_id: decisionId,
      ending: 'CANCELLED',
      reason: 'x',
      ended_by: 'bob',
    })
  }),
  attack('asking for another before a decline', 'serve', 'GOV-054', async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.proposed()).decisionId,
      ending: 'ASK_OTHER',
      reason: 'x',
      ended_by: 'bob',
    }),
  ),
  attack('the owner edits an ending', 'owner', 'GOV-010', async (s) => {
    await s.add('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'REVOKED',
      reason: 'x',
      ended_by: 'bob',
    })
    return "UPDATE decision_endings SET ended_by = 'alice'"
  }),
  attack('learn ends a decision', 'learn', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql('decision_endings', {
      decision_id: (await s.approved()).decisionId,
      ending: 'VOIDED',
      reason: 'x',
      ended_by: 'dbmedic',
    }),
  ),
]
