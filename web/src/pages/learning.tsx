/** What runs taught: outcomes that wait for a person's word, what confidence was worth, what changed by it. */
import './around.css'
import { Button, Radio, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type FormEvent, lazy, Suspense, useState } from 'react'
import type { LessonRow, Reliability } from '../../../src/server/api-types.ts'
import { lessonsQuery, reliabilityQuery } from '../api/around.ts'
import { write } from '../api/client.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Facts, Page, Part } from '../parts/page.tsx'
import { spanText, Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { useRights } from '../session/rights.ts'
import { gainText } from './action-record.ts'

const ReliabilityChart = lazy(() => import('../parts/reliability-chart.tsx'))
const route = getRouteApi('/inside/learning')

/** The page. */
export function LearningPage() {
  const { shown } = route.useSearch()
  return (
    <Page
      title="Learning"
      about="A person says whether it helped; confidence is measured against that, and corrected by it."
    >
      {shown === 'reviewed' ? <Reviewed /> : <Waiting />}
      <Confidence />
      <Changes />
    </Page>
  )
}

function Waiting() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    lessonsQuery(false),
  )
  const lessons = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Part
      title="Waiting for a review"
      aside={
        <Link to="/learning" search={{ shown: 'reviewed' }}>
          Show what is reviewed
        </Link>
      }
    >
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && lessons.length === 0 && (
        <EmptyState title="Nothing waits">
          A run comes here when its effect is measured, or when it failed; see{' '}
          <Link to="/history">History</Link> for those under way.
        </EmptyState>
      )}
      <ul className="plain reviews">
        {lessons.map((lesson) => (
          <li key={lesson.learningRecordId}>
            <Subject of={lesson} />
            <Measured of={lesson} />
            <Review of={lesson} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" mt="md" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </Part>
  )
}

function Subject({ of }: { readonly of: LessonRow }) {
  return (
    <div className="line">
      <span>
        <CodeBadge code={of.riskLevel} what="Risk" /> <strong className="break">{of.actionName}</strong> for{' '}
        <Link to="/issues/$issueId" params={{ issueId: String(of.issueId) }}>
          {wordsOf(of.issueCategory).toLowerCase()} on {of.affectedResourceName}
        </Link>
      </span>
      <span className="quiet">
        {of.targetName}, <Time at={of.recordCreatedAt} />
      </span>
    </div>
  )
}

const figure = (value: number | null, unit: string | null): string =>
  value === null
    ? 'not measured'
    : `${value.toLocaleString(undefined, { maximumFractionDigits: 3 })} ${unit ?? ''}`

const MACHINE = { true: 'resolved', false: 'not resolved', null: 'not decided' } as const

function Measured({ of }: { readonly of: LessonRow }) {
  return (
    <Facts
      of={[
        ['Run', <RunLink key="run" of={of} />],
        ['By measurement', MACHINE[String(of.machineResolvedFlag) as keyof typeof MACHINE]],
        [
          of.metricName ?? 'Metric',
          of.metricBefore === null
            ? 'not measured'
            : `${figure(of.metricBefore, of.metricUnit)} before, ${figure(of.metricAfter, of.metricUnit)} after`,
        ],
        [
          'Effect',
          of.metricImprovementPercent === null ? 'not measured' : gainText(of.metricImprovementPercent),
        ],
        ['Confidence it was proposed with', `${Math.round(of.predictedConfidence * 100)} %`],
        [
          'From opening to resolution',
          of.timeToResolutionSeconds === null ? 'not resolved' : spanText(of.timeToResolutionSeconds),
        ],
      ]}
    />
  )
}

function RunLink({ of }: { readonly of: LessonRow }) {
  if (of.executionId === null)
    return (
      <Link to="/decisions/$decisionId" params={{ decisionId: String(of.decisionId) }}>
        none: decision {of.decisionId} ended without one
      </Link>
    )
  return (
    <Link to="/history/$executionId" params={{ executionId: String(of.executionId) }}>
      {of.executionId}
    </Link>
  )
}

function Review({ of }: { readonly of: LessonRow }) {
  const { may } = useRights()
  const cache = useQueryClient()
  const [resolved, setResolved] = useState<string | null>(null)
  const [again, setAgain] = useState<string | null>(null)
  const save = useMutation({
    mutationFn: () =>
      write('POST', `/api/lessons/${of.learningRecordId}/review`, {
        issueResolved: resolved === 'yes',
        wouldApproveAgain: again === 'yes',
      }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['lessons'] }),
  })
  if (!may('release'))
    return (
      <Text size="sm" className="quiet">
        Approvers and administrators review it.
      </Text>
    )
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (resolved !== null && again !== null) save.mutate()
  }
  return (
    <form
      onSubmit={submit}
      className="review-form"
      aria-label={`Review of ${of.actionName}, run ${of.executionId}`}
    >
      <YesNo label="Is the trouble gone?" value={resolved} onChange={setResolved} />
      <YesNo label="Would you approve it again?" value={again} onChange={setAgain} />
      <Button type="submit" loading={save.isPending} disabled={resolved === null || again === null}>
        Save the review
      </Button>
      {save.error !== null && <ProblemNotice error={save.error} />}
    </form>
  )
}

