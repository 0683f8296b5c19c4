/** The stop switches, on every page: whether something is stopped, what, by whom, and how to change it. */
import { Button, Popover, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Dashboard } from '../../../src/server/api-types.ts'
import { dashboardQuery } from '../api/queries.ts'
import { Time } from '../parts/time.tsx'

type Halt = Dashboard['halts'][number]

const scopeText = ({ scope, key }: Halt): string =>
  scope === 'ALL'
    ? 'Everything'
    : `${scope === 'ENGINE' ? 'Engine' : scope === 'TARGET' ? 'Target' : 'Action'} ${key}`

/** The button; what it opens names each stop. */
export function KillSwitch() {
  const { data, isError } = useQuery(dashboardQuery)
  const halts = data?.halts ?? []
  const all = halts.some((halt) => halt.scope === 'ALL')
  const words = all ? 'All stopped' : halts.length > 0 ? `${halts.length} stopped` : 'No stops'
  return (
    <Popover position="bottom-end" width={320} withArrow shadow="md" trapFocus returnFocus>
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
            <li key={halt.haltId}>
              <Text size="sm">
                <strong>{scopeText(halt)}</strong>: {halt.reason}
              </Text>
              <Text size="xs" className="quiet">
                {halt.setBy}, <Time at={halt.setAt} />
              </Text>
            </li>
          ))}
        </ul>
        <Text size="sm" mt="xs">
          Stopping and lifting is not served to browsers yet. In a terminal:
        </Text>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <pre className="exact" tabIndex={0}>
          {halts.length > 0 ? 'dbmedic lift' : 'dbmedic halt --reason "…"'}
        </pre>
      </Popover.Dropdown>
    </Popover>
  )
}
