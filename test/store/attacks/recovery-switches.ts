/** Attacks on switching recovery off: who may, that it is said why, and that nothing is proposed or let through by itself while it is off. */
import { type Attack, attack } from './attack.ts'
import {
  DENIED,
  decidedOn,
  drop,
  healedTwice,
  SWITCHES,
  set,
  switchedOff,
  switchRow,
  task,
} from './recovery-rows.ts'

/** Attacks on switches, and on decisions and votes past them. */
export const SWITCH_ATTACKS: readonly Attack[] = [
  attack('a person switches recovery off, and who may release on again', 'serve', 'allowed', async (s) => {
    const of = await task(s)
    return [
      s.sql(SWITCHES, switchRow(of)),
      s.sql(SWITCHES, switchRow(of, { is_on: 1, reason: 'mended', set_by: 'bob' })),
    ]
  }),
  attack('somebody who may release nothing switches it on', 'serve', 'GOV-066', async (s) =>
    s.sql(SWITCHES, switchRow(await switchedOff(s, await task(s)), { is_on: 1 })),
  ),
  attack('the program switches it off', 'serve', 'GOV-065', async (s) =>
    s.sql(SWITCHES, switchRow(await task(s), { set_by: 'dbmedic' })),
  ),
  attack('somebody who was shut out switches it off', 'serve', 'GOV-065', async (s) =>
    s.sql(SWITCHES, switchRow(await task(s), { set_by: 'carol' })),
  ),
  attack('it is switched off twice', 'serve', 'GOV-138', async (s) =>
    s.sql(SWITCHES, switchRow(await switchedOff(s, await task(s)))),
  ),
  attack('what is on is switched on', 'serve', 'GOV-138', async (s) =>
    s.sql(SWITCHES, switchRow(await task(s), { is_on: 1, set_by: 'bob' })),
  ),
  attack('a switch without a reason', 'serve', 'check', async (s) =>
    s.sql(SWITCHES, switchRow(await task(s), { reason: ' ' })),
  ),
  attack('a switch of a task that is not there', 'serve', 'GOV-138', (s) =>
    s.sql(SWITCHES, switchRow({ taskId: 999_999, patternId: 0, signature: '' })),
  ),
  attack('the analyst makes a switch', 'reason', DENIED, async (s) =>
    s.sql(SWITCHES, switchRow(await task(s), { set_by: 'bob' })),
  ),
  attack('the reason of a switch is rewritten', 'owner', 'GOV-010', async (s) =>
    set(SWITCHES, await switchedOff(s, await task(s)), "reason = 'x'"),
  ),
  attack('retention removes a switch whose failure stays', 'retention', 'GOV-127', async (s) =>
    drop(SWITCHES, await switchedOff(s, await task(s))),
  ),
  attack('a decision on a failure that is on', 'reason', 'allowed', async (s) => decidedOn(s, await task(s))),
  attack('a decision on a failure that is switched off', 'reason', 'GOV-136', async (s) =>
    decidedOn(s, await switchedOff(s, await task(s))),
  ),
  attack('the owner decides on a failure that is switched off', 'owner', 'GOV-136', async (s) =>
    decidedOn(s, await switchedOff(s, await task(s))),
  ),
  attack('a decision that a person asks for on one that is off', 'reason', 'allowed', async (s) => {
    const of = await switchedOff(s, await task(s))
    const asked = { target_id: 1, action_name: 'my.analyze_table', params: '{}', reason: 'please' }
    const requestId = await s.add(
      'recovery_requests',
      { ...asked, requested_by: 'bob' },
      'recovery_request_id',
    )
    return decidedOn(s, of, { proposedBy: 'bob', row: { recovery_request_id: requestId } })
  }),
  attack('a third decision within 30 days', 'reason', 'GOV-136', async (s) =>
    decidedOn(s, await healedTwice(s)),
  ),
  attack('a third decision, on another target', 'reason', 'allowed', async (s) =>
    decidedOn(s, await healedTwice(s), { target: 2 }),
  ),
  attack('a grant votes for what was switched off after it was decided', 'serve', 'GOV-136', async (s) => {
    const of = await task(s)
    const proposed = await s.proposed({ failure: of.signature })
    const grant = await s.grant()
    await switchedOff(s, of)
    return s.sql('admin_approvals', s.underGrant(proposed, grant))
  }),
  attack('a person votes for it all the same', 'serve', 'allowed', async (s) => {
    const of = await task(s)
    const proposed = await s.proposed({ failure: of.signature })
    await switchedOff(s, of)
    return s.sql('admin_approvals', s.voteRow(proposed))
  }),
]
