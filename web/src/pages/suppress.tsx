/** Suppressing: what issues are about opens none for a while. The button with its dialog, and what came of each. */
import { Button, NativeSelect, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Issue, Suppressed } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useRights } from '../session/rights.ts'

const DAY_SECONDS = 86_400

/** How long, in words; an issue that is CRITICAL is silent for a week at most. */
const SPANS = [
  { seconds: 3600, label: '1 hour', critical: true },
  { seconds: DAY_SECONDS, label: '1 day', critical: true },
  { seconds: 7 * DAY_SECONDS, label: '7 days', critical: true },
  { seconds: 30 * DAY_SECONDS, label: '30 days', critical: false },
  { seconds: 90 * DAY_SECONDS, label: '90 days', critical: false },
]
const USUAL_SECONDS = 7 * DAY_SECONDS

type ToSuppress = Pick<Issue, 'issueId' | 'severity'>

/** The button, and its dialog. */
export function SuppressButton({
  issues,
  done,
  disabled = false,
}: {
  readonly issues: readonly ToSuppress[]
  readonly done: (items: readonly Suppressed[]) => void
  readonly disabled?: boolean
}) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button size="compact-sm" variant="default" disabled={disabled} onClick={() => setOpen(true)}>
        Suppress …
      </Button>
      {isOpen && <SuppressDialog issues={issues} done={done} close={() => setOpen(false)} />}
    </>
  )
}

function SuppressDialog({
  issues,
  done,
  close,
}: {
  readonly issues: readonly ToSuppress[]
  readonly done: (items: readonly Suppressed[]) => void
  readonly close: () => void
}) {
  const [seconds, setSeconds] = useState(USUAL_SECONDS)
  const { may } = useRights()
  const hasCritical = issues.some(({ severity }) => severity === 'CRITICAL')
  const spans = SPANS.filter(({ critical }) => critical || !hasCritical)
  const suppress = async (reason: string): Promise<void> => {
    const issueIds = issues.map(({ issueId }) => issueId)
    const { items } = await write<{ readonly items: readonly Suppressed[] }>(
      'POST',
      '/api/issues/suppressions',
      { issueIds, seconds, reason },
    )
    done(items)
  }
  const isOne = issues.length === 1
  return (
    <ReasonDialog
      title={isOne ? 'Suppress what this is about' : `Suppress what ${issues.length} issues are about`}
      name={isOne ? 'Suppress it' : 'Suppress them'}
      colour="red"
      send={suppress}
      close={close}
    >
      <Text size="sm">
        The same rule on the same resource opens no issue until then. It is watched and recorded all the same,
        what would have opened is counted, and what is worse opens. An issue that is open stays open.
      </Text>
      {hasCritical && !may('release') && (
        <Text size="sm" className="call call-warning">
          What is critical is suppressed by an approver or administrator: from you it will be refused.
        </Text>
      )}
      <NativeSelect
        label="For"
        description={hasCritical ? 'What is critical, for 7 days at most.' : undefined}
        data={spans.map((each) => ({ value: String(each.seconds), label: each.label }))}
        value={String(seconds)}
        onChange={(event) => setSeconds(Number(event.currentTarget.value))}
      />
    </ReasonDialog>
  )
}

/** What came of each: a figure for what is suppressed, a line for each that is not. */
export function SuppressedResults({ of }: { readonly of: readonly Suppressed[] }) {
  const failed = of.filter((each) => each.problem !== null)
  const count = of.length - failed.length
  return (
    <div className={failed.length === 0 ? 'call' : 'call call-warning'}>
      {count} suppressed{failed.length > 0 && `, ${failed.length} not`}. What is open stays open until it is
      dismissed or ends.{' '}
      <Link to="/settings" search={{ part: 'suppressions' }}>
        All suppressions
      </Link>
      {failed.length > 0 && (
        <ul>
          {failed.map(({ issueId, problem }) => (
            <li key={issueId}>
              Issue {issueId}: {problem?.detail}. {problem?.hint}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
