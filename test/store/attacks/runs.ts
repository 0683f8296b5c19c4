/** Attacks on execution and what follows: runs, leases, steps, verdicts, lessons. */

import { fromNow, literal } from '../support/literals.ts'
import { DAY, HOUR, MINUTE, SOON_MS, sha, soonOver } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const RUN = 'action_executions'
const VERDICT = 'execution_verifications'
const LESSON = 'learning_records'
const STEP = '[{"index":0,"kind":"step","statement":"A","endedAt":"t"}]'

/** Run, verdict and lesson attacks. */
export const RUN_ATTACKS: readonly Attack[] = [
  attack('act queues an approved run', 'act', 'allowed', async (s) =>
    s.sql(RUN, s.runRow(await s.approved())),
  ),
  attack('a run without an approval', 'act', 'GOV-041', async (s) =>
    s.sql(RUN, s.runRow({ ...(await s.proposed()), approvalId: 99_999 })),
  ),
  attack('a run without an approval, key checks off', 'act', 'GOV-001', async (s) => [
    s.mysql ? 'SET SESSION foreign_key_checks = 0' : 'PRAGMA foreign_keys = OFF',
    s.sql(RUN, s.runRow({ ...(await s.proposed()), approvalId: 99_999 })),
  ]),
  attack('a run on a decline', 'act', 'GOV-041', async (s) => {
    const of = await s.proposed()
    const approvalId = await s.vote(of, { approval_status: 'DECLINED', approval_reason: 'SAFETY_CONCERN' })
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack('a run on a decline, key checks off', 'act', 'GOV-001', async (s) => {
    const of = await s.proposed()
    const approvalId = await s.vote(of, { approval_status: 'DECLINED', approval_reason: 'SAFETY_CONCERN' })
    return [
      s.mysql ? 'SET SESSION foreign_key_checks = 0' : 'PRAGMA foreign_keys = OFF',
      s.sql(RUN, s.runRow({ ...of, approvalId })),
    ]
  }),
  attack('a run that requires DECLINED', 'act', { sqlite: 'GOV-040', family: 'grant' }, async (s) => {
    const of = await s.proposed()
    const approvalId = await s.vote(of, { approval_status: 'DECLINED', approval_reason: 'SAFETY_CONCERN' })
    return s.sql(RUN, s.runRow({ ...of, approvalId }, { required_status: 'DECLINED' }))
  }),
  attack('a run on a conditional vote', 'act', 'GOV-041', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    const approvalId = await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack('a run of another action', 'act', 'GOV-041', async (s) =>
    s.sql(RUN, s.runRow(await s.approved(), { action_id: await s.actionId('drop') })),
  ),
  attack('a run of another plan', 'act', 'GOV-041', async (s) =>
    s.sql(RUN, s.runRow(await s.approved(), { plan_digest: sha('other') })),
  ),
  attack('a run of another decision under this approval', 'act', 'GOV-041', async (s) => {
    const [of, other] = [await s.approved(), await s.proposed()]
    return s.sql(RUN, s.runRow(of, { decision_id: other.decisionId }))
  }),
  attack('a run inserted as COMPLETED', 'act', { sqlite: 'GOV-040', family: 'grant' }, async (s) =>
    s.sql(RUN, s.runRow(await s.approved(), { execution_status: 'COMPLETED', execution_outcome: 'SUCCESS' })),
  ),
  attack('an approval reused', 'act', { sqlite: 'GOV-006', family: 'key' }, async (s) =>
    s.sql(RUN, s.runRow(await s.finished())),
  ),
  attack('an approval reused while it runs', 'act', 'GOV-071', async (s) =>
    s.sql(RUN, s.runRow(await s.queued())),
  ),
  attack('an approval reused, unique checks off', 'act', { family: 'GOV-001' }, async (s) => [
    'SET SESSION unique_checks = 0',
    s.sql(RUN, s.runRow(await s.queued())),
  ]),
  attack(
    'an approval reused after the run failed',
    'act',
    { sqlite: ['GOV-006'], family: ['key'] },
    async (s) => {
      const of = await s.running()
      await s.owner.run(s.end(of.executionId, 'FAILED', 'FAILED'))
      return s.sql(RUN, s.runRow(of))
    },
  ),
  attack('two runs in one statement', 'act', 'GOV-071', async (s) => {
    const sql = s.sql(RUN, s.runRow(await s.approved()))
    return `${sql}, ${sql.slice(sql.indexOf('VALUES ') + 7)}`
  }),
  attack('a run after the approval expired', 'act', 'GOV-041', async (s) => {
    const of = await s.approved({}, { expires_at: fromNow(SOON_MS) })
    await soonOver()
    return s.sql(RUN, s.runRow(of))
  }),
  attack('a run after the decision expired', 'act', 'GOV-041', async (s) => {
    const of = await s.approved({ expiresMs: SOON_MS })
    await soonOver()
    return s.sql(RUN, s.runRow(of))
  }),
  attack('a run before its window', 'act', 'GOV-041', async (s) =>
    s.sql(
      RUN,
      s.runRow(await s.approved({}, { window_start: fromNow(HOUR), expires_at: fromNow(2 * HOUR) })),
    ),
  ),
  attack('a run after the first person’s window has not begun', 'act', 'GOV-042', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, {
      approval_status: 'CONDITIONAL_APPROVAL',
      window_start: fromNow(HOUR),
      expires_at: fromNow(HOUR + 20 * MINUTE),
    })
    return s.sql(RUN, s.runRow({ ...of, approvalId: await s.vote(of, { admin_user_id: 'alice' }) }))
  }),
  attack('HIGH after one of two consents ran out', 'act', 'GOV-042', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL', expires_at: fromNow(SOON_MS) })
    const approvalId = await s.vote(of, { admin_user_id: 'alice' })
    await soonOver()
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack('HIGH after one of the two was deactivated', 'act', 'GOV-042', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { admin_user_id: 'erin', approval_status: 'CONDITIONAL_APPROVAL' })
    const approvalId = await s.vote(of, { admin_user_id: 'alice' })
    await s.register('erin', { is_active: 0 })
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack('a run after the decision was revoked', 'act', 'GOV-041', async (s) => {
    const of = await s.approved()
    await s.add('decision_endings', {
      decision_id: of.decisionId,
      ending: 'REVOKED',
      reason: 'x',
      ended_by: 'bob',
    })
    return s.sql(RUN, s.runRow(of))
  }),
  attack('a run after its grant was revoked', 'act', 'GOV-061', async (s) => {
    const grant = await s.grant()
    const of = await s.proposed()
    const approvalId = await s.add('admin_approvals', s.underGrant(of, grant), 'approval_id')
    await s.owner.run(
      `UPDATE standing_approvals SET revoked_by = 'bob' WHERE standing_approval_id = ${grant}`,
    )
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack('a run of an action disabled since', 'act', 'GOV-041', async (s) => {
    const of = await s.approved({ action: 'killQuery' })
    await s.owner.run(
      `UPDATE predefined_actions SET action_enabled = 0, enabled_set_by = 'bob' WHERE action_id = ${of.actionId}`,
    )
    return s.sql(RUN, s.runRow(of))
  }),
  attack(
    'the action enabled again',
    'serve',
    'allowed',
    () =>
      "UPDATE predefined_actions SET action_enabled = 1, enabled_set_by = 'bob' WHERE action_name = 'my.kill_query'",
  ),
  attack('serve queues a run', 'serve', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(RUN, s.runRow(await s.approved())),
  ),
  attack('reason queues a run', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(RUN, s.runRow(await s.approved())),
  ),
  attack('an approval that another transaction takes back', 'act', 'GOV-041', async (s) => {
    const of = await s.proposed()
    await s.owner.run(s.mysql ? 'START TRANSACTION' : 'SAVEPOINT a')
    const approvalId = await s.vote(of)
    await s.owner.run(s.mysql ? 'ROLLBACK' : 'ROLLBACK TO a')
    if (!s.mysql) await s.owner.run('RELEASE a')
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack(
    'a vote and a run in one transaction whose vote is taken back',
    'owner',
    { sqlite: 'GOV-041', family: 'GOV-041' },
    async (s) => {
      const of = await s.proposed()
      const next = Number(await s.value('SELECT MAX(approval_id) + 1 FROM admin_approvals'))
      return [
        s.mysql ? 'START TRANSACTION' : 'BEGIN',
        'SAVEPOINT b',
        s.sql('admin_approvals', s.voteRow(of)),
        'ROLLBACK TO SAVEPOINT b',
        s.sql(RUN, s.runRow({ ...of, approvalId: next })),
      ]
    },
  ),
  attack(
    'starting without a lease',
    'act',
    'GOV-048',
    async (s) =>
      `UPDATE ${RUN} SET execution_status = 'IN_PROGRESS' WHERE execution_id = ${(await s.queued()).executionId}`,
  ),
  attack('starting with a lease that ran out', 'act', 'GOV-048', async (s) =>
    s.start((await s.queued()).executionId, 'act-1', -1000),
  ),
  attack('starting with a lease of a day', 'act', 'GOV-047', async (s) =>
    s.start((await s.queued()).executionId, 'act-1', DAY),
  ),
  attack('starting with a lease', 'act', 'allowed', async (s) => s.start((await s.queued()).executionId)),
  attack('starting twice', 'act', ['GOV-046', 'GOV-023'], async (s) =>
    s.start((await s.running()).executionId, 'act-2'),
  ),
  attack('starting a run whose approval expired in the queue', 'act', 'GOV-041', async (s) => {
    const of = await s.queued({}, { expires_at: fromNow(SOON_MS) })
    await soonOver()
    return s.start(of.executionId)
  }),
  attack('skipping to COMPLETED', 'act', 'GOV-023', async (s) => s.end((await s.queued()).executionId)),
  attack(
    'COMPLETED without an outcome',
    'act',
    'check',
    async (s) =>
      `UPDATE ${RUN} SET execution_status = 'COMPLETED' WHERE execution_id = ${(await s.running()).executionId}`,
  ),
  attack('FAILED with SUCCESS', 'act', 'check', async (s) =>
    s.end((await s.running()).executionId, 'FAILED', 'SUCCESS'),
  ),
  attack(
    'an outcome while running',
    'act',
    'check',
    async (s) =>
      `UPDATE ${RUN} SET execution_outcome = 'SUCCESS' WHERE execution_id = ${(await s.running()).executionId}`,
  ),
  attack('COMPLETED with SUCCESS', 'act', 'allowed', async (s) => s.end((await s.running()).executionId)),
  attack('COMPLETED after the lease was lost', 'act', 'GOV-048', async (s) => {
    const of = await s.queued()
    await s.owner.run(s.start(of.executionId, 'act-1', SOON_MS))
    await soonOver()
    return s.end(of.executionId)
  }),
  attack('a running lease stolen', 'act', 'GOV-046', async (s) => {
    const { executionId } = await s.running()
    return `UPDATE ${RUN} SET lease_owner = 'thief', lease_expires_at = ${literal(fromNow(MINUTE), s.store.dialect)} WHERE execution_id = ${executionId}`
  }),
  attack(
    'a running lease cleared to be taken',
    'act',
    'GOV-046',
    async (s) =>
      `UPDATE ${RUN} SET lease_owner = NULL, lease_expires_at = NULL WHERE execution_id = ${(await s.running()).executionId}`,
  ),
  attack('an adopted run sends another statement', 'act', 'GOV-045', async (s) => {
    const of = await s.queued()
    await s.owner.run(s.start(of.executionId, 'act-1', SOON_MS))
    await soonOver()
    await s.owner.run(
      `UPDATE ${RUN} SET lease_owner = 'act-2', lease_expires_at = ${literal(fromNow(MINUTE), s.store.dialect)} WHERE execution_id = ${of.executionId}`,
    )
    return `UPDATE ${RUN} SET steps = '${STEP}' WHERE execution_id = ${of.executionId}`
  }),
  attack('a recorded step rewritten', 'act', 'GOV-045', async (s) => {
    const { executionId } = await s.running()
    await s.owner.run(`UPDATE ${RUN} SET steps = '${STEP}' WHERE execution_id = ${executionId}`)
    return `UPDATE ${RUN} SET steps = '${STEP.replace('"A"', '"B"')}' WHERE execution_id = ${executionId}`
  }),
  attack('a recorded step dropped', 'act', 'GOV-045', async (s) => {
    const { executionId } = await s.running()
    await s.owner.run(`UPDATE ${RUN} SET steps = '${STEP}' WHERE execution_id = ${executionId}`)
    return `UPDATE ${RUN} SET steps = '[]' WHERE execution_id = ${executionId}`
  }),
  attack(
    'steps before the start',
    'act',
    'GOV-045',
    async (s) => `UPDATE ${RUN} SET steps = '${STEP}' WHERE execution_id = ${(await s.queued()).executionId}`,
  ),
  attack(
    'before-metrics rewritten during the run',
    'act',
    'GOV-045',
    async (s) =>
      `UPDATE ${RUN} SET pre_execution_metrics = '{"mean":1}' WHERE execution_id = ${(await s.running()).executionId}`,
  ),
  attack(
    'the outcome rewritten afterwards',
    'act',
    'GOV-044',
    async (s) =>
      `UPDATE ${RUN} SET execution_outcome = 'PARTIAL_SUCCESS' WHERE execution_id = ${(await s.finished()).executionId}`,
  ),
  attack(
    'steps edited afterwards',
    'act',
    'GOV-044',
    async (s) =>
      `UPDATE ${RUN} SET steps = '${STEP}' WHERE execution_id = ${(await s.finished()).executionId}`,
  ),
  attack(
    'the owner runs an ended run again',
    'owner',
    'GOV-044',
    async (s) =>
      `UPDATE ${RUN} SET execution_status = 'QUEUED', execution_outcome = NULL WHERE execution_id = ${(await s.finished()).executionId}`,
  ),
  attack('the owner moves a run to another approval', 'owner', 'GOV-043', async (s) => {
    const [of, other] = [await s.queued(), await s.approved()]
    return `UPDATE ${RUN} SET approval_id = ${other.approvalId} WHERE execution_id = ${of.executionId}`
  }),
  attack(
    'the owner turns a DO into an UNDO',
    'owner',
    'GOV-043',
    async (s) => `UPDATE ${RUN} SET purpose = 'UNDO' WHERE execution_id = ${(await s.queued()).executionId}`,
  ),
  attack(
    'the owner forges the time of start',
    'owner',
    { sqlite: 'GOV-005', family: 'allowed' },
    async (s) =>
      // MySQL: the trigger keeps its own value. The invariants at the end prove it.
      `UPDATE ${RUN} SET started_at = ${literal(fromNow(-DAY), s.store.dialect)} WHERE execution_id = ${(await s.running()).executionId}`,
  ),
  attack(
    'the owner deletes a run',
    'owner',
    'GOV-012',
    async (s) => `DELETE FROM ${RUN} WHERE execution_id = ${(await s.queued()).executionId}`,
  ),
  attack(
    'the owner replaces a run',
    'owner',
    { sqlite: ['GOV-006', 'GOV-041'], family: ['GOV-012', 'GOV-041'] },
    async (s) => {
      const of = await s.finished()
      return s.sql(RUN, { execution_id: of.executionId, ...s.runRow(of) }, 'REPLACE INTO')
    },
  ),
  attack('UNDO without consent', 'act', 'GOV-049', async (s) =>
    s.sql(RUN, s.runRow(await s.judged('regressed'), { purpose: 'UNDO' })),
  ),
  attack('UNDO before a verdict', 'act', 'GOV-049', async (s) =>
    s.sql(RUN, s.runRow(await s.finished({}, { undo_preconsented: 1 }), { purpose: 'UNDO' })),
  ),
  attack('UNDO of an improvement', 'act', 'GOV-049', async (s) =>
    s.sql(RUN, s.runRow(await s.judged('improved', {}, { undo_preconsented: 1 }), { purpose: 'UNDO' })),
  ),
  attack('UNDO while undecided', 'act', 'GOV-049', async (s) =>
    s.sql(RUN, s.runRow(await s.judged('undecided', {}, { undo_preconsented: 1 }), { purpose: 'UNDO' })),
  ),
  attack('UNDO before the DO ran', 'act', 'GOV-049', async (s) =>
    s.sql(RUN, s.runRow(await s.approved({}, { undo_preconsented: 1 }), { purpose: 'UNDO' })),
  ),
  attack('UNDO with one of two consents', 'act', 'GOV-049', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, {
      admin_user_id: 'alice',
      approval_status: 'CONDITIONAL_APPROVAL',
      undo_preconsented: 0,
    })
    const approvalId = await s.vote(of, { undo_preconsented: 1 })
    const executionId = await s.add(RUN, s.runRow({ ...of, approvalId }), 'execution_id')
    await s.owner.run(s.start(executionId))
    await s.owner.run(s.end(executionId))
    await s.add(VERDICT, s.verdictRow(executionId, 'regressed'))
    return s.sql(RUN, s.runRow({ ...of, approvalId }, { purpose: 'UNDO' }))
  }),
  attack('a consented UNDO of a regression', 'act', 'allowed', async (s) =>
    s.sql(RUN, s.runRow(await s.judged('regressed', {}, { undo_preconsented: 1 }), { purpose: 'UNDO' })),
  ),
  attack('UNDO twice', 'act', { sqlite: 'GOV-006', family: 'key' }, async (s) => {
    const of = await s.judged('regressed', {}, { undo_preconsented: 1 })
    await s.add(RUN, s.runRow(of, { purpose: 'UNDO' }))
    await s.settle()
    return s.sql(RUN, s.runRow(of, { purpose: 'UNDO' }))
  }),
  attack('a purpose that is no word', 'act', ['GOV-041', 'GOV-049', 'check'], async (s) =>
    s.sql(RUN, s.runRow(await s.approved(), { purpose: 'REDO' })),
  ),
  attack('a verdict on a running plan', 'act', 'GOV-052', async (s) =>
    s.sql(VERDICT, s.verdictRow((await s.running()).executionId, 'improved')),
  ),
  attack('a verdict on a refused run', 'act', 'GOV-052', async (s) => {
    const { executionId } = await s.queued()
    await s.owner.run(s.end(executionId, 'FAILED', 'REFUSED'))
    return s.sql(VERDICT, s.verdictRow(executionId, 'improved'))
  }),
  attack('act judges', 'act', 'allowed', async (s) =>
    s.sql(VERDICT, s.verdictRow((await s.finished()).executionId, 'improved')),
  ),
  attack('act judges in a person’s name', 'act', ['GOV-007'], async (s) => {
    const { executionId } = await s.judged('undecided')
    return s.sql(VERDICT, s.verdictRow(executionId, 'improved', { assessed_by: 'bob' }))
  }),
  attack('serve judges as the executor', 'serve', 'GOV-007', async (s) =>
    s.sql(VERDICT, s.verdictRow((await s.finished()).executionId, 'improved')),
  ),
  attack('a person judges before any measurement', 'serve', 'GOV-053', async (s) =>
    s.sql(VERDICT, s.verdictRow((await s.finished()).executionId, 'improved', { assessed_by: 'bob' })),
  ),
  attack('a person settles an undecided verdict', 'serve', 'allowed', async (s) =>
    s.sql(
      VERDICT,
      s.verdictRow((await s.judged('undecided')).executionId, 'improved', { assessed_by: 'bob' }),
    ),
  ),
  attack('a stranger settles an undecided verdict', 'serve', 'GOV-056', async (s) =>
    s.sql(
      VERDICT,
      s.verdictRow((await s.judged('undecided')).executionId, 'improved', { assessed_by: 'ghost' }),
    ),
  ),
  attack('a person overrules a decided verdict', 'serve', 'GOV-053', async (s) =>
    s.sql(
      VERDICT,
      s.verdictRow((await s.judged('no_effect')).executionId, 'improved', { assessed_by: 'bob' }),
    ),
  ),
  attack('act changes its mind', 'act', 'GOV-053', async (s) =>
    s.sql(
      VERDICT,
      s.verdictRow((await s.judged('improved', {}, { undo_preconsented: 1 })).executionId, 'regressed'),
    ),
  ),
  attack('an improvement of 150 %', 'act', 'check', async (s) =>
    s.sql(
      VERDICT,
      s.verdictRow((await s.finished()).executionId, 'improved', { improvement_percent: s.decimal(150) }),
    ),
  ),
  attack('the owner edits a verdict', 'owner', 'GOV-010', async (s) => {
    const { executionId } = await s.judged('no_effect')
    return `UPDATE ${VERDICT} SET verdict = 'improved' WHERE execution_id = ${executionId}`
  }),
  attack('learn judges', 'learn', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(VERDICT, s.verdictRow((await s.finished()).executionId, 'improved')),
  ),
  attack('learning before the end', 'learn', 'GOV-050', async (s) =>
    s.sql(LESSON, s.lessonRow(await s.running())),
  ),
  attack('a lesson of 150 %', 'learn', 'check', async (s) =>
    s.sql(LESSON, s.lessonRow(await s.finished(), { metric_improvement_percent: s.decimal(150) })),
  ),
  attack('a regression of -300 %', 'learn', 'allowed', async (s) =>
    s.sql(LESSON, s.lessonRow(await s.finished(), { metric_improvement_percent: s.decimal(-300) })),
  ),
  attack('a lesson with a better confidence than the decision’s', 'learn', 'key', async (s) =>
    s.sql(LESSON, s.lessonRow(await s.finished(), { predicted_confidence: s.decimal(0.5) })),
  ),
  attack('a lesson of another issue', 'learn', 'key', async (s) =>
    s.sql(LESSON, s.lessonRow(await s.finished(), { issue_id: await s.issue() })),
  ),
  attack('a lesson of another decision’s run', 'learn', ['GOV-050', 'key'], async (s) => {
    const [of, other] = [await s.finished(), await s.finished()]
    return s.sql(LESSON, s.lessonRow(of, { execution_id: other.executionId }))
  }),
  attack('a lesson on an open decision', 'learn', 'GOV-050', async (s) => {
    const of = await s.approved()
    return s.sql(LESSON, s.lessonRow({ ...of, executionId: 0 }, { execution_id: null }))
  }),
  attack('two lessons of one run', 'learn', { sqlite: 'GOV-006', family: 'key' }, async (s) => {
    const of = await s.finished()
    await s.add(LESSON, s.lessonRow(of))
    return s.sql(LESSON, s.lessonRow(of))
  }),
  attack('learn supplies the human’s word', 'learn', { sqlite: 'GOV-051', family: 'grant' }, async (s) =>
    s.sql(LESSON, s.lessonRow(await s.finished(), { issue_resolved_flag: 1, would_approve_again: 1 })),
  ),
  attack('learn supplies the accuracy', 'learn', { sqlite: 'value', family: ['grant', 'value'] }, async (s) =>
    s.sql(LESSON, s.lessonRow(await s.finished(), { ai_confidence_accuracy: 1 })),
  ),
  attack('learn completes a record', 'learn', { sqlite: 'GOV-007', family: 'grant' }, async (s) => {
    const of = await s.finished()
    const id = await s.add(LESSON, s.lessonRow(of), 'learning_record_id')
    return `UPDATE ${LESSON} SET learning_complete = 1 WHERE learning_record_id = ${id}`
  }),
  attack('a person completes without a word', 'serve', 'check', async (s) => {
    const id = await s.add(LESSON, s.lessonRow(await s.finished()), 'learning_record_id')
    return `UPDATE ${LESSON} SET learning_complete = 1 WHERE learning_record_id = ${id}`
  }),
  attack('a person completes', 'serve', 'allowed', async (s) => {
    const id = await s.add(LESSON, s.lessonRow(await s.finished()), 'learning_record_id')
    return `UPDATE ${LESSON} SET issue_resolved_flag = 1, would_approve_again = 1, assessed_by = 'bob', learning_complete = 1 WHERE learning_record_id = ${id}`
  }),
  attack('a completed record edited', 'serve', 'GOV-051', async (s) => {
    const id = await s.add(LESSON, s.lessonRow(await s.finished()), 'learning_record_id')
    const review = `UPDATE ${LESSON} SET issue_resolved_flag = 1, would_approve_again = 1, assessed_by = 'bob', learning_complete = 1 WHERE learning_record_id = ${id}`
    await s.owner.run(review)
    return `UPDATE ${LESSON} SET issue_resolved_flag = 0 WHERE learning_record_id = ${id}`
  }),
  attack('the owner deletes a lesson', 'owner', 'GOV-051', async (s) => {
    const id = await s.add(LESSON, s.lessonRow(await s.finished()), 'learning_record_id')
    return `DELETE FROM ${LESSON} WHERE learning_record_id = ${id}`
  }),
]
