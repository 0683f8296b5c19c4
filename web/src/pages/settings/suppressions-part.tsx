/** What is suppressed now, and what was. */
import { Button } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { suppressionsQuery } from '../../api/queries.ts'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { SuppressionRow } from '../suppression-row.tsx'

/** The part. */
export function SuppressionsPart() {
  return (
    <>
      <List title="Suppressed now" active="true">
        <EmptyState title="Nothing is suppressed">
          What a person knows and cannot mend yet is suppressed in the{' '}
          <Link to="/issues">queue of issues</Link>: it opens none until a time.
        </EmptyState>
      </List>
      <List title="Suppressed before" active="false">
        <EmptyState title="Nothing was suppressed before">
          What ran out or was ended early stays on record here.
        </EmptyState>
      </List>
    </>
  )
}

function List({
  title,
  active,
  children,
}: {
  readonly title: string
  readonly active: 'true' | 'false'
  readonly children: ReactNode
}) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    suppressionsQuery({ active }),
  )
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Part title={title}>
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && rows.length === 0 && children}
      <ul className="plain">
        {rows.map((each) => (
          <SuppressionRow key={each.suppressionId} of={each} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </Part>
  )
}
