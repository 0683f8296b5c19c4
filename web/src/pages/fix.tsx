/** A person's own wish: an action and its parameters, the plan it makes now, and its way to approval. */
import './around.css'
import { Button, NativeSelect, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { CatalogueItem, Preview, RequestState, Target } from '../../../src/server/api-types.ts'
import { catalogueQuery } from '../api/around.ts'
import { useQuestion } from '../api/asked.ts'
import { read, write } from '../api/client.ts'
import { targetsQuery } from '../api/queries.ts'
import { CodeBadge } from '../parts/code-badge.tsx'
import { EmptyState, ProblemNotice, Reading } from '../parts/notices.tsx'
import { Page, Part } from '../parts/page.tsx'
import { Preconditions } from '../parts/preconditions.tsx'
import { wordsOf } from '../parts/words.ts'
import { useRights } from '../session/rights.ts'
import { ParameterFields } from './parameter-fields.tsx'
import { firstValues, type Values, wholeValues } from './parameter-values.ts'
import { ForecastPart, Steps, UndoPart } from './plan-parts.tsx'

const route = getRouteApi('/inside/fix')

/** The page. */
export function FixPage() {
  const { may } = useRights()
  const { data: catalogue, error } = useQuery(catalogueQuery)
  const { data: targets } = useQuery(targetsQuery)
  return (
    <Page
      title="Manual fix"
      about="Ask for an action yourself. It is checked, approved by another person and measured like any other."
    >
      {error !== null && <ProblemNotice error={error} />}
      {!may('ask') && (
        <EmptyState title="You may not ask for actions">
          Operators, approvers and administrators may. See what waits in{' '}
          <Link to="/decisions">Decisions</Link>.
        </EmptyState>
      )}
      {may('ask') && (catalogue === undefined || targets === undefined) && error === null && <Reading />}
      {may('ask') && catalogue !== undefined && targets !== undefined && (
        <Choice catalogue={catalogue} targets={targets.items} />
      )}
    </Page>
  )
}

function Choice({
  catalogue,
  targets,
}: {
  readonly catalogue: readonly CatalogueItem[]
  readonly targets: readonly Target[]
}) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (name: 'action' | 'target', value: string): void =>
    void navigate({ search: (old) => ({ ...old, [name]: value === '' ? undefined : value }), replace: true })
  const reached = targets.filter((each) => each.enabled && each.instanceUid !== null)
  const only = reached.length === 1 ? reached[0] : undefined
  const target = reached.find((each) => String(each.targetId) === search.target) ?? only
  const offered = catalogue.filter(
    (item) =>
      item.enabled === true && !isOfCode(item) && (target === undefined || item.engine === target.engine),
  )
  const item = offered.find((each) => each.actionName === search.action)
  if (reached.length === 0)
    return (
      <EmptyState title="No server is reached">
        An action runs on a target that is watched: see <Link to="/targets">Targets</Link>.
      </EmptyState>
    )
  return (
    <>
      <Part title="What, and where">
        <div className="form-grid">
          <NativeSelect
            label="Target"
            data={[
              { value: '', label: 'Choose a target' },
              ...reached.map((each) => ({ value: String(each.targetId), label: each.targetName })),
            ]}
            value={target === undefined ? '' : String(target.targetId)}
            onChange={(event) => change('target', event.currentTarget.value)}
          />
          <NativeSelect
            label="Action"
            data={[{ value: '', label: 'Choose an action' }, ...groupsOf(offered)]}
            value={item?.actionName ?? ''}
            onChange={(event) => change('action', event.currentTarget.value)}
          />
        </div>
        {item !== undefined && <About item={item} />}
      </Part>
      {target !== undefined && item !== undefined && (
        <Wish key={`${target.targetId} ${item.actionName}`} target={target} item={item} />
      )}
    </>
  )
}

/** What it takes only a scan of the code can give: `dbmedic scan fix` asks for it. */
const isOfCode = ({ parameters }: CatalogueItem): boolean =>
  parameters.some(({ kind }) => kind.type === 'file')

function groupsOf(items: readonly CatalogueItem[]) {
  return [...new Set(items.map((item) => item.actionCategory))].map((category) => ({
    group: wordsOf(category),
    items: items
      .filter((item) => item.actionCategory === category)
      .map((item) => ({ value: item.actionName, label: `${item.title} (${item.riskLevel.toLowerCase()})` })),
  }))
}

function About({ item }: { readonly item: CatalogueItem }) {
  const [engine = '', action = ''] = item.actionName.split('/')
  return (
    <Text size="sm" mt="sm" component="div">
      <CodeBadge code={item.riskLevel} what="Risk" /> {item.riskReason}{' '}
      <Link to="/actions/$engine/$action" params={{ engine, action }}>
        What it does
      </Link>
    </Text>
  )
}