function YesNo({
  label,
  value,
  onChange,
}: {
  readonly label: string
  readonly value: string | null
  readonly onChange: (value: string) => void
}) {
  return (
    <Radio.Group label={label} value={value} onChange={onChange}>
      <div className="choices">
        <Radio value="yes" label="Yes" />
        <Radio value="no" label="No" />
      </div>
    </Radio.Group>
  )
}

function Reviewed() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    lessonsQuery(true),
  )
  const lessons = data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Part
      title="Reviewed"
      aside={
        <Link to="/learning" search={{}}>
          Show what waits for a review
        </Link>
      }
    >
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && lessons.length === 0 && (
        <EmptyState title="Nothing is reviewed yet">Reviews are what confidence learns from.</EmptyState>
      )}
      <ul className="plain reviews">
        {lessons.map((lesson) => (
          <li key={lesson.learningRecordId}>
            <Subject of={lesson} />
            <Text size="sm">
              {lesson.issueResolvedFlag === true ? 'Resolved' : 'Not resolved'}
              {lesson.metricImprovementPercent !== null && `, ${gainText(lesson.metricImprovementPercent)}`};{' '}
              {lesson.wouldApproveAgain === true ? 'would be approved again' : 'would not be approved again'},
              says {lesson.assessedBy}. It was proposed with {Math.round(lesson.predictedConfidence * 100)} %.
            </Text>
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="default" mt="md" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </Button>
      )}
    </Part>
  )
}

function Confidence() {
  const { data, error, refetch } = useQuery(reliabilityQuery)
  return (
    <Part title="Is confidence worth its name?">
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      {data !== undefined && data.records === 0 && (
        <EmptyState title="No run is reviewed yet">
          With each review a point comes closer to the line: of what is proposed with 80 %, four of five
          should be resolved.
        </EmptyState>
      )}
      {data !== undefined && data.records > 0 && (
        <>
          <Facts
            of={[
              ['Reviewed runs', data.records.toLocaleString()],
              [
                'Brier score',
                data.brier === null ? 'none' : `${data.brier.toFixed(3)} (0 is perfect, 0.25 is guessing)`,
              ],
              [
                'Calibration error',
                data.calibrationError === null
                  ? 'none'
                  : `${(data.calibrationError * 100).toFixed(1)} points`,
              ],
            ]}
          />
          {data.records < 30 && (
            <Text size="sm" className="call">
              {data.records} {data.records === 1 ? 'run is' : 'runs are'} too few to judge it by: mind the
              bars.
            </Text>
          )}
          <Suspense fallback={<Reading />}>
            <ReliabilityChart bins={data.bins} />
          </Suspense>
        </>
      )}
    </Part>
  )
}

function Changes() {
  const { data } = useQuery(reliabilityQuery)
  if (data === undefined) return null
  return (
    <Part title="What changed">
      {data.calibrators.length === 0 ? (
        <EmptyState title="Confidence is shown as the rules give it">
          It is corrected from the first 30 outcomes on, once a week. Until then each action’s own outcomes
          already move what it is proposed with.
        </EmptyState>
      ) : (
        <ul className="plain">
          {data.calibrators.map((each) => (
            <Calibrator key={each.calibratorVersion} of={each} />
          ))}
        </ul>
      )}
    </Part>
  )
}

function Calibrator({ of }: { readonly of: Reliability['calibrators'][number] }) {
  return (
    <li className="line">
      <span>
        <strong>Correction {of.calibratorVersion}</strong> ({of.method}), fitted on{' '}
        {of.records.toLocaleString()} outcomes{of.brier !== null && `, Brier score ${of.brier.toFixed(3)}`}:{' '}
        {effectOf(of.coefficients)}
      </span>
      <span className="quiet">
        <Time at={of.fittedAt} />
      </span>
    </li>
  )
}

/** What a correction makes of 80 %: `80 % is shown as 72 %` (Platt scaling: sigmoid of a line in log-odds). */
function effectOf(coefficients: unknown): string {
  const { slope, intercept } = (coefficients ?? {}) as {
    readonly slope?: number
    readonly intercept?: number
  }
  if (slope === undefined || intercept === undefined) return 'it leaves confidence as it is'
  const shown = 1 / (1 + Math.exp(-(slope * Math.log(0.8 / 0.2) + intercept)))
  return `80 % is shown as ${Math.round(shown * 100)} %`
}
