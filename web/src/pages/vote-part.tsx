/**
 * The end of the approving page: the digest of exactly what is shown, whether it may be voted on, and how. The server
 * takes no vote from a browser yet, so the page hands over the command that votes on this very digest and no other.
 */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { Exact, Part } from '../parts/page.tsx'
import { digestOfText } from '../session/seal-key.ts'

/** What stands in the way of a vote, in words; null: nothing. */
function whyNot(of: {
  readonly state: string
  readonly shown: string | null | undefined
  readonly planDigest: string
  readonly evidenceSeen: boolean
}): string | null {
  if (of.state !== 'PENDING_APPROVAL') return 'It waits for no vote any more.'
  if (of.shown === undefined) return 'The digest is being computed.'
  if (of.shown === null)
    return 'This browser cannot compute digests on a plain http:// address. Use https:// or this machine.'
  if (of.shown !== of.planDigest)
    return 'What the server sent is not what its digest says. Do not vote; run dbmedic audit verify.'
  return of.evidenceSeen ? null : 'Open the evidence above first.'
}

/** The part. */
export function VotePart({
  detail: { decision },
  evidenceSeen,
}: {
  readonly detail: DecisionDetail
  readonly evidenceSeen: boolean
}) {
  const { data: shown } = useQuery({
    queryKey: ['digest', decision.bindingText],
    queryFn: () => (window.isSecureContext ? digestOfText(decision.bindingText) : null),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const { decisionStatus: state, planDigest, decisionId, riskLevel } = decision
  const obstacle = whyNot({ state, shown, planDigest, evidenceSeen })
  return (
    <Part title="Vote">
      <Text size="sm">Digest of what this page shows, computed in this browser:</Text>
      <Exact text={shown ?? '…'} label="Digest of what is shown" />
      {obstacle !== null ? (
        <Text className="call call-warning" role="status">
          {obstacle}
        </Text>
      ) : (
        <>
          <Text size="sm">
            Votes are signed with your key, and the server does not take them from browsers yet. In a
            terminal, where your key is; any other digest is refused:
          </Text>
          <Exact text={`dbmedic approve ${decisionId} --digest ${shown}`} label="Command to approve" />
          <Exact text={`dbmedic decline ${decisionId} --reason SAFETY_CONCERN`} label="Command to decline" />
          {riskLevel === 'HIGH' && <Text size="sm">High risk: two different people must approve.</Text>}
        </>
      )}
    </Part>
  )
}
