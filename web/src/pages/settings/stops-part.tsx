/** Stops that are on. They are set and lifted by the stop switch, which is on every page. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { dashboardQuery } from '../../api/queries.ts'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { haltText } from '../../shell/halt-text.ts'

/** The part. */
export function StopsPart() {
  const { data, error, refetch } = useQuery(dashboardQuery)
  return (
    <Part title="Stop switches">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data?.halts.length === 0 && (
        <EmptyState title="Nothing is stopped">
          What people approve runs. The stop switch in the bar above holds back everything, one engine, one
          target or one action, at once.
        </EmptyState>
      )}
      <ul className="plain">
        {(data?.halts ?? []).map((halt) => (
          <li key={halt.haltId} className="line">
            <span>
              <strong>{haltText(halt)}</strong>: {halt.reason}
            </span>
            <span className="quiet">
              {halt.setBy}, <Time at={halt.setAt} />
            </span>
          </li>
        ))}
      </ul>
      {(data?.halts.length ?? 0) > 0 && (
        <Text size="sm" className="quiet" mt="sm">
          Lifted by the stop switch in the bar above, by approvers and administrators.
        </Text>
      )}
    </Part>
  )
}
