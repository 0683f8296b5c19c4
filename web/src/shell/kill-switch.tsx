/** The stop switches, on every page: whether something is stopped, what, by whom; stopping and lifting. */
import { Button, NativeSelect, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Dashboard } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { actionsQuery, dashboardQuery, targetsQuery } from '../api/queries.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { Time } from '../parts/time.tsx'
import { isFirstShown, useRights } from '../session/rights.ts'
import { haltText } from './halt-text.ts'

type Halt = Dashboard['halts'][number]

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The button; what it opens names each stop, and takes new ones. */
export function KillSwitch() {
  const { data, isError } = useQuery(dashboardQuery)
  const { may } = useRights()
  const halts = data?.halts ?? []
  const all = halts.some((halt) => halt.scope === 'ALL')
  const words = all ? 'All stopped' : halts.length > 0 ? `${halts.length} stopped` : 'No stops'
  return (
    <Popover position="bottom-end" width={340} withArrow shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          color={halts.length > 0 ? 'red' : 'teal'}
          variant={halts.length > 0 ? 'filled' : 'default'}
          aria-label={`Stop switch: ${data === undefined ? 'not known' : words}`}
        >
          {data === undefined ? (isError ? 'Stops not known' : 'Stops …') : words}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text fw={600}>Stop switches</Text>
        {halts.length === 0 && <Text size="sm">Nothing is stopped: what people approve runs.</Text>}
        <ul className="plain">
          {halts.map((halt) => (
            <HaltRow key={halt.haltId} of={halt} mayLift={may('release')} />
          ))}
        </ul>
        {may('stop') && <StopForm />}
      </Popover.Dropdown>
    </Popover>
  )
}

/** Sets or lifts; the dashboard's answer shows it. */
function useSwitch(change: () => Promise<unknown>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () => cache.invalidateQueries({ queryKey: dashboardQuery.queryKey }),
  })
}

function HaltRow({ of, mayLift }: { readonly of: Halt; readonly mayLift: boolean }) {
  const isLiftedHere = of.scope === 'TARGET' || isFirstShown()
  const lift = useSwitch(() => write<undefined>('POST', `/api/stops/${of.haltId}/lift`))
  return (
    <li>
      <Text size="sm" className="break">
        <strong>{capital(haltText(of))}</strong>: {of.reason}
      </Text>
      <Text size="xs" className="quiet">
        {of.setBy}, <Time at={of.setAt} />
      </Text>
      {!isLiftedHere && (
        <Text size="xs">It is of the whole installation: lifted in the first workspace.</Text>
      )}
      {mayLift && isLiftedHere && (
        <Button
          size="compact-xs"
          mt={4}
          variant="default"
          loading={lift.isPending}
          onClick={() => lift.mutate()}
          aria-label={`Lift the stop of ${haltText(of)}`}
        >
          Lift
        </Button>
      )}
      {lift.error !== null && <ProblemNotice error={lift.error} />}
    </li>
  )
}

/** What can be stopped, as `kind key`. */
function useScopes(): readonly { readonly value: string; readonly label: string }[] {
  const { data: targets } = useQuery(targetsQuery)
  const { data: actions } = useQuery(actionsQuery)
  const known = targets?.items ?? []
  const engines = [...new Set(known.map(({ engine }) => engine))]
  const names = [...new Set((actions?.items ?? []).map(({ actionName }) => actionName))]
  return [
    { value: 'all', label: 'Everything' },
    ...known.map(({ targetId, targetName }) => ({
      value: `target ${targetId}`,
      label: `Target ${targetName}`,
    })),
    ...engines.map((engine) => ({ value: `engine ${engine}`, label: `Engine ${engine}` })),
    ...names.map((name) => ({ value: `action ${name}`, label: `Action ${name}` })),
  ]
}

function StopForm() {
  const scopes = useScopes()
  const [scope, setScope] = useState('all')
  const [reason, setReason] = useState('')
  const stop = useSwitch(async () => {
    const [kind = 'all', key = ''] = scope.split(' ')
    const what = kind === 'all' ? {} : { [kind]: kind === 'target' ? Number(key) : key }
    await write('POST', '/api/stops', { ...what, reason: reason.trim() })
    setReason('')
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    stop.mutate()
  }
  return (
    <form onSubmit={submit} className="stop-form">
      <Stack gap="xs">
        <NativeSelect
          label="Stop"
          size="xs"
          data={[...scopes]}
          value={scope}
          onChange={(event) => setScope(event.currentTarget.value)}
        />
        <TextInput
          label="Reason"
          size="xs"
          required
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {stop.error !== null && <ProblemNotice error={stop.error} />}
        <Button type="submit" size="xs" color="red" loading={stop.isPending}>
          Stop now
        </Button>
        <Text size="xs" className="quiet">
          Nothing new runs until it is lifted. What is running ends.
        </Text>
      </Stack>
    </form>
  )
}
