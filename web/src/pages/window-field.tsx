/** When an approved plan may run: at once, from the start of a change window, or from a time of one's own. */
import { NativeSelect, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { windowsQuery } from '../api/queries.ts'
import { instantOf } from '../parts/local-instant.ts'

/** Farthest start ahead that a vote takes, ms. */
const AHEAD_MS = 7 * 86_400_000
const OWN = 'own'

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The field. `value` is UTC with six decimals; null: at once. */
export function WindowField({
  targetId,
  value,
  change,
}: {
  readonly targetId: number
  readonly value: string | null
  readonly change: (value: string | null) => void
}) {
  const { data } = useQuery(windowsQuery(targetId))
  const [own, setOwn] = useState<string | null>(null)
  const now = Date.now()
  const coming = (data?.items ?? []).filter(
    ({ startsAt }) => Date.parse(startsAt) > now && Date.parse(startsAt) < now + AHEAD_MS,
  )
  const choose = (choice: string): void => {
    setOwn(choice === OWN ? '' : null)
    change(choice === '' || choice === OWN ? null : choice)
  }
  return (
    <Stack gap="xs">
      <NativeSelect
        label="When"
        value={own === null ? (value ?? '') : OWN}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[
          { value: '', label: 'At once' },
          ...coming.map(({ startsAt, reason }) => ({
            value: startsAt,
            label: `In the change window of ${shown.format(new Date(startsAt))}: ${reason.slice(0, 60)}`,
          })),
          { value: OWN, label: 'Not before a time of your own …' },
        ]}
      />
      {own !== null && (
        <TextInput
          type="datetime-local"
          label={`Not before (${zone})`}
          description="Within the next 7 days. Your approval counts from then."
          required
          value={own}
          onChange={(event) => {
            setOwn(event.currentTarget.value)
            change(instantOf(event.currentTarget.value))
          }}
        />
      )}
    </Stack>
  )
}