function Wish({ target, item }: { readonly target: Target; readonly item: CatalogueItem }) {
  const [values, setValues] = useState<Values>(() => firstValues(item.parameters))
  // What a plan is shown for: another value makes it another plan.
  const [shown, setShown] = useState<string | null>(null)
  const preview = useQuestion<Preview>('/api/previews', '/api/previews')
  const params = wholeValues(item.parameters, values)
  const text = JSON.stringify(params)
  const isShown = shown === text
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (params === null) return
    setShown(text)
    preview.put({ targetId: target.targetId, actionName: item.actionName, params })
  }
  return (
    <>
      <Part title="Parameters">
        <form onSubmit={submit}>
          {item.parameters.length === 0 && <Text size="sm">It takes none.</Text>}
          <ParameterFields
            parameters={item.parameters}
            values={values}
            change={setValues}
            targetId={target.targetId}
          />
          <Button type="submit" mt="md" loading={preview.isWaiting} disabled={params === null}>
            Show the plan
          </Button>
          <Text size="xs" className="quiet" mt="xs">
            The process that watches the target renders it; nothing is done.
          </Text>
        </form>
        {preview.error !== null && <ProblemNotice error={preview.error} />}
      </Part>
      <div role="status">
        {isShown && preview.isWaiting && (
          <Text size="sm">The plan is being made on {target.targetName} …</Text>
        )}
      </div>
      {isShown && preview.answer !== undefined && (
        <Answer
          answer={preview.answer}
          targetId={target.targetId}
          params={params}
          actionName={item.actionName}
        />
      )}
    </>
  )
}

interface Wished {
  readonly targetId: number
  readonly actionName: string
  readonly params: unknown
}

function Answer({ answer, ...wished }: Wished & { readonly answer: Preview }) {
  const { proposal } = answer
  if (proposal === null)
    return (
      <Part title="It cannot be done like this">
        <Text className="call call-warning">
          {answer.because} {answer.toProceed}
        </Text>
      </Part>
    )
  return (
    <>
      <Part title="What would run">
        {proposal.plan.guards.length > 0 && <Steps steps={proposal.plan.guards} label="Guard" />}
        <Steps steps={proposal.plan.steps} label="Statement" />
      </Part>
      <Part title="What must hold">
        <Preconditions of={proposal.preconditions} />
      </Part>
      <ForecastPart binding={proposal} />
      <UndoPart binding={proposal} />
      <Send {...wished} />
    </>
  )
}

function Send(wished: Wished) {
  const [reason, setReason] = useState('')
  const send = useMutation({
    mutationFn: () =>
      write<{ readonly requestId: number }>('POST', '/api/requests', { ...wished, issueId: null, reason }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    send.mutate()
  }
  if (send.data !== undefined) return <Sent requestId={send.data.requestId} />
  return (
    <Part title="Send it to approval">
      <form onSubmit={submit}>
        <Textarea
          label="Why"
          description="Who approves reads this; it is kept for the record."
          required
          autosize={false}
          rows={3}
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" mt="sm" loading={send.isPending} disabled={reason.trim() === ''}>
          Ask for approval
        </Button>
        <Text size="xs" className="quiet" mt="xs">
          The plan is made again for the decision, from the state of the server then. You cannot approve your
          own.
        </Text>
        {send.error !== null && <ProblemNotice error={send.error} />}
      </form>
    </Part>
  )
}

/** What became of it, looked for until it is known, ms. */
const LOOK_MS = 1_000

function Sent({ requestId }: { readonly requestId: number }) {
  const { data, error } = useQuery({
    queryKey: ['requests', requestId],
    queryFn: ({ signal }) => read<RequestState>(`/api/requests/${requestId}`, signal),
    refetchInterval: ({ state: { data: now } }) =>
      now === undefined || now.state === 'REQUESTED' ? LOOK_MS : false,
  })
  const decisionId = data?.decisionId ?? null
  return (
    <Part title="Sent">
      <div role="status">
        {error !== null && <ProblemNotice error={error} />}
        {data?.state === 'REQUESTED' && <Text>Request {requestId} is being turned into a decision …</Text>}
        {decisionId !== null && (
          <Text className="call">
            <Link to="/decisions/$decisionId" params={{ decisionId: String(decisionId) }}>
              Decision {decisionId}
            </Link>{' '}
            waits for another person.
          </Text>
        )}
        {data !== undefined && data.state !== 'REQUESTED' && decisionId === null && (
          <Text className="call call-warning">
            Nothing came of it: {data.result ?? 'no reason is recorded'}
          </Text>
        )}
      </div>
    </Part>
  )
}
