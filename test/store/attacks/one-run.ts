/** Attacks on one run a target at a time, and on runs whose voter was shut out after the vote. */
import { type Attack, attack } from './attack.ts'

const RUN = 'action_executions'
const CONSENTED = { undo_preconsented: 1 }

/** One-run-a-target and voter attacks. */
export const ONE_RUN_ATTACKS: readonly Attack[] = [
  attack('a second run on a target while one is queued', 'act', 'GOV-071', async (s) => {
    await s.queued()
    return s.sql(RUN, s.runRow(await s.approved()))
  }),
  attack('a second run on a target while one is running', 'act', 'GOV-071', async (s) => {
    await s.running()
    return s.sql(RUN, s.runRow(await s.approved({ action: 'index' })))
  }),
  attack('the owner queues a second run on a target', 'owner', 'GOV-071', async (s) => {
    await s.running()
    return s.sql(RUN, s.runRow(await s.approved({ risk: 'HIGH' })))
  }),
  attack('two approved runs on a target in one statement', 'act', 'GOV-071', async (s) => {
    const [a, b] = [s.sql(RUN, s.runRow(await s.approved())), s.sql(RUN, s.runRow(await s.approved()))]
    return `${a}, ${b.slice(b.indexOf('VALUES ') + 7)}`
  }),
  attack('two approved runs on a target in one transaction', 'act', 'GOV-071', async (s) => [
    s.mysql ? 'START TRANSACTION' : 'BEGIN',
    s.sql(RUN, s.runRow(await s.approved())),
    s.sql(RUN, s.runRow(await s.approved())),
  ]),
  attack(
    'two approved runs, read from the votes, whatever the role supplies',
    'act',
    'GOV-071',
    async (s) => {
      const [a, b] = [await s.approved(), await s.approved()]
      return `INSERT INTO ${RUN} (approval_id, decision_id, action_id, plan_digest, purpose, executed_by) SELECT approval_id, decision_id, action_id, plan_digest, 'DO', 'act-1' FROM admin_approvals WHERE approval_id IN (${a.approvalId}, ${b.approvalId})`
    },
  ),
  attack('the second run ignored into the table', 'act', { family: ['GOV-071'] }, async (s) => {
    await s.queued()
    return s.sql(RUN, s.runRow(await s.approved()), 'INSERT IGNORE INTO')
  }),
  attack('an undo while another run is open on the target', 'act', 'GOV-071', async (s) => {
    const of = await s.judged('regressed', {}, CONSENTED)
    await s.running()
    return s.sql(RUN, s.runRow(of, { purpose: 'UNDO' }))
  }),
  attack('a run while an undo is open on the target', 'act', 'GOV-071', async (s) => {
    const of = await s.judged('regressed', {}, CONSENTED)
    await s.add(RUN, s.runRow(of, { purpose: 'UNDO' }))
    return s.sql(RUN, s.runRow(await s.approved()))
  }),
  attack('a second run on a target under READ UNCOMMITTED', 'act', { family: 'GOV-071' }, async (s) => {
    await s.queued()
    return [
      'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
      s.sql(RUN, s.runRow(await s.approved())),
    ]
  }),
  attack('the open run moved to a decision of another target', 'owner', 'GOV-043', async (s) => {
    const [of, other] = [await s.queued(), await s.approved({ target: 2 })]
    return `UPDATE ${RUN} SET decision_id = ${other.decisionId}, approval_id = ${other.approvalId} WHERE execution_id = ${of.executionId}`
  }),
  attack('the decision of the open run moved to another target', 'owner', 'GOV-022', async (s) => {
    const of = await s.queued()
    return `UPDATE recovery_decisions SET target_id = 2 WHERE decision_id = ${of.decisionId}`
  }),
  attack('an ended run opened again beside another', 'act', 'GOV-044', async (s) => {
    const of = await s.finished()
    await s.queued()
    return `UPDATE ${RUN} SET execution_status = 'QUEUED' WHERE execution_id = ${of.executionId}`
  }),
  attack('a run on another target meanwhile', 'act', 'allowed', async (s) => {
    await s.running()
    return s.sql(RUN, s.runRow(await s.approved({ target: 2 })))
  }),
  attack('a run after the one before ended', 'act', 'allowed', async (s) => {
    await s.finished()
    return s.sql(RUN, s.runRow(await s.approved()))
  }),
  attack('a run after the one before was refused', 'act', 'allowed', async (s) => {
    const of = await s.queued()
    await s.owner.run(s.end(of.executionId, 'FAILED', 'REFUSED'))
    return s.sql(RUN, s.runRow(await s.approved()))
  }),

  ...(['LOW', 'MEDIUM'] as const).flatMap((risk) => [
    attack(`${risk}: a run after its voter was shut out`, 'act', 'GOV-041', async (s) => {
      const voter = await s.voter()
      const of = await s.approved({ risk }, voter)
      await s.owner.run(await s.shutOut(voter.admin_user_id))
      return s.sql(RUN, s.runRow(of))
    }),
    attack(`${risk}: a start after its voter was shut out in the queue`, 'act', 'GOV-041', async (s) => {
      const voter = await s.voter()
      const of = await s.queued({ risk }, voter)
      await s.owner.run(await s.shutOut(voter.admin_user_id))
      return s.start(of.executionId)
    }),
  ]),
  attack(
    'HIGH: a start after the final voter was shut out, two conditional ones left',
    'act',
    'GOV-041',
    async (s) => {
      const [first, second, last] = [await s.voter(), await s.voter(), await s.voter()]
      const of = await s.proposed({ risk: 'HIGH' })
      for (const voter of [first, second])
        await s.vote(of, { ...voter, approval_status: 'CONDITIONAL_APPROVAL' })
      const approvalId = await s.vote(of, last)
      const executionId = await s.add(RUN, s.runRow({ ...of, approvalId }), 'execution_id')
      await s.owner.run(await s.shutOut(last.admin_user_id))
      return s.start(executionId)
    },
  ),
  attack('HIGH: a start after one of two was shut out in the queue', 'act', 'GOV-042', async (s) => {
    const [first, last] = [await s.voter(), await s.voter()]
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { ...first, approval_status: 'CONDITIONAL_APPROVAL' })
    const approvalId = await s.vote(of, last)
    const executionId = await s.add(RUN, s.runRow({ ...of, approvalId }), 'execution_id')
    await s.owner.run(await s.shutOut(first.admin_user_id))
    return s.start(executionId)
  }),
  attack('a run under a grant whose giver was shut out after the vote', 'act', 'GOV-041', async (s) => {
    const voter = await s.voter()
    const { admin_user_id: granted_by, ...key } = voter
    const grant = await s.grant({ grant: { grantedBy: granted_by }, row: { granted_by, ...key } })
    const of = await s.proposed()
    const approvalId = await s.add('admin_approvals', s.underGrant(of, grant, voter), 'approval_id')
    await s.owner.run(await s.shutOut(granted_by))
    return s.sql(RUN, s.runRow({ ...of, approvalId }))
  }),
  attack('the end of a run whose voter was shut out while it ran', 'act', 'allowed', async (s) => {
    const voter = await s.voter()
    const of = await s.running({}, voter)
    await s.owner.run(await s.shutOut(voter.admin_user_id))
    return s.end(of.executionId)
  }),
  attack(
    'an undo whose voter was shut out: consent given in advance outlasts it',
    'act',
    'allowed',
    async (s) => {
      const voter = await s.voter()
      const of = await s.judged('regressed', {}, { ...voter, ...CONSENTED })
      await s.owner.run(await s.shutOut(voter.admin_user_id))
      return s.sql(RUN, s.runRow(of, { purpose: 'UNDO' }))
    },
  ),
]
