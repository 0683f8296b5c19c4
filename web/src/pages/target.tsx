/** One target: how it is, what can be seen of it, what watching costs, when it may be changed. */
import './around.css'
import { Badge, Button, Progress, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Target, TargetCheck } from '../../../src/server/api-types.ts'
import { ask, useAnswer } from '../api/asked.ts'
import { dashboardQuery, targetsQuery } from '../api/queries.ts'
import { Copyable } from '../parts/copyable.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Facts, Page, Part } from '../parts/page.tsx'
import { Time } from '../parts/time.tsx'
import { useRights } from '../session/rights.ts'
import { healthOf } from './target-health.ts'
import { WindowsOf } from './windows-part.tsx'

const route = getRouteApi('/inside/targets/$targetId')

type Found = NonNullable<TargetCheck['check']>
type Capability = Found['capabilities'][number]

/** The page. */
export function TargetPage() {
  const { targetId } = route.useParams()
  const { data, error, refetch } = useQuery(targetsQuery)
  if (error !== null && data === undefined)
    return (
      <Page title={`Target ${targetId}`}>
        <ProblemNotice error={error} again={() => void refetch()} />
      </Page>
    )
  if (data === undefined) return <Reading />
  const target = data.items.find((each) => String(each.targetId) === targetId)
  if (target !== undefined) return <Detail target={target} />
  return (
    <Page title="There is no such target">
      <EmptyState title={`No target has the number ${targetId} here`}>
        See <Link to="/targets">all targets</Link>.
      </EmptyState>
    </Page>
  )
}

function Detail({ target }: { readonly target: Target }) {
  const { data: dashboard } = useQuery(dashboardQuery)
  const figures = dashboard?.targets.find((each) => each.targetId === target.targetId)
  const { word, colour } = healthOf(target, figures)
  return (
    <Page
      title={target.targetName}
      about={
        <Badge color={colour} radius="sm" className="code-badge">
          {word}
        </Badge>
      }
    >
      <Part title="How it is">
        <Facts
          of={[
            ['Engine', target.engine],
            ['Identity', target.instanceUid ?? 'not reached yet'],
            ['Watched', target.enabled ? (target.watchedBy ?? 'by nobody yet') : 'no, as dbmedic.yaml says'],
            [
              'Last event',
              figures?.lastEventAt == null ? 'none yet' : <Time key="last" at={figures.lastEventAt} />,
            ],
            [
              'Open issues',
              <Link key="issues" to="/issues" search={{ target: String(target.targetId) }}>
                {figures === undefined ? 'show' : `${figures.openIssues}, ${figures.criticalIssues} critical`}
              </Link>,
            ],
          ]}
        />
      </Part>
      <Check target={target} />
      <Part title="Change windows">
        <WindowsOf target={target} />
      </Part>
    </Page>
  )
}

function Check({ target }: { readonly target: Target }) {
  const { check: number } = route.useSearch()
  const navigate = route.useNavigate()
  const { may } = useRights()
  const { data, error } = useAnswer<TargetCheck>('/api/checks', number)
  const asking = useMutation({
    mutationFn: () => ask(`/api/targets/${target.targetId}/checks`),
    onSuccess: (check) => void navigate({ search: { check }, replace: true }),
  })
  const waits = asking.isPending || data?.state === 'REQUESTED'
  const trouble = asking.error ?? error
  const button = (
    <Button variant="default" mt="xs" onClick={() => asking.mutate()} loading={waits}>
      {number === undefined ? 'Check now' : 'Check again'}
    </Button>
  )
  return (
    <Part title="What can be seen, and what it costs" aside={may('ask') && button}>
      {number === undefined && <NotChecked mayAsk={may('ask')} />}
      <div role="status">{waits && <Text size="sm">The target is being asked …</Text>}</div>
      {trouble !== null && <ProblemNotice error={trouble} />}
      {data !== undefined && <Answer of={data} />}
      <Text size="sm" mt="md">
        What the account that runs plans may do is asked where its password is, and nowhere else:
      </Text>
      <Copyable text={`dbmedic check ${target.targetName}`} label="Check the executor’s account too" />
    </Part>
  )
}

