/** Ending a decision other than by a vote: cancel, take an approval back, ask for another plan, close. */
import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { ProblemNotice } from '../parts/notices.tsx'
import { Part } from '../parts/page.tsx'
import { type Right, useRights } from '../session/rights.ts'

interface Ending {
  readonly address: 'cancel' | 'revoke' | 'ask-other' | 'close'
  readonly name: string
  readonly about: string
  readonly right: Right
}

const CANCEL: Ending = {
  address: 'cancel',
  name: 'Cancel it',
  about: 'The plan and its issue end; nothing runs. The trouble opens a new issue if it is seen again.',
  right: 'stop',
}
const REVOKE: Ending = {
  address: 'revoke',
  name: 'Take the approval back',
  about: 'It does not run; the issue is analysed again.',
  right: 'stop',
}
const ASK_OTHER: Ending = {
  address: 'ask-other',
  name: 'Ask for another plan',
  about: 'The issue is analysed again; the plan that was declined is not proposed again.',
  right: 'ask',
}
const CLOSE: Ending = {
  address: 'close',
  name: 'Close the issue',
  about: 'Nothing more is proposed for it.',
  right: 'ask',
}

/** What can be done now. */
function endingsOf({ decision, issue, executions, endings }: DecisionDetail): readonly Ending[] {
  if (executions.length > 0 || endings.length > 0) return []
  switch (decision.decisionStatus) {
    case 'PENDING_APPROVAL':
      return [CANCEL]
    case 'APPROVED':
      return [REVOKE, CANCEL]
    case 'DECLINED':
      return issue.issueStatus === 'DECLINED' ? [ASK_OTHER, CLOSE] : []
    default:
      return []
  }
}

/** The part; nothing where nothing can be ended, or not by this person. */
export function EndingPart({ of }: { readonly of: DecisionDetail }) {
  const { may } = useRights()
  const [chosen, setChosen] = useState<Ending | null>(null)
  const possible = endingsOf(of).filter(({ right }) => may(right))
  if (possible.length === 0 && chosen === null) return null
  return (
    <Part
      title={of.decision.decisionStatus === 'DECLINED' ? 'It was declined: what next?' : 'End it otherwise'}
    >
      <Group gap="sm">
        {possible.map((each) => (
          <Button key={each.address} variant="default" onClick={() => setChosen(each)}>
            {each.name}
          </Button>
        ))}
      </Group>
      {chosen !== null && (
        <EndingDialog ending={chosen} decisionId={of.decision.decisionId} close={() => setChosen(null)} />
      )}
    </Part>
  )
}

interface DialogOf {
  readonly ending: Ending
  readonly decisionId: number
  readonly close: () => void
}

function EndingDialog({ ending, decisionId, close }: DialogOf) {
  const cache = useQueryClient()
  const [reason, setReason] = useState('')
  const end = useMutation({
    mutationFn: () =>
      write<undefined>('POST', `/api/decisions/${decisionId}/${ending.address}`, { reason: reason.trim() }),
    onSuccess: close,
    onSettled: () => {
      for (const name of ['decisions', 'issues', 'dashboard'])
        void cache.invalidateQueries({ queryKey: [name] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    end.mutate()
  }
  return (
    <Dialog title={ending.name} onClose={close}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{ending.about}</Text>
          <Textarea
            label="Reason"
            description="Kept on the record."
            required
            data-autofocus
            autosize
            minRows={2}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {end.error !== null && <ProblemNotice error={end.error} />}
          <Button type="submit" color="red" loading={end.isPending} disabled={reason.trim() === ''}>
            {ending.name}
          </Button>
          <Button variant="default" onClick={close}>
            Leave it as it is
          </Button>
        </Stack>
      </form>
    </Dialog>
  )
}
