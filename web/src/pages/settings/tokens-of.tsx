/** Tokens of somebody else in the workspace: seen by who audits, revoked by who administers. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Person } from '../../../../src/server/api-types.ts'
import { tokensOfQuery } from '../../api/around.ts'
import { ProblemNotice, Reading } from '../../parts/notices.tsx'
import { TokenRow } from './token-row.tsx'

interface Of {
  readonly person: Person
  readonly mayRevoke: boolean
}

/** Folded; asked for when it is opened. */
export function TokensOf({ person, mayRevoke }: Of) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details className="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Tokens for scripts</summary>
      {isOpen && <List person={person} mayRevoke={mayRevoke} />}
    </details>
  )
}

function List({ person: { userName }, mayRevoke }: Of) {
  const query = tokensOfQuery(userName)
  const { data, error, refetch } = useQuery(query)
  const path = `/api/people/${encodeURIComponent(userName)}/tokens`
  if (error !== null) return <ProblemNotice error={error} again={() => void refetch()} />
  if (data === undefined) return <Reading />
  if (data.length === 0)
    return (
      <Text size="sm" className="quiet" mt="xs">
        {userName} has no token in this workspace.
      </Text>
    )
  return (
    <ul className="plain reviews" aria-label={`Tokens of ${userName}`}>
      {data.map((token) => (
        <li key={token.tokenId} className="line">
          <TokenRow
            of={token}
            path={mayRevoke ? `${path}/${token.tokenId}` : null}
            shownIn={query.queryKey}
          />
        </li>
      ))}
    </ul>
  )
}
