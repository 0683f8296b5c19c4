/** Attacks on consent: votes, quorum, validity, standing approvals. */

import type { Json } from '../../../src/core/canonical.ts'
import { fromNow } from '../support/literals.ts'
import { DAY, HOUR, keyId, MINUTE, SIGNATURE, SOON_MS, sha, soonOver } from '../support/scene.ts'
import { type Attack, attack } from './attack.ts'

const VOTE = 'admin_approvals'
const GRANT = 'standing_approvals'

/** Vote and grant attacks. */
export const VOTE_ATTACKS: readonly Attack[] = [
  attack('bob approves LOW', 'serve', 'allowed', async (s) => s.sql(VOTE, s.voteRow(await s.proposed()))),
  attack(
    'the vote left out',
    'serve',
    { sqlite: ['value', 'GOV-030', 'GOV-035', 'GOV-033'], family: ['value', 'check', 'GOV-035', 'GOV-033'] },
    async (s) => {
      const { approval_status: _left, ...row } = s.voteRow(await s.proposed())
      return s.sql(VOTE, row)
    },
  ),
  attack(
    'the vote left out, without strict mode',
    'serve',
    { family: ['check', 'value', 'GOV-035', 'GOV-033'] },
    async (s) => {
      const { approval_status: _left, ...row } = s.voteRow(await s.proposed())
      return ["SET SESSION sql_mode = ''", s.sql(VOTE, row)]
    },
  ),
  attack('a vote that is no word, without strict mode', 'serve', { family: 'check' }, async (s) => [
    "SET SESSION sql_mode = ''",
    s.sql(VOTE, s.voteRow(await s.proposed(), { approval_status: 'APPROVEDX' })),
  ]),
  attack('a vote that is no word', 'serve', ['check', 'value'], async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { approval_status: 'YES' })),
  ),
  attack(
    'a vote with a trailing space',
    'serve',
    { sqlite: 'check', family: ['check', 'GOV-035'] },
    async (s) => s.sql(VOTE, s.voteRow(await s.proposed(), { approval_status: 'APPROVED ' })),
  ),
  attack('a reason of the wrong kind', 'serve', 'check', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { approval_reason: 'SAFETY_CONCERN' })),
  ),
  attack('a vote for another plan', 'serve', 'GOV-030', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { plan_digest: sha('another') })),
  ),
  attack('a vote for another action', 'serve', 'GOV-030', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { action_id: await s.actionId('drop') })),
  ),
  attack('a vote that lowers the risk', 'serve', 'GOV-030', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed({ risk: 'HIGH' }), { risk_level: 'LOW' })),
  ),
  attack('a vote for an unknown decision, key checks off', 'serve', 'GOV-001', async (s) => [
    s.mysql ? 'SET SESSION foreign_key_checks = 0' : 'PRAGMA foreign_keys = OFF',
    s.sql(VOTE, { ...s.voteRow(await s.proposed()), decision_id: 99_999 }),
  ]),
  attack('the program approves', 'serve', ['GOV-037', 'value'], async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed(), { admin_user_id: 'dbmedic', person_id: 1, key_id: keyId('bob') }),
    ),
  ),
  attack('the proposer approves', 'serve', 'GOV-033', async (s) =>
    s.sql(VOTE, s.voteRow(await s.requested('bob'))),
  ),
  attack('the proposer approves in capitals', 'serve', 'GOV-033', async (s) =>
    s.sql(VOTE, s.voteRow(await s.requested('bob'), { admin_user_id: 'BOB' })),
  ),
  attack('the proposer approves by a second login', 'serve', 'GOV-033', async (s) =>
    s.sql(VOTE, s.voteRow(await s.requested('bob'), { admin_user_id: 'bob-alt' })),
  ),
  attack('the proposer claims to be the sole approver', 'serve', 'GOV-033', async (s) =>
    s.sql(VOTE, s.voteRow(await s.requested('bob'), { self_approved_sole_approver: 1 })),
  ),
  attack('another’s vote marked as the sole approver’s', 'serve', 'GOV-033', async (s) =>
    s.sql(VOTE, s.voteRow(await s.requested('alice'), { self_approved_sole_approver: 1 })),
  ),
  attack('the proposer declines', 'serve', 'allowed', async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.requested('bob'), { approval_status: 'DECLINED', approval_reason: 'BAD_TIMING' }),
    ),
  ),
  attack('a login voting as another person', 'serve', 'GOV-037', async (s) =>
    s.sql(VOTE, s.voteRow(await s.requested('bob'), { admin_user_id: 'bob', person_id: 3 })),
  ),
  attack('an inactive approver', 'serve', 'GOV-037', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { admin_user_id: 'carol' })),
  ),
  attack('a person who may not approve', 'serve', 'GOV-037', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { admin_user_id: 'dave' })),
  ),
  attack('an unknown voter', 'serve', 'GOV-037', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { admin_user_id: 'ghost', key_id: keyId('ghost') })),
  ),
  attack('a voter with a look-alike name', 'serve', ['GOV-037', 'check', 'value'], async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { admin_user_id: 'bоb', key_id: keyId('bob') })),
  ),
  attack('a vote signed by another key', 'serve', 'GOV-037', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { key_id: keyId('alice') })),
  ),
  attack('a vote without a signature', 'serve', ['value', 'check'], async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { signature: null })),
  ),
  attack('a signature of the wrong length', 'serve', 'check', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { signature: 'abc' })),
  ),
  attack('LOW valid for a year', 'serve', 'GOV-034', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { expires_at: fromNow(365 * DAY) })),
  ),
  attack('LOW valid for 25 hours', 'serve', 'GOV-034', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed({ expiresMs: 3 * DAY }), { expires_at: fromNow(25 * HOUR) })),
  ),
  attack('MEDIUM valid for five hours', 'serve', 'GOV-034', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed({ risk: 'MEDIUM' }), { expires_at: fromNow(5 * HOUR) })),
  ),
  attack('HIGH valid for an hour', 'serve', 'GOV-034', async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed({ risk: 'HIGH' }), {
        approval_status: 'CONDITIONAL_APPROVAL',
        expires_at: fromNow(HOUR),
      }),
    ),
  ),
  attack('an action on a connection valid for an hour', 'serve', 'GOV-034', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed({ action: 'killQuery' }), { expires_at: fromNow(HOUR) })),
  ),
  attack('a vote that has already expired', 'serve', 'GOV-034', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { expires_at: fromNow(-1000) })),
  ),
  attack('a vote without an end', 'serve', ['GOV-034', 'value'], async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { expires_at: null })),
  ),
  attack('a window next week and validity from its start', 'serve', 'allowed', async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed({ expiresMs: 6 * DAY }), {
        window_start: fromNow(5 * DAY),
        expires_at: fromNow(5 * DAY + HOUR),
      }),
    ),
  ),
  attack('a window in nine days', 'serve', ['GOV-038'], async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed(), { window_start: fromNow(9 * DAY), expires_at: fromNow(9 * DAY + HOUR) }),
    ),
  ),
  attack('a window that began yesterday', 'serve', ['GOV-038', 'GOV-034'], async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { window_start: fromNow(-DAY), expires_at: fromNow(MINUTE) })),
  ),
  attack('a window for an action on a connection', 'serve', 'GOV-038', async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed({ action: 'killQuery' }), {
        window_start: fromNow(HOUR),
        expires_at: fromNow(HOUR + 10 * MINUTE),
      }),
    ),
  ),
  attack('a validity that ends before its window', 'serve', 'GOV-034', async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed(), { window_start: fromNow(2 * HOUR), expires_at: fromNow(HOUR) }),
    ),
  ),
  attack('a forged clock', 'serve', { family: 'GOV-034' }, async (s) => [
    'SET SESSION timestamp = 1',
    s.sql(VOTE, s.voteRow(await s.proposed(), { expires_at: fromNow(365 * DAY) })),
  ]),
  attack('a forged clock in the past for an expired decision', 'serve', { family: 'GOV-032' }, async (s) => {
    const of = await s.proposed({ expiresMs: SOON_MS })
    await soonOver()
    return ['SET SESSION timestamp = 1700000000', s.sql(VOTE, s.voteRow(of))]
  }),
  attack('another time zone', 'serve', { family: 'GOV-004' }, async (s) => [
    "SET SESSION time_zone = '+05:00'",
    s.sql(VOTE, s.voteRow(await s.proposed())),
  ]),
  attack('the time of a vote supplied', 'serve', { sqlite: 'GOV-005', family: 'grant' }, async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { approval_timestamp: fromNow(-DAY) })),
  ),
  attack('a vote after the decision expired', 'serve', 'GOV-032', async (s) => {
    const of = await s.proposed({ expiresMs: SOON_MS })
    await soonOver()
    return s.sql(VOTE, s.voteRow(of))
  }),
  attack('a vote after a decline', 'serve', 'GOV-031', async (s) => {
    const of = await s.proposed()
    await s.vote(of, { approval_status: 'DECLINED', approval_reason: 'SAFETY_CONCERN' })
    return s.sql(VOTE, s.voteRow(of, { admin_user_id: 'alice' }))
  }),
  attack('a vote after a cancellation', 'serve', 'GOV-031', async (s) => {
    const of = await s.proposed()
    await s.add('decision_endings', {
      decision_id: of.decisionId,
      ending: 'CANCELLED',
      reason: 'x',
      ended_by: 'bob',
    })
    return s.sql(VOTE, s.voteRow(of))
  }),
  attack('a decline after the approval', 'serve', 'GOV-031', async (s) => {
    const of = await s.approved()
    return s.sql(
      VOTE,
      s.voteRow(of, { admin_user_id: 'alice', approval_status: 'DECLINED', approval_reason: 'BAD_TIMING' }),
    )
  }),
  attack('HIGH approved alone', 'serve', 'GOV-035', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed({ risk: 'HIGH' }))),
  ),
  attack('HIGH approved twice by one login', 'serve', 'GOV-036', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
    return s.sql(VOTE, s.voteRow(of))
  }),
  attack('HIGH approved twice by one person', 'serve', 'GOV-036', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
    return s.sql(VOTE, s.voteRow(of, { admin_user_id: 'bob-alt' }))
  }),
  attack('HIGH approved twice, in capitals', 'serve', 'GOV-036', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
    return s.sql(VOTE, s.voteRow(of, { admin_user_id: 'BOB' }))
  }),
  attack(
    'HIGH approved twice, with a trailing space',
    'serve',
    ['GOV-036', 'GOV-037', 'check', 'key'],
    async (s) => {
      const of = await s.proposed({ risk: 'HIGH' })
      await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
      return s.sql(VOTE, s.voteRow(of, { admin_user_id: 'bob ', key_id: keyId('bob') }))
    },
  ),
  attack('HIGH approved by alice after bob', 'serve', 'allowed', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
    return s.sql(VOTE, s.voteRow(of, { admin_user_id: 'alice' }))
  }),
  attack('HIGH approved on a conditional vote that ran out', 'serve', 'GOV-035', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL', expires_at: fromNow(SOON_MS) })
    await soonOver()
    return s.sql(VOTE, s.voteRow(of, { admin_user_id: 'alice' }))
  }),
  attack('two votes of a person in one statement', 'serve', ['GOV-036', 'GOV-031'], async (s) => {
    const of = await s.proposed()
    const first = s.sql(VOTE, s.voteRow(of, { approval_status: 'CONDITIONAL_APPROVAL' }))
    const second = s.sql(VOTE, s.voteRow(of, { admin_user_id: 'bob-alt' }))
    return `${first}, ${second.slice(second.indexOf('VALUES ') + 7)}`
  }),
  attack('consent to an undo that does not exist', 'serve', 'GOV-039', async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed({ undo: { whyNot: 'nothing to undo' } }), { undo_preconsented: 1 }),
    ),
  ),
  attack('reason votes', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed())),
  ),
  attack('act votes', 'act', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed())),
  ),
  attack('learn votes', 'learn', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed())),
  ),
  attack(
    'serve edits a vote',
    'serve',
    { sqlite: 'GOV-011', family: 'grant' },
    async (s) =>
      `UPDATE ${VOTE} SET approval_status = 'DECLINED' WHERE approval_id = ${(await s.approved()).approvalId}`,
  ),
  attack(
    'the owner edits a vote',
    'owner',
    'GOV-011',
    async (s) =>
      `UPDATE ${VOTE} SET admin_user_id = 'alice' WHERE approval_id = ${(await s.approved()).approvalId}`,
  ),
  attack(
    'the owner deletes a vote',
    'owner',
    'GOV-011',
    async (s) => `DELETE FROM ${VOTE} WHERE approval_id = ${(await s.approved()).approvalId}`,
  ),
  attack(
    'a decline replaced by an approval',
    'owner',
    { sqlite: ['GOV-031', 'GOV-006'], family: ['GOV-031', 'GOV-011'] },
    async (s) => {
      const of = await s.proposed()
      const id = await s.vote(of, { approval_status: 'DECLINED', approval_reason: 'SAFETY_CONCERN' })
      return s.sql(VOTE, { approval_id: id, ...s.voteRow(of) }, 'REPLACE INTO')
    },
  ),
  attack(
    'a conditional vote replaced by an approval',
    'owner',
    { sqlite: ['GOV-036', 'GOV-006'], family: ['GOV-036', 'GOV-011'] },
    async (s) => {
      const of = await s.proposed()
      const id = await s.vote(of, { approval_status: 'CONDITIONAL_APPROVAL' })
      return s.sql(VOTE, { approval_id: id, ...s.voteRow(of) }, 'REPLACE INTO')
    },
  ),
  attack(
    'a vote upserted',
    'serve',
    { sqlite: ['GOV-031', 'GOV-036', 'syntax', 'GOV-006'], family: ['grant', 'GOV-031'] },
    async (s) => {
      const of = await s.approved()
      const sql = s.sql(VOTE, s.voteRow(of))
      return s.mysql
        ? `${sql} ON DUPLICATE KEY UPDATE approval_status = 'APPROVED'`
        : `${sql} ON CONFLICT (decision_id, person_id) DO UPDATE SET approval_status = 'APPROVED'`
    },
  ),
  attack('INSERT IGNORE past a refusal', 'serve', { sqlite: 'GOV-035', family: 'GOV-035' }, async (s) =>
    s.sql(
      VOTE,
      s.voteRow(await s.proposed({ risk: 'HIGH' })),
      s.mysql ? 'INSERT IGNORE INTO' : 'INSERT OR IGNORE INTO',
    ),
  ),
  attack('votes copied by INSERT … SELECT', 'serve', ['GOV-036', 'GOV-031'], async (s) => {
    const of = await s.approved()
    const columns = Object.keys(s.voteRow(of)).join(', ')
    return `INSERT INTO ${VOTE} (${columns}) SELECT ${columns} FROM ${VOTE} WHERE approval_id = ${of.approvalId}`
  }),
  attack(
    'CHECKs off for a vote',
    'serve',
    { sqlite: 'GOV-002', mariadb: 'GOV-002', mysql: 'grant' },
    async (s) => [
      s.mysql ? 'SET SESSION check_constraint_checks = 0' : 'PRAGMA ignore_check_constraints = ON',
      s.sql(VOTE, s.voteRow(await s.proposed())),
    ],
  ),
  attack('unique checks off for a vote', 'serve', { family: 'GOV-001' }, async (s) => [
    'SET SESSION unique_checks = 0',
    s.sql(VOTE, s.voteRow(await s.proposed())),
  ]),
  attack('bob grants a standing approval', 'serve', 'allowed', async (s) => s.sql(GRANT, await s.grantRow())),
  attack('a grant for a HIGH action', 'serve', 'GOV-060', async (s) =>
    s.sql(
      GRANT,
      await s.grantRow({
        grant: { actionName: 'my.drop_index' },
        row: { action_id: await s.actionId('drop'), risk_level: 'HIGH' },
      }),
    ),
  ),
  attack('a grant that calls a MEDIUM action LOW', 'serve', 'GOV-060', async (s) =>
    s.sql(
      GRANT,
      await s.grantRow({
        grant: { actionName: 'my.create_index' },
        row: { action_id: await s.actionId('index') },
      }),
    ),
  ),
  attack('a grant by a person who may not approve', 'serve', 'GOV-060', async (s) =>
    s.sql(
      GRANT,
      await s.grantRow({
        grant: { grantedBy: 'dave' },
        row: { granted_by: 'dave', person_id: 5, key_id: keyId('dave') },
      }),
    ),
  ),
  attack('a grant by the program', 'serve', 'GOV-060', async (s) =>
    s.sql(
      GRANT,
      await s.grantRow({ grant: { grantedBy: 'dbmedic' }, row: { granted_by: 'dbmedic', person_id: 1 } }),
    ),
  ),
  attack('a grant for ten years', 'serve', 'GOV-060', async (s) => {
    const until = fromNow(3650 * DAY)
    return s.sql(
      GRANT,
      await s.grantRow({
        grant: { validUntil: until.toISOString().replace('Z', '000Z') },
        row: { valid_until: until },
      }),
    )
  }),
  attack('a grant longer than its text says', 'serve', 'GOV-060', async (s) =>
    s.sql(GRANT, await s.grantRow({ row: { valid_until: fromNow(40 * DAY) } })),
  ),
  attack('a grant with more uses than its text says', 'serve', 'GOV-060', async (s) =>
    s.sql(GRANT, await s.grantRow({ row: { maximum_uses: 50 } })),
  ),
  attack('a grant with a text of another digest', 'serve', 'check', async (s) =>
    s.sql(GRANT, await s.grantRow({ row: { grant_digest: sha('x') } })),
  ),
  attack('a grant for no target', 'serve', 'GOV-060', async (s) =>
    s.sql(GRANT, await s.grantRow({ grant: { targetIds: [] } })),
  ),
  attack(
    'a grant with uses already negative',
    'serve',
    { sqlite: ['GOV-060', 'check'], family: 'grant' },
    async (s) => s.sql(GRANT, await s.grantRow({ row: { uses_taken: -5 } })),
  ),
  attack('reason grants', 'reason', { sqlite: 'GOV-007', family: 'grant' }, async (s) =>
    s.sql(GRANT, await s.grantRow()),
  ),
  attack('a grant carries a decision it covers', 'serve', 'allowed', async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant())),
  ),
  attack('a grant used twice', 'serve', 'GOV-061', async (s) => {
    const id = await s.grant()
    await s.add(VOTE, s.underGrant(await s.proposed(), id))
    return s.sql(VOTE, s.underGrant(await s.proposed(), id))
  }),
  attack('a revoked grant', 'serve', 'GOV-061', async (s) => {
    const id = await s.grant()
    await s.owner.run(`UPDATE ${GRANT} SET revoked_by = 'bob' WHERE standing_approval_id = ${id}`)
    return s.sql(VOTE, s.underGrant(await s.proposed(), id))
  }),
  attack('a grant that ran out', 'serve', 'GOV-061', async (s) => {
    const until = fromNow(SOON_MS)
    const id = await s.grant({
      grant: { validUntil: until.toISOString().replace('Z', '000Z') },
      row: { valid_until: until },
    })
    const of = await s.proposed()
    await soonOver()
    return s.sql(VOTE, s.underGrant(of, id))
  }),
  attack('a grant for another target', 'serve', 'GOV-061', async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant({ grant: { targetIds: [2] } }))),
  ),
  attack('a grant for a target whose number begins alike', 'serve', 'GOV-061', async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant({ grant: { targetIds: [11, 12] } }))),
  ),
  attack('a grant for another category', 'serve', 'GOV-061', async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant({ grant: { issueCategory: 'DEADLOCK' } }))),
  ),
  attack('a grant for another root cause', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(await s.proposed(), await s.grant({ grant: { rootCauseCode: 'MISSING_INDEX' } })),
    ),
  ),
  attack('a grant that wants more confidence', 'serve', 'GOV-061', async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant({ grant: { minimumConfidence: 0.95 } }))),
  ),
  attack('a grant with a confidence that is no number', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ row: { confidence_based_score: s.decimal(0.01) } }),
        await s.grant({ grant: { minimumConfidence: 0.5 } }),
      ),
    ),
  ),
  attack('a parameter beyond its bound', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: 'shop.orders', samplePages: 101 } }),
        await s.grant(),
      ),
    ),
  ),
  attack('a parameter not in its list', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: 'shop.payroll', samplePages: 20 } }),
        await s.grant(),
      ),
    ),
  ),
  attack('a parameter the grant does not name', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: 'shop.orders', samplePages: 20, force: true } }),
        await s.grant(),
      ),
    ),
  ),
  attack('a text where the bound is a number', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: 'shop.orders', samplePages: '20' } }),
        await s.grant(),
      ),
    ),
  ),
  attack('a list where one value is allowed', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: ['shop.orders'], samplePages: 20 } }),
        await s.grant(),
      ),
    ),
  ),
  attack('a part of an allowed object', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: { schema: 'shop' } } }),
        await s.grant({
          grant: { parameterBounds: { table: { anyOf: [{ schema: 'shop', name: 'orders' }] } } },
        }),
      ),
    ),
  ),
  attack('an allowed list in another order', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { columns: ['b', 'a'] } }),
        await s.grant({ grant: { parameterBounds: { columns: { anyOf: [['a', 'b'], ['a']] } } } }),
      ),
    ),
  ),
  attack('an allowed list with one of its members twice', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { columns: ['a', 'a', 'b'] } }),
        await s.grant({ grant: { parameterBounds: { columns: { anyOf: [['a', 'b', 'b']] } } } }),
      ),
    ),
  ),
  attack('an object whose inner list is in another order', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { index: { on: [2, 1] } } }),
        await s.grant({ grant: { parameterBounds: { index: { anyOf: [{ on: [1, 2] }] } } } }),
      ),
    ),
  ),
  attack('an allowed list', 'serve', 'allowed', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { columns: ['a', 'ä"\\b'], deep: { on: [1, 2.5, true, null] } } }),
        await s.grant({
          grant: {
            parameterBounds: {
              columns: { anyOf: [['x'], ['a', 'ä"\\b']] },
              deep: { anyOf: [{ on: [1, 2.5, true, null] }] },
            },
          },
        }),
      ),
    ),
  ),
  attack('a bound that is a list', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: 'shop.orders' } }),
        await s.grant({ grant: { parameterBounds: { table: [{ any: true }] } } }),
      ),
    ),
  ),
  attack('a parameter whose name is a path to another’s bound', 'serve', 'GOV-061', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { 'a"."b': 'shop.payroll' } }),
        await s.grant({ grant: { parameterBounds: { a: { b: { any: true } }, 'a"."b': { any: true } } } }),
      ),
    ),
  ),
  ...(['[]', '["shop.orders"]', '"shop.orders"', 'null'] as const).map((parameters) =>
    attack(`a decision whose parameters are ${parameters}`, 'reason', 'GOV-026', async (s) =>
      s.sql(
        'recovery_decisions',
        await s.decisionRow(await s.analysed(), {
          binding: (binding) => ({ ...binding, parameters: JSON.parse(parameters) as Json }),
        }),
      ),
    ),
  ),
  attack('an allowed object', 'serve', 'allowed', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(
        await s.proposed({ parameters: { table: { name: 'orders', schema: 'shop' }, deep: [1, 2] } }),
        await s.grant({
          grant: {
            parameterBounds: { table: { anyOf: [{ schema: 'shop', name: 'orders' }] }, deep: { any: true } },
          },
        }),
      ),
    ),
  ),
  attack('a HIGH decision through a grant', 'serve', 'GOV-061', async (s) => {
    const of = await s.proposed({ risk: 'HIGH' })
    await s.vote(of, { admin_user_id: 'alice', approval_status: 'CONDITIONAL_APPROVAL' })
    return s.sql(VOTE, s.underGrant(of, await s.grant()))
  }),
  attack('another’s grant', 'serve', ['GOV-061'], async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant(), { admin_user_id: 'alice' })),
  ),
  attack('a grant with another signature', 'serve', 'GOV-061', async (s) =>
    s.sql(VOTE, s.underGrant(await s.proposed(), await s.grant(), { signature: `B${SIGNATURE.slice(1)}` })),
  ),
  attack('a grant of a proposer for the own request', 'serve', 'GOV-033', async (s) =>
    s.sql(VOTE, s.underGrant(await s.requested('bob'), await s.grant())),
  ),
  attack('a vote called standing without a grant', 'serve', 'check', async (s) =>
    s.sql(VOTE, s.voteRow(await s.proposed(), { authentication_method: 'standing' })),
  ),
  attack('a standing decline', 'serve', 'check', async (s) =>
    s.sql(
      VOTE,
      s.underGrant(await s.proposed(), await s.grant(), {
        approval_status: 'DECLINED',
        approval_reason: 'BAD_TIMING',
      }),
    ),
  ),
  attack('serve gives back a use', 'serve', { sqlite: 'GOV-062', family: 'grant' }, async (s) => {
    const id = await s.grant()
    await s.add(VOTE, s.underGrant(await s.proposed(), id))
    return `UPDATE ${GRANT} SET uses_taken = 0 WHERE standing_approval_id = ${id}`
  }),
  attack('the owner gives back a use', 'owner', 'GOV-062', async (s) => {
    const id = await s.grant()
    await s.add(VOTE, s.underGrant(await s.proposed(), id))
    return `UPDATE ${GRANT} SET uses_taken = 0 WHERE standing_approval_id = ${id}`
  }),
  attack(
    'the owner raises the uses',
    'owner',
    'GOV-016',
    async (s) => `UPDATE ${GRANT} SET maximum_uses = 9 WHERE standing_approval_id = ${await s.grant()}`,
  ),
  attack('serve takes back a revocation', 'serve', 'GOV-063', async (s) => {
    const id = await s.grant()
    await s.owner.run(`UPDATE ${GRANT} SET revoked_by = 'bob' WHERE standing_approval_id = ${id}`)
    return `UPDATE ${GRANT} SET revoked_by = NULL WHERE standing_approval_id = ${id}`
  }),
  attack(
    'the owner deletes a grant',
    'owner',
    'GOV-017',
    async (s) => `DELETE FROM ${GRANT} WHERE standing_approval_id = ${await s.grant()}`,
  ),
]
