/** One action: what it does, what it needs, how it went, and the switch that allows it here. */
import './around.css'
import { Alert, Button, Switch, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { CatalogueItem } from '../../../src/server/api-types.ts'
import { catalogueQuery } from '../api/around.ts'
import { write } from '../api/client.ts'
import { runsQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { Copyable } from '../parts/copyable.tsx'
import { Exact } from '../parts/exact.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Facts, Page, Part } from '../parts/page.tsx'
import { Prose } from '../parts/prose.tsx'
import { spanText, Time } from '../parts/time.tsx'
import { wordsOf } from '../parts/words.ts'
import { isFirstShown, useRights } from '../session/rights.ts'
import { countsText, gainText } from './action-record.ts'

const route = getRouteApi('/inside/actions/$engine/$action')
/** Last runs shown. */
const RUNS_SHOWN = '5'

interface Of {
  readonly item: CatalogueItem
}

/** The page. */
export function ActionPage() {
  const { engine, action } = route.useParams()
  const name = `${engine}/${action}`
  const { data, error, refetch } = useQuery(catalogueQuery)
  if (error !== null && data === undefined)
    return (
      <Page title={name}>
        <ProblemNotice error={error} again={() => void refetch()} />
      </Page>
    )
  if (data === undefined) return <Reading />
  const item = data.find((each) => each.actionName === name)
  return item === undefined ? <NoSuchAction name={name} /> : <Detail item={item} />
}

function NoSuchAction({ name }: { readonly name: string }) {
  return (
    <Page title="There is no such action">
      <EmptyState title={`The catalogue has no ${name}`}>
        See <Link to="/actions">all actions</Link>.
      </EmptyState>
    </Page>
  )
}

function Detail({ item }: Of) {
  const { may } = useRights()
  return (
    <Page
      title={item.title}
      about={
        <>
          <CodeBadge code={item.riskLevel} what="Risk" /> <span className="break">{item.actionName}</span>,
          version {item.actionVersion}
        </>
      }
      aside={
        may('ask') &&
        item.enabled === true && (
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/fix" search={{ action: item.actionName }} {...props} />}
          >
            Ask for it
          </Button>
        )
      }
    >
      <OnOff item={item} />
      <Documentation item={item} />
      <Record item={item} />
      <Conditions item={item} />
      <Bounds item={item} />
    </Page>
  )
}

function OnOff({ item }: Of) {
  const { mayForAll } = useRights()
  const cache = useQueryClient()
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      write<undefined>('PUT', `/api/actions/${item.actionName}/enabled`, { enabled }),
    onSettled: () => cache.invalidateQueries({ queryKey: ['actions'] }),
  })
  if (item.enabled === null)
    return (
      <Alert color="orange" variant="outline" title="This version is not in the store yet">
        It appears when <code>dbmedic start</code> of this version has run once.
      </Alert>
    )
  const mayChange = mayForAll('administer')
  const isOn = change.isPending ? change.variables : item.enabled
  return (
    <Part title="Allowed here">
      <Switch
        checked={isOn}
        disabled={!mayChange || change.isPending}
        onChange={(event) => change.mutate(event.currentTarget.checked)}
        label={isOn ? 'On: it may be proposed and approved' : 'Off: it is never proposed and never runs'}
        description={
          mayChange
            ? 'On every target of every workspace, at once. What is approved already and has not run is refused when it is off.'
            : `Administrators${isFirstShown() ? '' : ' of the first workspace'} switch actions on and off.`
        }
      />
      {change.error !== null && <ProblemNotice error={change.error} />}
    </Part>
  )
}

