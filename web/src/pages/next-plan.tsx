/** The plan on this page waits no more, and another one of the same issue does: where it differs, and the way to it. */
import { Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { storyQuery } from '../api/queries.ts'
import { Letters } from '../parts/exact.tsx'
import { Part } from '../parts/page.tsx'
import { pathWords, planDifference } from './plan-difference.ts'

/** The part; nothing while this plan waits or ran. */
export function NextPlan({ shown }: { readonly shown: DecisionDetail }) {
  const { decision, executions } = shown
  const over = decision.decisionStatus !== 'PENDING_APPROVAL' && executions.length === 0
  const { data: story } = useQuery({ ...storyQuery(String(decision.issueId)), enabled: over })
  const next = story?.decisions.find(
    (each) =>
      each.decision.decisionStatus === 'PENDING_APPROVAL' && each.decision.decisionId > decision.decisionId,
  )
  if (!over || next === undefined) return null
  const differences = planDifference(JSON.parse(decision.bindingText), JSON.parse(next.decision.bindingText))
  // Digests and times differ whenever anything does; what they stand for comes first.
  const telling = (path: string): number => (/(Digest|expiresAt)$/.test(path) ? 1 : 0)
  const sorted = differences.toSorted((a, b) => telling(a.path) - telling(b.path))
  const { decisionId } = next.decision
  return (
    <Part title="Another plan waits now">
      <Text className="call call-warning" role="status">
        The plan on this page waits no more. Decision {decisionId} was proposed instead; a vote is for exactly
        one of them.
      </Text>
      <dl className="differences">
        {sorted.map(({ path, before, after }) => (
          <div key={path}>
            <dt>{pathWords(path)}</dt>
            <dd>
              <del>{before === null ? 'not there' : <Letters text={before} />}</del>
              <ins>{after === null ? 'not there' : <Letters text={after} />}</ins>
            </dd>
          </div>
        ))}
      </dl>
      <Button
        renderRoot={(props) => (
          <Link {...props} to="/decisions/$decisionId" params={{ decisionId: String(decisionId) }} />
        )}
      >
        Read decision {decisionId}
      </Button>
    </Part>
  )
}
