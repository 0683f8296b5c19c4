/** The end of the approving page: the digest of exactly what is shown, and the vote on it or what stands in its way. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { DecisionDetail, Session } from '../../../src/server/api-types.ts'
import { Exact } from '../parts/exact.tsx'
import { Part } from '../parts/page.tsx'
import { digestOfText } from '../session/key-file.ts'
import { rolesHere, useRights } from '../session/rights.ts'
import { VoteForm } from './vote-form.tsx'

interface Standing {
  readonly detail: DecisionDetail
  readonly session: Session
  readonly mayVote: boolean
  /** Digest of what is shown; undefined: being computed; null: cannot be computed here. */
  readonly shown: string | null | undefined
}

/** What stands in the way of any vote, in words; null: nothing. */
function whyNot({ detail: { decision, approvals }, session, mayVote, shown }: Standing): string | null {
  if (!mayVote)
    return `You may read this and not vote: that needs the role approver. Yours: ${rolesText(session)}.`
  const own = approvals.find((vote) => vote.adminUserId.toLowerCase() === session.userName.toLowerCase())
  if (own !== undefined)
    return own.approvalStatus === 'CONDITIONAL_APPROVAL'
      ? 'You approved. It is of HIGH risk: a second person must approve it too.'
      : 'You have voted.'
  if (shown === undefined) return 'The digest is being computed.'
  if (shown === null)
    return 'This browser cannot compute digests on a plain http:// address. Use https:// or this machine.'
  if (shown !== decision.planDigest)
    return 'What the server sent is not what its digest says. Do not vote; run dbmedic audit verify.'
  return null
}

const rolesText = (session: Session): string => rolesHere(session).join(', ') || 'none'

/** The part. */
export function VotePart({
  detail,
  evidenceSeen,
}: {
  readonly detail: DecisionDetail
  readonly evidenceSeen: boolean
}) {
  const { session, may } = useRights()
  const { bindingText, decisionStatus } = detail.decision
  const { data: shown } = useQuery({
    queryKey: ['digest', bindingText],
    queryFn: () => (window.isSecureContext ? digestOfText(bindingText) : null),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (session === undefined) return null
  const waits = decisionStatus === 'PENDING_APPROVAL'
  const obstacle = waits
    ? whyNot({ detail, session, mayVote: may('vote'), shown })
    : 'It waits for no vote any more.'
  return (
    <Part title={waits ? 'Your vote' : 'What was voted on'}>
      <Text size="sm">Digest of what this page shows, computed in this browser:</Text>
      <Exact text={shown ?? '…'} label="Digest of what is shown" />
      {obstacle !== null ? (
        <Text className="call" role="status">
          {obstacle}
        </Text>
      ) : (
        <VoteForm detail={detail} session={session} evidenceSeen={evidenceSeen} />
      )}
    </Part>
  )
}
