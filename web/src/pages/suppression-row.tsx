/** One suppression: of what, until when, why, what it held; and ending it. */
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Suppression } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { useRights } from '../session/rights.ts'

/** How many issues would have opened, in words. */
const heldText = (count: number): string =>
  count === 0 ? 'nothing would have opened' : `${count} would have opened`

/** A line of the list. */
export function SuppressionRow({ of }: { readonly of: Suppression }) {
  return (
    <li className="line">
      <span>
        {!of.isActive && <span className="quiet">Over: </span>}
        <Link to="/issues/$issueId" params={{ issueId: String(of.issueId) }}>
          {wordsOf(of.issueCategory)} on <span className="break">{of.affectedResourceName}</span>
        </Link>
        , {of.targetName}: {of.reason}
        <div className="quiet">
          {of.suppressedBy}, <Time at={of.suppressedAt} /> <Until of={of} />; {heldText(of.heldCount)}
        </div>
      </span>
      {of.isActive && <EndButton of={of} />}
    </li>
  )
}

function Until({ of }: { readonly of: Suppression }) {
  return of.endedAt === null ? (
    <>
      until <Time at={of.expiresAt} />
    </>
  ) : (
    <>
      until {of.endedBy} ended it, <Time at={of.endedAt} />
    </>
  )
}

/** On the page of an issue: it is suppressed, by whom, until when. */
export function SuppressionCall({ of }: { readonly of: Suppression }) {
  return (
    <div className="call">
      Suppressed by {of.suppressedBy} until <Time at={of.expiresAt} />: {of.reason} ({heldText(of.heldCount)}){' '}
      <EndButton of={of} />
    </div>
  )
}

function EndButton({ of }: { readonly of: Suppression }) {
  const cache = useQueryClient()
  const { may } = useRights()
  const end = useMutation({
    mutationFn: () => write('POST', `/api/suppressions/${of.suppressionId}/end`),
    onSettled: () => {
      for (const part of ['suppressions', 'dashboard']) void cache.invalidateQueries({ queryKey: [part] })
    },
  })
  if (!may('ask')) return null
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={end.isPending}
        onClick={() => end.mutate()}
        aria-label={`End it now: ${of.affectedResourceName}`}
      >
        End it now
      </Button>
      {end.error !== null && <ProblemNotice error={end.error} />}
    </>
  )
}
