/** A vote over the API: what is signed is written here, from what was shown, with the key of this machine's keyring. */
import { type Config, registrationSigner, sha256 } from '../../app/index.ts'
import { type UnsignedVote, voteText } from '../../core/consent.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { Decision } from '../../core/nouns.ts'
import { toMs, type UtcTime } from '../../core/time.ts'
import type { ApprovalStatus, ApproveReason, DeclineReason } from '../../core/vocabulary.ts'
import { toSignSchema, votedSchema } from '../../server/schemas/writes.ts'
import type { RemoteServer } from './remote-server.ts'

/** What a person decides, before it is signed. */
export interface RemoteBallot {
  readonly decline: boolean
  readonly reason: ApproveReason | DeclineReason
  readonly notes: string | null
  readonly undoPreconsented: boolean
  readonly windowStart: UtcTime | null
}

/** The vote as it was taken. */
export interface RemoteVoted {
  readonly approvalId: number
  readonly approvalStatus: ApprovalStatus
  readonly expiresAt: UtcTime
}

/** How long a vote holds at most from the start of its window: that of LOW risk (pipeline/approve), ms. */
const LONGEST_MS = 86_400_000

interface ToSign {
  readonly vote: UnsignedVote
  readonly text: string
}

/**
 * Votes on the decision that was shown.
 * @throws DbmedicError DBM_VOTE_INVALID where the server shows one plan and asks for a signature under another; and what
 *   the server and the keyring refuse
 */
export async function remoteVote(
  server: RemoteServer,
  config: Config,
  given: { readonly decision: Decision; readonly ballot: RemoteBallot; readonly passphrase: string },
): Promise<RemoteVoted> {
  const { decision, ballot, passphrase } = given
  const { userName } = await server.person()
  // Read once more, although the reading side shows no other: here it is signed.
  if (sha256(decision.bindingText) !== decision.planDigest)
    throw new DbmedicError('DBM_VOTE_INVALID', { problem: 'the plan that was shown has another digest' })
  const { notes, ...asked } = ballot
  const path = `/api/decisions/${decision.decisionId}`
  const ballotBody = { planDigest: decision.planDigest, ...asked }
  const { vote, text } = await server.send<ToSign>(`${path}/ballot`, ballotBody, toSignSchema)
  requireNoLonger(vote, decision, ballot)
  if ((vote.approvalStatus === 'DECLINED') !== ballot.decline)
    throw new DbmedicError('DBM_VOTE_INVALID', {
      problem: 'the server makes a yes of a no, or a no of a yes',
    })
  const signer = await registrationSigner(config, { userName, passphrase })
  const own = voteText({
    ...vote,
    decisionId: decision.decisionId,
    actionId: decision.recommendedActionId,
    planDigest: decision.planDigest,
    riskLevel: decision.riskLevel,
    adminUserId: userName,
    approvalReason: ballot.reason,
    conditions: { undoPreconsented: ballot.undoPreconsented, windowStart: ballot.windowStart },
    keyId: signer.keyId,
    standingApprovalId: null,
  })
  if (own !== text)
    throw new DbmedicError('DBM_VOTE_INVALID', {
      problem: 'the server asks for a signature under something else than it showed',
    })
  const signed = {
    approvalStatus: vote.approvalStatus,
    expiresAt: vote.expiresAt,
    signature: signer.sign(own),
  }
  return server.send(`${path}/votes`, { ...ballotBody, notes, ...signed }, votedSchema)
}

/** A yes at once ends with its decision; one for later within a day of its window, whatever its risk. */
function requireNoLonger(vote: UnsignedVote, { expiresAt }: Decision, { windowStart }: RemoteBallot): void {
  const most = windowStart === null ? toMs(expiresAt) : toMs(windowStart) + LONGEST_MS
  if (toMs(vote.expiresAt) <= most) return
  throw new DbmedicError('DBM_VOTE_INVALID', {
    problem: `the server asks for a vote that holds until ${vote.expiresAt}, longer than any may`,
  })
}
