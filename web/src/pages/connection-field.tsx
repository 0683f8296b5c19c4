/**
 * One live connection, by its whole identity. Nobody types that: it is chosen among the sessions that others wait for,
 * as the target names them now.
 */
import { Button, Radio, Text } from '@mantine/core'
import type { Lookup } from '../../../src/server/api-types.ts'
import { useQuestion } from '../api/asked.ts'
import { EmptyState, ProblemNotice } from '../parts/notices.tsx'
import { spanText } from '../parts/time.tsx'
import type { Value } from './parameter-values.ts'

type Blocker = NonNullable<Lookup['blockers']>[number]

const idOf = ({ connection }: Blocker): string => connection['connectionId'] ?? ''

interface FieldOf {
  readonly label: string
  readonly value: Value
  readonly set: (value: Value) => void
  readonly targetId: number
}

/** The field. */
export function ConnectionField({ targetId, ...field }: FieldOf) {
  const look = useQuestion<Lookup>('/api/lookups', '/api/lookups')
  const ask = (): void => {
    field.set(null)
    look.put({ targetId, of: 'blockers' })
  }
  return (
    <div>
      <Button size="compact-sm" variant="default" loading={look.isWaiting} onClick={ask}>
        {look.answer === undefined ? 'Find who blocks others now' : 'Look again'}
      </Button>
      {look.error !== null && <ProblemNotice error={look.error} />}
      {look.answer !== undefined && <Found answer={look.answer} {...field} />}
    </div>
  )
}

function Found({
  answer: { because, toProceed, blockers },
  label,
  value,
  set,
}: Omit<FieldOf, 'targetId'> & { readonly answer: Lookup }) {
  if (blockers === null)
    return (
      <Text className="call call-warning" mt="sm">
        {because} {toProceed}
      </Text>
    )
  if (blockers.length === 0)
    return (
      <EmptyState title="Nobody blocks anybody now">
        An action on a connection is for one that others wait for. Look again when they do.
      </EmptyState>
    )
  const choose = (id: string): void => set(blockers.find((each) => idOf(each) === id)?.connection ?? null)
  return (
    <Radio.Group label={label} value={chosenOf(value)} onChange={choose} mt="sm">
      <div className="stack">
        {blockers.map((each) => (
          <Radio
            key={idOf(each)}
            value={idOf(each)}
            disabled={each.kind !== 'client'}
            label={`Connection ${idOf(each)} of ${each.user}: ${each.waiters} wait, the longest ${spanText(each.longestWaitSeconds)}`}
            description={aboutOf(each)}
          />
        ))}
      </div>
    </Radio.Group>
  )
}

/** The number of the connection that is chosen; null: none. */
function chosenOf(value: Value): string | null {
  if (typeof value !== 'object' || value === null || !('connectionId' in value)) return null
  return value.connectionId ?? null
}

function aboutOf({ kind, command, idleSeconds, statement, objects }: Blocker): string {
  if (kind !== 'client') return `a session of kind ${kind}: it is never touched`
  const doing = idleSeconds === null ? (statement ?? command) : `idle for ${spanText(idleSeconds)}`
  return objects.length === 0 ? doing : `${doing}; on ${objects.join(', ')}`
}
