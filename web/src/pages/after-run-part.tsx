/** After a run: ask for its inverse, or give the verdict that measurement left open. */
import { Button, Group, NativeSelect, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { DecisionDetail, Undo } from '../../../src/server/api-types.ts'
import { read, write } from '../api/client.ts'
import { Exact } from '../parts/exact.tsx'
import { ProblemNotice, Reading } from '../parts/notices.tsx'
import { Part } from '../parts/page.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useRights } from '../session/rights.ts'

interface Of {
  readonly of: DecisionDetail
}

/** What may be done about a run that has ended, whoever asks. */
function possibleAfter({ executions, binding }: DecisionDetail): {
  readonly settle: boolean
  readonly undo: boolean
} {
  const run = executions.find(({ execution }) => execution.purpose === 'DO')
  const verdicts = run?.verifications ?? []
  if (run?.execution.executionStatus !== 'COMPLETED' || verdicts.length === 0)
    return { settle: false, undo: false }
  return {
    settle: verdicts.every(({ verdict }) => verdict === 'undecided'),
    undo: 'plan' in binding.undo,
  }
}

/** The part; nothing before a run was judged, or for who may do neither. */
export function AfterRunPart({ of }: Of) {
  const { may } = useRights()
  const [open, setOpen] = useState<'undo' | 'settle' | null>(null)
  const possible = possibleAfter(of)
  const canSettle = possible.settle && may('release')
  const canUndo = possible.undo && may('ask')
  if (!canSettle && !canUndo && open === null) return null
  const { decisionId } = of.decision
  const close = (): void => setOpen(null)
  return (
    <Part title="After the run">
      {canSettle && (
        <Text className="call call-warning">
          The figures did not decide it. The issue waits for a person to say how it went.
        </Text>
      )}
      <Group gap="sm">
        {canSettle && <Button onClick={() => setOpen('settle')}>Give the verdict</Button>}
        {canUndo && (
          <Button variant="default" onClick={() => setOpen('undo')}>
            Take it back …
          </Button>
        )}
      </Group>
      {open === 'undo' && <UndoDialog decisionId={decisionId} close={close} />}
      {open === 'settle' && <SettleDialog decisionId={decisionId} close={close} />}
    </Part>
  )
}

interface DialogOf {
  readonly decisionId: number
  readonly close: () => void
}

function UndoDialog({ decisionId, close }: DialogOf) {
  const path = `/api/decisions/${decisionId}/undo`
  const { data, error } = useQuery({
    queryKey: ['decisions', 'undo', decisionId],
    queryFn: ({ signal }) => read<Undo>(path, signal),
    retry: false,
  })
  return (
    <ReasonDialog
      title="Ask to take it back"
      name="Ask for it"
      send={(reason) => write('POST', path, { reason })}
      possible={data !== undefined}
      close={close}
    >
      <Text size="sm">A decision of its own is proposed, with its own votes; nothing runs before.</Text>
      {error !== null && <ProblemNotice error={error} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && (
        <>
          <Exact
            text={`${data.actionName} ${JSON.stringify(data.params, null, 2)}`}
            label="What is asked for"
          />
          {data.differs !== null && <Text size="sm">It differs from the approved undo: {data.differs}</Text>}
        </>
      )}
    </ReasonDialog>
  )
}

const VERDICTS = [
  { value: 'improved', label: 'It improved' },
  { value: 'no_effect', label: 'It had no effect' },
  { value: 'regressed', label: 'It made things worse' },
]

function SettleDialog({ decisionId, close }: DialogOf) {
  const [verdict, setVerdict] = useState('improved')
  return (
    <ReasonDialog
      title="Give the verdict"
      name="Give it"
      send={(reason) => write('POST', `/api/decisions/${decisionId}/settle`, { verdict, reason })}
      close={close}
    >
      <NativeSelect
        label="Verdict"
        description="Worse starts the undo, if its approval consented to it."
        data={VERDICTS}
        value={verdict}
        onChange={(event) => setVerdict(event.currentTarget.value)}
      />
    </ReasonDialog>
  )
}