function NotChecked({ mayAsk }: { readonly mayAsk: boolean }) {
  return (
    <EmptyState title="Not checked in this page">
      {mayAsk
        ? 'The process that watches the target tries each privilege; nothing is changed.'
        : 'Operators, approvers and administrators have it checked.'}
    </EmptyState>
  )
}

function Answer({ of: { because, toProceed, check, askedAt } }: { readonly of: TargetCheck }) {
  return (
    <>
      {because !== null && (
        <Text className="call call-warning">
          {because} {toProceed}
        </Text>
      )}
      {check !== null && <Checked found={check} at={askedAt} />}
    </>
  )
}

const isNever = (each: Capability): boolean => each.available === false && each.remedy.length === 0
const isMissing = (each: Capability): boolean => each.available !== true && !isNever(each)

function Checked({
  found: { identity, capabilities, cost },
  at,
}: {
  readonly found: Found
  readonly at: string
}) {
  const missing = capabilities.filter(isMissing)
  const never = capabilities.filter(isNever)
  const there = capabilities.filter((each) => each.available === true)
  return (
    <>
      <Facts
        of={[
          ['Server', `${identity.version} (${identity.flavour})`],
          ...(isStarted(identity) ? [['Up since', <Time key="epoch" at={identity.epoch} />] as const] : []),
          ['Identity', identity.weak ? 'none of its own: only LOW risk is ever run' : 'its own'],
          ['Checked', <Time key="at" at={at} />],
        ]}
      />
      <Cost of={cost} />
      <Text className={missing.length === 0 ? 'call' : 'call call-warning'}>
        {missing.length === 0
          ? `All ${there.length} capabilities are there.`
          : `${missing.length} missing, ${there.length} there. Each says what is lost without it, and what gives it; some you can do without.`}
      </Text>
      <Capabilities label="Missing" of={missing} />
      <details className="more">
        <summary>
          {there.length} there{never.length > 0 && `, ${never.length} that this kind of server never has`}
        </summary>
        <Capabilities label="There" of={there} />
        <Capabilities label="Never there" of={never} />
      </details>
    </>
  )
}

/** A file or folder is never started: its life begins with the first instant there is. */
const isStarted = ({ epoch }: Found['identity']): boolean => Date.parse(epoch) > 0

function Capabilities({ label, of }: { readonly label: string; readonly of: readonly Capability[] }) {
  if (of.length === 0) return null
  return (
    <ul className="plain evidence" aria-label={label}>
      {of.map((each) => (
        <li key={each.id}>
          <strong>{each.id}</strong>: <span className="break">{each.found}</span>
          {each.available !== true && <div className="quiet">{each.consequence}</div>}
          {each.available === null && (
            <div className="quiet">It could not be found out, which counts as missing.</div>
          )}
          {each.remedy.length > 0 && (
            <Copyable text={each.remedy.map(ended).join('\n')} label={`What gives ${each.id}`} />
          )}
        </li>
      ))}
    </ul>
  )
}

/** A statement is pasted with its semicolon. */
const ended = (remedy: string): string => (/^[A-Z]{3,} .*[^;.]$/.test(remedy) ? `${remedy};` : remedy)

function Cost({ of }: { readonly of: Found['cost'] }) {
  const share = of.allowedMsPerSecond > 0 ? (of.busyMsPerSecond / of.allowedMsPerSecond) * 100 : 0
  return (
    <div className="cost">
      <Text size="sm">
        Watching takes <strong>{of.busyMsPerSecond.toFixed(2)} ms a second</strong> of the server’s time, of{' '}
        {of.allowedMsPerSecond.toFixed(2)} ms it may
        {of.sharePercent !== null && `; ${of.sharePercent.toFixed(2)} % of all statement time`}.
      </Text>
      <Progress
        value={Math.min(100, share)}
        color={share > 90 ? 'orange' : 'teal'}
        aria-label="Share of the budget used"
      />
      {of.shed.length > 0 && (
        <Text size="sm" className="call call-warning" mt="xs">
          Left out to stay within it: {of.shed.join(', ')}.{' '}
          {of.shedsMuch && 'Most conditions are noticed by these: trouble may go unseen.'}
        </Text>
      )}
    </div>
  )
}
