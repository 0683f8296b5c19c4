/** Votes and grants as `serve` writes them. The store's triggers judge every one. */
import { grantText } from '../../core/consent.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { NewApproval } from '../../core/nouns.ts'
import type { NewStandingApproval } from '../../core/store-ports.ts'
import { queriesOf, type Runner } from '../database/store-database.ts'
import { cellsOf, flag } from '../rows/cells.ts'
import { refusalText } from '../schema/rules.ts'
import { digestOf } from './write-events.ts'

/** Adds a vote; gives its id. @throws DbmedicError DBM_STORE_REFUSED with the rule. */
export async function insertApproval(runner: Runner, vote: NewApproval): Promise<number> {
  const cells = cellsOf(runner.dialect)
  const personId = await personOfUser(runner, vote.adminUserId)
  if (personId === null) throw new DbmedicError('DBM_STORE_REFUSED', { rule: refusalText('GOV-037') })
  const own = vote.approvalStatus !== 'DECLINED' && (await proposer(runner, vote.decisionId)) === personId
  const written = await runner.write(
    queriesOf(runner.dialect)
      .insertInto('admin_approvals')
      .values({
        decision_id: vote.decisionId,
        action_id: vote.actionId,
        plan_digest: vote.planDigest,
        risk_level: vote.riskLevel,
        admin_user_id: vote.adminUserId,
        person_id: personId,
        approval_status: vote.approvalStatus,
        approval_reason: vote.approvalReason,
        admin_notes: vote.adminNotes,
        undo_preconsented: flag(vote.conditions.undoPreconsented),
        window_start: cells.timeOrNull(vote.conditions.windowStart),
        authentication_method: vote.authenticationMethod,
        signature: vote.signature,
        key_id: vote.keyId,
        standing_approval_id: vote.standingApprovalId,
        // Said on the record; the trigger lets it pass only for a sole approver's LOW and MEDIUM.
        self_approved_sole_approver: flag(own),
        expires_at: cells.time(vote.expiresAt),
      }),
  )
  return written.id
}

/** Stores a signed grant; its bounds are those of the signed text. */
export async function grantStanding(runner: Runner, grant: NewStandingApproval): Promise<number> {
  const q = queriesOf(runner.dialect)
  const action = await runner.first(
    q
      .selectFrom('predefined_actions')
      .select(['action_id', 'risk_level'])
      .where('action_name', '=', grant.actionName)
      .where('action_version', '=', grant.actionVersion),
  )
  if (action === null) {
    throw new DbmedicError('DBM_STORE_NO_ROW', {
      what: `action ${grant.actionName} version ${grant.actionVersion}`,
    })
  }
  const personId = await personOfUser(runner, grant.grantedBy)
  if (personId === null) throw new DbmedicError('DBM_STORE_REFUSED', { rule: refusalText('GOV-060') })
  const text = grantText(grant)
  const written = await runner.write(
    q.insertInto('standing_approvals').values({
      granted_by: grant.grantedBy,
      person_id: personId,
      action_id: action.action_id,
      risk_level: action.risk_level,
      grant_text: text,
      grant_digest: digestOf(text),
      signature: grant.signature,
      key_id: grant.keyId,
      valid_until: cellsOf(runner.dialect).time(grant.validUntil),
      maximum_uses: grant.maximumUses,
    }),
  )
  return written.id
}

async function personOfUser(runner: Runner, userName: string): Promise<number | null> {
  const row = await runner.first(
    queriesOf(runner.dialect).selectFrom('users').select('person_id').where('user_id', '=', userName),
  )
  return row?.person_id ?? null
}

async function proposer(runner: Runner, decisionId: number): Promise<number | null> {
  const row = await runner.first(
    queriesOf(runner.dialect)
      .selectFrom('recovery_decisions as d')
      .innerJoin('users as u', 'u.user_id', 'd.proposed_by')
      .select('u.person_id')
      .where('d.decision_id', '=', decisionId),
  )
  return row?.person_id ?? null
}
