/** Attacks by people who may not: what lets something go on, and votes whose voter lost the right or the key. */
import { fromNow } from '../support/literals.ts'
import { DAY, HOUR, type Scene } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const RUN = 'action_executions'
/** Active, no approver, no administrator. */
const VIEWER = 'dave'

const window = (s: Scene, createdBy: string): string =>
  s.sql('change_windows', {
    target_id: 2,
    starts_at: fromNow(DAY),
    ends_at: fromNow(DAY + HOUR),
    created_by: createdBy,
    reason: 'r',
  })
const settle = async (s: Scene, assessedBy: string): Promise<string> =>
  s.sql(
    'execution_verifications',
    s.verdictRow((await s.judged('undecided')).executionId, 'regressed', { assessed_by: assessedBy }),
  )
const demote = (s: Scene, user: string): Promise<void> => s.register(user, { is_approver: 0 })

/** Attacks on the rights of persons. */
export const RIGHTS_ATTACKS: readonly Attack[] = [
  attack('a viewer stops one action', 'serve', 'allowed', (s) =>
    s.sql('halts', { halt_scope: 'ACTION', halt_key: 'my.none', reason: 'r', set_by: VIEWER }),
  ),
  attack(
    'a viewer lifts a stop',
    'serve',
    'GOV-066',
    () => `UPDATE halts SET lifted_by = '${VIEWER}' WHERE halt_key = 'my.none' AND lifted_by IS NULL`,
  ),
  attack(
    'an approver lifts it',
    'serve',
    'allowed',
    () => "UPDATE halts SET lifted_by = 'alice' WHERE halt_key = 'my.none' AND lifted_by IS NULL",
  ),
  attack('a viewer adds a change window', 'serve', 'GOV-066', (s) => window(s, VIEWER)),
  attack('an approver adds a change window', 'serve', 'allowed', (s) => window(s, 'alice')),
  attack('a viewer settles a verdict', 'serve', 'GOV-066', (s) => settle(s, VIEWER)),
  attack('an approver settles a verdict', 'serve', 'allowed', (s) => settle(s, 'alice')),
  attack(
    'an approver who does not administer switches an action',
    'serve',
    'GOV-067',
    () =>
      "UPDATE predefined_actions SET action_enabled = 0, enabled_set_by = 'alice' WHERE action_name = 'my.kill_query'",
  ),
  attack('a run after its voter may approve no more', 'act', 'GOV-041', async (s) => {
    const voter = await s.voter()
    const of = await s.approved({}, voter)
    await demote(s, voter.admin_user_id)
    return s.sql(RUN, s.runRow(of))
  }),
  attack('a start after its voter lost the right in the queue', 'act', 'GOV-041', async (s) => {
    const voter = await s.voter()
    const of = await s.queued({}, voter)
    await demote(s, voter.admin_user_id)
    return s.start(of.executionId)
  }),
  attack('a start after the voter’s key was exchanged in the queue', 'act', 'GOV-041', async (s) => {
    const voter = await s.voter()
    const of = await s.queued({}, voter)
    await s.register(voter.admin_user_id, { public_key: Buffer.alloc(32, 9) })
    return s.start(of.executionId)
  }),
  attack('HIGH: a start after one of two may approve no more', 'act', 'GOV-042', async (s) => {
    const [first, last] = [await s.voter(), await s.voter()]
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { ...first, approval_status: 'CONDITIONAL_APPROVAL' })
    const approvalId = await s.vote(of, last)
    const executionId = await s.add(RUN, s.runRow({ ...of, approvalId }), 'execution_id')
    await demote(s, first.admin_user_id)
    return s.start(executionId)
  }),
]
