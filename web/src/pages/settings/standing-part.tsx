/** Standing approvals: LOW risk decisions a person allowed ahead, with their bounds, uses left, and their end. */
import { Badge, Button, Progress } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Grant } from '../../../../src/server/api-types.ts'
import { grantsQuery } from '../../api/around.ts'
import { write } from '../../api/client.ts'
import { targetsQuery } from '../../api/queries.ts'
import { Exact } from '../../parts/exact.tsx'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Facts, Part } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { wordsOf } from '../../parts/words.ts'
import { useRights } from '../../session/rights.ts'
import { GiveStanding } from './give-standing.tsx'

/** The part. */
export function StandingPart() {
  const { data, error, refetch } = useQuery(grantsQuery)
  return (
    <>
      <Part title="Standing approvals">
        {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
        {data === undefined && error === null && <Reading />}
        {data?.length === 0 && (
          <EmptyState title="Nothing is approved ahead">
            Each decision waits for a person. An approver may allow one action of low risk ahead, within
            bounds.
          </EmptyState>
        )}
        <ul className="plain reviews">
          {(data ?? []).map((grant) => (
            <li key={grant.standingApprovalId}>
              <GrantRow of={grant} />
            </li>
          ))}
        </ul>
      </Part>
      <GiveStanding />
    </>
  )
}

function stateOf(of: Grant): { readonly word: string; readonly colour: string } {
  if (of.revokedAt !== null) return { word: 'Revoked', colour: 'gray' }
  if (Date.parse(of.validUntil) <= Date.now()) return { word: 'Over', colour: 'gray' }
  return of.usesLeft > 0 ? { word: 'In force', colour: 'teal' } : { word: 'Used up', colour: 'gray' }
}

function GrantRow({ of }: { readonly of: Grant }) {
  const { data: targets } = useQuery(targetsQuery)
  const { word, colour } = stateOf(of)
  const used = of.maximumUses - of.usesLeft
  const nameOf = (id: number): string =>
    targets?.items.find((each) => each.targetId === id)?.targetName ?? `target ${id}`
  return (
    <>
      <div className="line">
        <span>
          <Badge color={colour} radius="sm" className="code-badge">
            {word}
          </Badge>{' '}
          <strong className="break">{of.actionName}</strong> on {of.targetIds.map(nameOf).join(', ')}
        </span>
        <span className="quiet">
          {of.grantedBy}, <Time at={of.grantedAt} />
        </span>
      </div>
      <Facts
        of={[
          ['For', `${wordsOf(of.issueCategory)}, ${wordsOf(of.rootCauseCode).toLowerCase()}`],
          ['Confidence at least', `${Math.round(of.minimumConfidence * 100)} %`],
          ['Until', <Time key="until" at={of.validUntil} />],
          ['Uses', `${used.toLocaleString()} of ${of.maximumUses.toLocaleString()}`],
          ['Why', of.reason],
          ...(of.revokedAt === null
            ? []
            : [['Revoked', <Ended key="ended" of={of} at={of.revokedAt} />] as const]),
        ]}
      />
      <Progress value={(used / of.maximumUses) * 100} aria-label="Share of the uses taken" />
      {Object.keys(of.parameterBounds).length > 0 && (
        <Exact text={JSON.stringify(of.parameterBounds, null, 2)} label="Bounds of its parameters" />
      )}
      {word === 'In force' && <Revoke of={of} />}
    </>
  )
}

function Ended({ of, at }: { readonly of: Grant; readonly at: string }) {
  return (
    <>
      <Time at={at} /> by {of.revokedBy}
    </>
  )
}

function Revoke({ of }: { readonly of: Grant }) {
  const { may } = useRights()
  const cache = useQueryClient()
  const [isSure, setSure] = useState(false)
  const revoke = useMutation({
    mutationFn: () => write<undefined>('POST', `/api/grants/${of.standingApprovalId}/revoke`),
    onSettled: () => cache.invalidateQueries({ queryKey: ['grants'] }),
  })
  if (!may('stop')) return null
  return (
    <div className="buttons">
      <Button
        size="compact-sm"
        variant={isSure ? 'filled' : 'default'}
        color={isSure ? 'red' : undefined}
        loading={revoke.isPending}
        onClick={() => (isSure ? revoke.mutate() : setSure(true))}
        onBlur={() => setSure(false)}
      >
        {isSure ? 'Yes, end it now' : 'Revoke'}
      </Button>
      {revoke.error !== null && <ProblemNotice error={revoke.error} />}
    </div>
  )
}
