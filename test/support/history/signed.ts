/**
 * Signatures of the votes that carried a run, checked from the rows alone with node's own Ed25519: the text is written
 * here once more, so that a mistake in the program's own text is a mistake on one side only.
 */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Row, Session } from '../../../src/store/session.ts'

/** RFC 8410: what stands before the 32 bytes of an Ed25519 public key in DER. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** Every yes of each run is signed by its voter's registered key, or carries the signature of its grant. */
export async function assertSigned(session: Session, runs: readonly number[]): Promise<void> {
  if (runs.length === 0) return
  const votes = await session.rows(
    `SELECT DISTINCT a.*, u.public_key, u.key_id AS registered, g.grant_text FROM action_executions x
      JOIN admin_approvals a ON a.decision_id = x.decision_id JOIN users u ON u.user_id = a.admin_user_id
      LEFT JOIN standing_approvals g ON g.standing_approval_id = a.standing_approval_id
      WHERE a.approval_status <> 'DECLINED' AND x.execution_id IN (${runs.join(', ')})`,
  )
  assert.ok(votes.length > 0, 'a run was sent without a vote')
  for (const vote of votes) {
    const about = `vote ${String(vote['approval_id'])}`
    const key = vote['public_key'] as Buffer
    assert.equal(createHash('sha256').update(key).digest('hex'), vote['key_id'], `${about}: another key`)
    assert.equal(vote['registered'], vote['key_id'], `${about}: not the registered key`)
    const text = vote['standing_approval_id'] === null ? voteText(vote) : String(vote['grant_text'])
    const spki = createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' })
    const signature = Buffer.from(String(vote['signature']), 'base64')
    assert.ok(verify(null, Buffer.from(text, 'utf8'), spki, signature), `${about} is not signed by its voter`)
  }
}

/** The members in the order of RFC 8785. */
function voteText(vote: Row): string {
  return JSON.stringify({
    actionId: Number(vote['action_id']),
    adminUserId: String(vote['admin_user_id']).toLowerCase(),
    approvalReason: vote['approval_reason'],
    approvalStatus: vote['approval_status'],
    conditions: {
      undoPreconsented: Number(vote['undo_preconsented']) === 1,
      windowStart: timeText(vote['window_start']),
    },
    decisionId: Number(vote['decision_id']),
    expiresAt: timeText(vote['expires_at']),
    planDigest: vote['plan_digest'],
    riskLevel: vote['risk_level'],
    schema: 'dbmedic/vote/1',
    standingApprovalId: null,
  })
}

const timeText = (value: unknown): string | null =>
  value === null ? null : `${String(value).replace(' ', 'T').replace(/Z$/, '')}Z`
