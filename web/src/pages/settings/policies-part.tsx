/** What the configuration allows, by the names it has there. Nothing of it is changed from a browser. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Policies } from '../../../../src/server/api-types.ts'
import { policiesQuery } from '../../api/around.ts'
import { ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Facts, Part } from '../../parts/page.tsx'
import { durationText, spanText } from '../../parts/time.tsx'

function Allowed({ show }: { readonly show: (of: Policies) => ReactNode }) {
  const { data, error, refetch } = useQuery(policiesQuery)
  if (data !== undefined) return show(data)
  return error === null ? <Reading /> : <ProblemNotice error={error} again={() => void refetch()} />
}

/** A figure, with the key that holds it in dbmedic.yaml. */
const set = (name: string, value: string, key: string) =>
  [
    name,
    <span key={key}>
      {value} <code className="key-name">{key}</code>
    </span>,
  ] as const

const bytesText = (bytes: number): string => `${(bytes / 1_073_741_824).toFixed(1)} GiB`
const namesText = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
const days = (count: number): string => `${count.toLocaleString()} days`

/** Bounds of actions, analysis, verification, sessions. */
export function PoliciesPart() {
  return <Allowed show={(of) => <AllPolicies of={of} />} />
}

interface Of {
  readonly of: Policies
}

function AllPolicies({ of }: Of) {
  return (
    <>
      <Text size="sm" className="quiet" mb="md">
        As dbmedic.yaml of this server says, under the key below each figure. Change it there and start
        dbmedic again.
      </Text>
      <Actions of={of} />
      <Judgement of={of} />
      <Doors of={of} />
    </>
  )
}

function Actions({ of: { actions, runApproved, pinnedAdministrators } }: Of) {
  const age = actions.backupAgeHours
  const backup =
    age === null
      ? 'nobody said, which counts as none'
      : `${age} h old, at most ${actions.maxBackupAgeHours} h`
  const pinned = pinnedAdministrators === 0 ? 'none: nothing would run' : String(pinnedAdministrators)
  return (
    <Part title="What actions may">
      <Facts
        of={[
          set(
            'Approved decisions run',
            runApproved ? 'by themselves' : 'only by hand',
            'runtime.runApproved',
          ),
          set('Administrators’ keys the executor believes', pinned, 'access.administrators'),
          set(
            'Rows outside a change window',
            actions.maxUnattendedRows.toLocaleString(),
            'actions.maxUnattendedRows',
          ),
          set(
            'Bytes outside a change window',
            bytesText(actions.maxUnattendedBytes),
            'actions.maxUnattendedBytes',
          ),
          set('Replicas may lag', `${actions.maxReplicaLagSeconds} s`, 'actions.maxReplicaLagSeconds'),
          set('Newest tested backup', backup, 'actions.backupAgeHours'),
          set('A run waits for locks', `at most ${durationText(actions.lockWaitMs)}`, 'actions.lockWaitMs'),
          set(
            'A statement takes',
            `at most ${durationText(actions.statementTimeoutMs)}`,
            'actions.statementTimeoutMs',
          ),
          set('Schemas never touched', namesText(actions.denySchemas), 'actions.denySchemas'),
          set('Users never touched', namesText(actions.denyUsers), 'actions.denyUsers'),
          set('Applications’ users', namesText(actions.applicationUsers), 'actions.applicationUsers'),
        ]}
      />
    </Part>
  )
}

function Judgement({ of: { detection, analysis, verification, model } }: Of) {
  const { beforeSeconds, afterSeconds, minimumCalls } = verification
  const compared = `${spanText(afterSeconds)} after against ${spanText(beforeSeconds)} before`
  const current = `${spanText(analysis.currentSeconds)} against ${spanText(analysis.baselineSeconds)}`
  const commenting = model.kind === 'none' ? 'none: rules only' : `${model.model}, which only comments`
  return (
    <Part title="How it judges">
      <Facts
        of={[
          set(
            'An issue opens after',
            `${detection.breaches} of ${detection.ofWindows} windows`,
            'detection.opening',
          ),
          set('and closes after', `${detection.closingWindows} calm windows`, 'detection.closing'),
          set(
            'Pace',
            detection.pace === 1 ? 'usual' : `${detection.pace} of the usual intervals`,
            'detection.pace',
          ),
          set(
            'No root cause is named below',
            `${Math.round(analysis.abstainBelow * 100)} %`,
            'analysis.abstainBelow',
          ),
          set('“Now” against “before”', current, 'analysis.currentSeconds'),
          set('An index is unread after', days(analysis.unreadIndexDays), 'analysis.unreadIndexDays'),
          set('A run is judged by', compared, 'verification.afterSeconds'),
          set('and by calls, at least', String(minimumCalls), 'verification.minimumCalls'),
          set('Model', commenting, 'model.kind'),
        ]}
      />
    </Part>
  )
}

function Doors({ of: { panel } }: Of) {
  return (
    <Part title="Sessions of this panel">
      <Facts
        of={[
          set('End without a request after', spanText(panel.idleMinutes * 60), 'panel.idleMinutes'),
          set('End at the latest after', spanText(panel.absoluteHours * 3600), 'panel.absoluteHours'),
          set(
            'More than a password is asked of',
            panel.secondFactorFor.length === 0 ? 'nobody' : panel.secondFactorFor.join(', '),
            'panel.secondFactorFor',
          ),
          set(
            'Requests of one address',
            `${panel.requestsPerMinute.toLocaleString()} a minute`,
            'panel.requestsPerMinute',
          ),
        ]}
      />
    </Part>
  )
}

/** How long what is kept. */
export function RetentionPart() {
  return <Allowed show={(of) => <Kept of={of} />} />
}

function Kept({ of: { retention } }: Of) {
  const { automatic } = retention
  const how = (isAutomatic: boolean): string => (isAutomatic ? 'pruned every hour' : 'pruned by hand')
  return (
    <Part title="How long it is kept">
      <Facts
        of={[
          set(
            'Samples of metrics',
            `${days(retention.samplesDays)}, ${how(automatic.samples)}`,
            'retention.samplesDays',
          ),
          set('Samples of plans', days(retention.plansDays), 'retention.plansDays'),
          set(
            'Events no issue refers to',
            `${days(retention.eventsDays)} after they were sealed, ${how(automatic.events)}`,
            'retention.eventsDays',
          ),
          ['Issues, decisions, votes, runs, verdicts, lessons', 'for good'],
          ['The audit chain', 'for good; what is pruned leaves its digest in it'],
        ]}
      />
      <Text size="sm">
        What is due, and pruning by hand: <code>dbmedic retention</code>.
      </Text>
    </Part>
  )
}
