/** Ending a decision other than by a vote: cancel, take an approval back, ask for another plan, close. */
import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { DecisionDetail } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { Part } from '../parts/page.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
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
        <ReasonDialog
          title={chosen.name}
          name={chosen.name}
          colour="red"
          send={(reason) =>
            write('POST', `/api/decisions/${of.decision.decisionId}/${chosen.address}`, { reason })
          }
          close={() => setChosen(null)}
        >
          <Text size="sm">{chosen.about}</Text>
        </ReasonDialog>
      )}
    </Part>
  )
}
