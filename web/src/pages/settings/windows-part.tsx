/** Change windows of every target. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { targetsQuery } from '../../api/queries.ts'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { WindowsOf } from '../windows-part.tsx'

/** The part. */
export function WindowsPart() {
  const { data, error, refetch } = useQuery(targetsQuery)
  return (
    <>
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data?.items.length === 0 && (
        <Part title="Change windows">
          <EmptyState title="No server is under care">
            A window belongs to a target: <Link to="/targets">add one</Link> first.
          </EmptyState>
        </Part>
      )}
      {(data?.items ?? []).map((target) => (
        <Part key={target.targetId} title={`Change windows of ${target.targetName}`}>
          <WindowsOf target={target} />
        </Part>
      ))}
    </>
  )
}
