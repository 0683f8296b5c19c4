/** When a target may be changed beyond the unattended limits. */
import { Button, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ChangeWindow, Target } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { windowsQuery } from '../api/queries.ts'
import { instantOf } from '../parts/local-instant.ts'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Time } from '../parts/time.tsx'
import { useRights } from '../session/rights.ts'

/** Windows of one target, and the form for another one. */
export function WindowsOf({ target }: { readonly target: Pick<Target, 'targetId' | 'targetName'> }) {
  const { data, error, refetch } = useQuery(windowsQuery(target.targetId))
  const { may } = useRights()
  return (
    <>
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data?.items.length === 0 && (
        <EmptyState title="No change window">
          Large tables are changed only inside one.{' '}
          {may('release') ? 'Add one below.' : 'Approvers and administrators add them.'}
        </EmptyState>
      )}
      <ul className="plain">
        {(data?.items ?? []).map((each) => (
          <Window key={each.changeWindowId} of={each} />
        ))}
      </ul>
      {may('release') && <AddWindow targetId={target.targetId} />}
    </>
  )
}

function Window({ of }: { readonly of: ChangeWindow }) {
  const now = Date.now()
  const isOver = Date.parse(of.endsAt) <= now
  const isOpen = !isOver && Date.parse(of.startsAt) <= now
  return (
    <li className="line">
      <span>
        {isOpen && <strong>Open now: </strong>}
        {isOver && <span className="quiet">Over: </span>}
        <Time at={of.startsAt} /> to <Time at={of.endsAt} />
      </span>
      <span className="quiet">
        {of.reason}, {of.createdBy}
      </span>
    </li>
  )
}

function AddWindow({ targetId }: { readonly targetId: number }) {
  const cache = useQueryClient()
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [reason, setReason] = useState('')
  const [startsAt, endsAt] = [instantOf(from), instantOf(to)]
  const isBackwards = startsAt !== null && endsAt !== null && startsAt >= endsAt
  const add = useMutation({
    mutationFn: () => write('POST', '/api/windows', { targetId, startsAt, endsAt, reason }),
    onSuccess: () => {
      setReason('')
      return cache.invalidateQueries({ queryKey: ['windows', targetId] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isBackwards) add.mutate()
  }
  return (
    <form onSubmit={submit} className="more">
      <div className="form-grid">
        <TextInput
          type="datetime-local"
          label="From"
          description="in your time zone"
          required
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label="To"
          description="in your time zone"
          required
          value={to}
          error={isBackwards ? 'it ends before it starts' : undefined}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <TextInput
          label="Why"
          description="for the record"
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      <Button type="submit" mt="sm" variant="default" loading={add.isPending} disabled={isBackwards}>
        Add the window
      </Button>
      {add.error !== null && <ProblemNotice error={add.error} />}
      <Text size="xs" className="quiet" mt="xs">
        A window is not taken away again; a stop switch holds everything back inside one.
      </Text>
    </form>
  )
}
