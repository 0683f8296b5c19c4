/** One token: what it may, until when, and its end. */
import { Badge, Button } from '@mantine/core'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Token } from '../../../../src/server/api-types.ts'
import { write } from '../../api/client.ts'
import { ProblemNotice } from '../../parts/notices.tsx'
import { Time } from '../../parts/time.tsx'
import { nameOf, useOwnWorkspaces } from '../../session/workspaces.ts'

function stateOf({ revokedAt, expiresAt }: Token): string | null {
  if (revokedAt !== null) return 'Revoked'
  return Date.parse(expiresAt) <= Date.now() ? 'Over' : null
}

interface Of {
  readonly of: Token
  /** Where it is revoked; null: who looks may not. */
  readonly path: string | null
  /** What shows it. */
  readonly shownIn: QueryKey
}

/** The row. */
export function TokenRow({ of, path, shownIn }: Of) {
  const own = useOwnWorkspaces()
  const cache = useQueryClient()
  const revoke = useMutation({
    mutationFn: (address: string) => write<undefined>('DELETE', address),
    onSettled: () => cache.invalidateQueries({ queryKey: shownIn }),
  })
  const ended = stateOf(of)
  return (
    <>
      <span>
        <strong className="break">{of.tokenName}</strong>{' '}
        {ended !== null && (
          <Badge color="gray" radius="sm" className="code-badge">
            {ended}
          </Badge>
        )}
        <div className="quiet">
          {of.scopes.join(', ')}
          {own.length > 1 && ` in ${nameOf(own, of.workspaceId)}`}; until <Time at={of.expiresAt} />;{' '}
          {of.lastUsedAt === null ? (
            'never used'
          ) : (
            <>
              last used <Time at={of.lastUsedAt} />
            </>
          )}
        </div>
        {revoke.error !== null && <ProblemNotice error={revoke.error} />}
      </span>
      {ended === null && path !== null && (
        <Button
          size="compact-sm"
          variant="default"
          loading={revoke.isPending}
          onClick={() => revoke.mutate(path)}
          aria-label={`Revoke ${of.tokenName}`}
        >
          Revoke
        </Button>
      )}
    </>
  )
}
