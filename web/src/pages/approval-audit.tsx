/** Who approves what and how: the tile of the dashboard that asks whether somebody only stamps. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ApprovalAudit as Audit, Dashboard } from '../../../src/server/api-types.ts'
import { approversQuery } from '../api/queries.ts'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Part } from '../parts/page.tsx'
import { spanText } from '../parts/time.tsx'
import { timesText, wordsOf } from '../parts/words.ts'

type Approver = Audit['items'][number]
type Warning = Approver['warnings'][number]

/** The tile. */
export function ApprovalAudit({ votes }: { readonly votes: Dashboard['votes'] }) {
  const { data, error, refetch } = useQuery(approversQuery)
  const standing = votes.filter((each) => each.standing).reduce((sum, { count }) => sum + count, 0)
  return (
    <Part title="Approval audit, last 7 days">
      {error !== null && data === undefined && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data?.items.length === 0 && (
        <EmptyState title="Nobody voted">Who approves what, and how long they read, appears here.</EmptyState>
      )}
      {data !== undefined && data.items.length > 0 && (
        <ul className="plain approvers">
          {data.items.map((each) => (
            <Person key={each.userName} of={each} />
          ))}
        </ul>
      )}
      {standing > 0 && (
        <Text size="sm" className="quiet" mt="xs">
          Standing approvals were used {timesText(standing)}.
        </Text>
      )}
    </Part>
  )
}

function Person({ of }: { readonly of: Approver }) {
  const { userName, approved, declined, declinedPercent, approvalsInBusiestHour, reasons, warnings } = of
  return (
    <li>
      <div className="line">
        <strong>{userName}</strong>
        <span>
          {approved} approved, {declined} declined ({declinedPercent} %)
        </span>
      </div>
      <Text size="sm" className="quiet">
        {readingText(of)}; at most {approvalsInBusiestHour} approved within an hour
      </Text>
      <Text size="sm" className="quiet">
        Reasons: {reasons.map(({ key, count }) => `${wordsOf(key).toLowerCase()} ${count}`).join(', ')}
      </Text>
      {warnings.map((warning) => (
        <Text key={warning.code} size="sm" className="call call-warning" component="div">
          {warningText(of, warning)} <span className="quiet">Asked because {warning.why}.</span>
        </Text>
      ))}
    </li>
  )
}

const readingText = ({ medianReadingSeconds: seconds, readings }: Approver): string =>
  seconds === null
    ? 'The evidence was not opened in the panel'
    : `Read ${secondsText(seconds)} before approving (median of ${readings})`

/** Below a minute every second says something. */
const secondsText = (seconds: number): string => (seconds < 10 ? `${seconds} s` : spanText(seconds))

function warningText(of: Approver, { code, limit }: Warning): string {
  const texts: Readonly<Record<Warning['code'], string>> = {
    MANY_AN_HOUR: `Approved ${of.approvalsInBusiestHour} plans within one hour; from ${limit} on this asks whether they are read.`,
    READ_QUICKLY: `Approves after ${secondsText(of.medianReadingSeconds ?? 0)} of reading in the median; below ${limit} s this asks whether they are read.`,
    NEVER_DECLINES: `Approved all ${of.approved} plans and declined none.`,
    ONE_REASON: `Gave the same reason for all ${of.approved} approvals.`,
  }
  return texts[code]
}
