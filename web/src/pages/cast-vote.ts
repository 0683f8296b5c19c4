/**
 * A vote: asked for, written by this page from what it shows, signed here, sent. What the server wrote is compared and
 * never signed as it is.
 */
import type { DecisionDetail, NewVote, Session, ToSign, Voted } from '../../../src/server/api-types.ts'
import { newChangeKey, ProblemError, write, writeOnce } from '../api/client.ts'
import { type SigningKey, sortedJson } from '../session/key-file.ts'

/** What the person says. */
export interface Ballot {
  readonly decline: boolean
  readonly reason: NewVote['reason']
  readonly notes: string | null
  readonly undoPreconsented: boolean
  /** UTC with six decimals; null: at once. */
  readonly windowStart: string | null
}

/** What a vote is made from. */
export interface Casting {
  readonly decision: DecisionDetail['decision']
  readonly session: Session
  readonly ballot: Ballot
  /** The fresh proof that goes with a yes to HIGH risk; asked for once the server has said what the vote would be. */
  readonly prove: () => Promise<Pick<NewVote, 'password' | 'code' | 'passkey'>>
  readonly unlock: () => Promise<SigningKey>
  /** Told what is being done. */
  readonly say: (doing: string) => void
}

/** Sent again under the same key when no answer came, after so many ms. */
const AGAIN_MS = [500, 2_000, 5_000] as const

/** Casts it. @throws ProblemError what the server refuses; Error in words for what this page refuses */
export async function castVote({ decision, session, ballot, prove, unlock, say }: Casting): Promise<Voted> {
  const { decisionId, planDigest } = decision
  const { notes, ...said } = ballot
  say('Asking what this vote would be …')
  const asked = { planDigest, ...said }
  const toSign = await write<ToSign>('POST', `/api/decisions/${decisionId}/ballot`, asked)
  const { approvalStatus, expiresAt } = toSign.vote
  if (!statusesOf(decision.riskLevel, ballot.decline).includes(approvalStatus))
    throw new Error('The server would record another vote than this one. Nothing was signed.')
  const text = sortedJson({
    schema: 'dbmedic/vote/1',
    decisionId,
    actionId: decision.recommendedActionId,
    planDigest,
    riskLevel: decision.riskLevel,
    approvalStatus,
    approvalReason: ballot.reason,
    conditions: { undoPreconsented: ballot.undoPreconsented, windowStart: ballot.windowStart },
    adminUserId: session.userName.toLowerCase(),
    expiresAt,
    standingApprovalId: null,
  })
  if (text !== toSign.text)
    throw new Error('The server would record another vote than the one shown here. Nothing was signed.')
  say('Opening your key; it takes about a second …')
  const key = await unlock()
  const signature = await key.sign(text)
  const proof = await prove()
  const vote: NewVote = {
    ...asked,
    notes,
    approvalStatus,
    expiresAt,
    signature,
    ...proof,
  }
  say('Sending your vote …')
  return send(`/api/decisions/${decisionId}/votes`, vote)
}

function statusesOf(riskLevel: string, decline: boolean): readonly string[] {
  if (decline) return ['DECLINED']
  return riskLevel === 'HIGH' ? ['CONDITIONAL_APPROVAL', 'APPROVED'] : ['APPROVED']
}

/** Once, however often it is sent. */
async function send(path: string, vote: NewVote): Promise<Voted> {
  const key = newChangeKey()
  for (const wait of AGAIN_MS) {
    try {
      return await writeOnce<Voted>(path, vote, key)
    } catch (error) {
      const cut = error instanceof ProblemError && error.problem.code === 'NO_ANSWER'
      if (!cut) throw error
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  return writeOnce<Voted>(path, vote, key)
}