function Documentation({ item }: Of) {
  return (
    <Part title="What it does">
      {item.prose.map((paragraph) => (
        <Prose key={paragraph} text={paragraph} />
      ))}
      <Exact text={item.template} label="Statement, with its parameters in braces" />
      {item.parameters.length > 0 && (
        <>
          <Text fw={600} mt="sm">
            Parameters
          </Text>
          <ul className="plain">
            {item.parameters.map(({ name, words }) => (
              <li key={name}>
                <Prose text={`**${name}**: ${words}`} />
              </li>
            ))}
          </ul>
        </>
      )}
      <Facts
        of={[
          ['Risk', item.riskReason],
          ['For issues of', item.issueCategories.map(wordsOf).join(', ')],
          ['Undo', <Undo key="undo" item={item} />],
          ['Judged by', item.verification],
        ]}
      />
    </Part>
  )
}

function Undo({ item: { undo } }: Of) {
  if ('whyNot' in undo) return <>None: {undo.whyNot}</>
  const [engine = '', action = ''] = undo.actionName.split('/')
  return (
    <Link to="/actions/$engine/$action" params={{ engine, action }}>
      {undo.actionName}
    </Link>
  )
}

function Record({ item: { record, actionName } }: Of) {
  const { data } = useInfiniteQuery(runsQuery({ action: actionName, limit: RUNS_SHOWN }))
  const runs = data?.pages[0]?.items ?? []
  if (record.runs === 0)
    return (
      <Part title="Track record">
        <EmptyState title="It has not run here">
          Its effect is measured after each run, and counted here.
        </EmptyState>
      </Part>
    )
  const median = record.medianImprovementPercent
  return (
    <Part title="Track record">
      <Facts
        of={[
          ['Runs', record.runs.toLocaleString()],
          ['Ended', countsText(record.outcomes)],
          ['Verdicts', countsText(record.verdicts)],
          ['Median effect', median === null ? 'not measured' : gainText(median)],
          ['Last run', record.lastRunAt === null ? 'never' : <Time key="last" at={record.lastRunAt} />],
        ]}
      />
      <ul className="plain" aria-label="Last runs">
        {runs.map((run) => (
          <li key={run.executionId} className="line">
            <Link to="/history/$executionId" params={{ executionId: String(run.executionId) }}>
              <CodeBadge code={run.executionOutcome ?? run.executionStatus} what="Outcome" />{' '}
              {run.verdict !== null && <CodeBadge code={run.verdict} what="Verdict" />} run {run.executionId}
            </Link>
            <span className="quiet">
              {run.purpose === 'UNDO' && 'undo, '}
              {run.targetName}, <Time at={run.queuedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  )
}

function Conditions({ item: { conditions, guards } }: Of) {
  return (
    <Part title="What must hold">
      <Text size="sm">
        Each is checked when it is proposed and again right before it runs. What cannot be checked is not met.
      </Text>
      <ul className="plain conditions">
        {conditions.map(({ id, rule }) => (
          <li key={id}>
            <strong>{id}</strong>
            <Prose text={rule} />
          </li>
        ))}
      </ul>
      {guards.length > 0 && (
        <>
          <Text fw={600} mt="sm">
            Guards, set on the same connection first
          </Text>
          <Exact text={guards.join('\n')} label="Guards" />
        </>
      )}
    </Part>
  )
}

function Bounds({ item: { limits, privileges, bindsConnection } }: Of) {
  return (
    <Part title="Limits and privileges">
      <Facts
        of={[
          [
            'On the same object',
            limits.coolDownSeconds === 0
              ? 'at once again'
              : `again after ${spanText(limits.coolDownSeconds)}`,
          ],
          ['On one target', `${limits.perTargetPerHour} an hour, ${limits.perTargetPerDay} a day`],
          ['Bound to one connection', bindsConnection ? 'yes: it is read again right before' : 'no'],
        ]}
      />
      {privileges.length > 0 && (
        <>
          <Text size="sm">
            Beyond what every executor may read (<code>dbmedic check</code> prints it with your names in it):
          </Text>
          <Copyable text={privileges.join('\n')} label="Privileges of the executor’s account" />
        </>
      )}
    </Part>
  )
}
