/** Giving a standing approval: one action of low risk, where, for what, how often, until when, signed with one’s key. */
import { Button, Checkbox, NativeSelect, NumberInput, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { CatalogueItem, Session, Target } from '../../../../src/server/api-types.ts'
import { catalogueQuery } from '../../api/around.ts'
import { targetsQuery } from '../../api/queries.ts'
import { Exact } from '../../parts/exact.tsx'
import { instantOf } from '../../parts/local-instant.ts'
import { EmptyState, ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { wordsOf } from '../../parts/words.ts'
import { useOwnKey } from '../../session/own-key.ts'
import { useRights } from '../../session/rights.ts'
import { KeyField } from '../key-field.tsx'
import { type BoundFields, firstBounds, wholeBounds } from './bound-values.ts'
import { BoundsFields } from './bounds-fields.tsx'
import { ROOT_CAUSES } from './root-causes.ts'
import { type Bounds, grantText, signGrant } from './sign-grant.ts'

/** The part, for who may vote. */
export function GiveStanding() {
  const { session, may } = useRights()
  const { data: catalogue, error } = useQuery(catalogueQuery)
  const { data: targets } = useQuery(targetsQuery)
  const offered = catalogue?.filter((item) => item.riskLevel === 'LOW' && item.enabled === true)
  return (
    <Part title="Give one">
      {error !== null && <ProblemNotice error={error} />}
      {!may('vote') && <Text size="sm">Approvers give them, signed with their key.</Text>}
      {may('vote') && (offered === undefined || targets === undefined) && error === null && <Reading />}
      {may('vote') && session !== undefined && offered !== undefined && targets !== undefined && (
        <Choice offered={offered} targets={targets.items} session={session} />
      )}
    </Part>
  )
}

interface ChoiceOf {
  readonly offered: readonly CatalogueItem[]
  readonly targets: readonly Target[]
  readonly session: Session
}

function Choice({ offered, targets, session }: ChoiceOf) {
  const [name, setName] = useState('')
  const [given, setGiven] = useState<number | null>(null)
  const item = offered.find((each) => each.actionName === name)
  if (offered.length === 0)
    return <EmptyState title="No action of low risk is on">Administrators switch actions on.</EmptyState>
  return (
    <>
      <NativeSelect
        label="Action"
        description="Only of low risk. What is allowed ahead runs without asking again."
        maw={640}
        data={[
          { value: '', label: 'Choose an action' },
          ...offered.map((each) => ({ value: each.actionName, label: each.title })),
        ]}
        value={name}
        onChange={(event) => {
          setGiven(null)
          setName(event.currentTarget.value)
        }}
      />
      {item !== undefined && (
        <GrantForm
          key={item.actionName}
          item={item}
          targets={targets.filter((each) => each.engine === item.engine)}
          session={session}
          done={(id) => {
            setName('')
            setGiven(id)
          }}
        />
      )}
      <div role="status">
        {given !== null && <Text className="call">Standing approval {given} is in force.</Text>}
      </div>
    </>
  )
}

interface Fields {
  readonly targetIds: readonly string[]
  readonly bounds: BoundFields
  readonly category: string
  readonly cause: string
  readonly percent: number
  readonly uses: number
  readonly until: string
  readonly reason: string
}

const firstFields = (item: CatalogueItem): Fields => ({
  targetIds: [],
  bounds: firstBounds(item.parameters),
  category: item.issueCategories[0] ?? '',
  cause: '',
  percent: 90,
  uses: 10,
  until: '',
  reason: '',
})

/** What is signed; null while something is missing. */
function boundsOf(item: CatalogueItem, fields: Fields): Bounds | null {
  const parameterBounds = wholeBounds(item.parameters, fields.bounds)
  const validUntil = instantOf(fields.until)
  const issueCategory = item.issueCategories.find((each) => each === fields.category)
  const rootCauseCode = ROOT_CAUSES.find((each) => each === fields.cause)
  const reason = fields.reason.trim()
  if (parameterBounds === null || validUntil === null || issueCategory === undefined) return null
  if (rootCauseCode === undefined || reason === '' || fields.targetIds.length === 0) return null
  if (Date.parse(validUntil) <= Date.now()) return null
  return {
    actionName: item.actionName,
    actionVersion: item.actionVersion,
    targetIds: fields.targetIds.map(Number),
    parameterBounds,
    issueCategory,
    rootCauseCode,
    minimumConfidence: fields.percent / 100,
    maximumUses: fields.uses,
    validUntil,
    reason,
  }
}

function GrantForm({
  item,
  targets,
  session,
  done,
}: {
  readonly item: CatalogueItem
  readonly targets: readonly Target[]
  readonly session: Session
  readonly done: (standingApprovalId: number) => void
}) {
  const cache = useQueryClient()
  const ownKey = useOwnKey(session)
  const [fields, setFields] = useState(() => firstFields(item))
  const [passphrase, setPassphrase] = useState('')
  const change = (some: Partial<Fields>): void => setFields((old) => ({ ...old, ...some }))
  const bounds = boundsOf(item, fields)
  const give = useMutation({
    mutationFn: (signed: Bounds) =>
      signGrant({ bounds: signed, session, unlock: () => ownKey.unlock(passphrase) }),
    onSuccess: done,
    onSettled: () => cache.invalidateQueries({ queryKey: ['grants'] }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (bounds !== null) give.mutate(bounds)
  }
  return (
    <form onSubmit={submit} aria-label="Standing approval">
      <div className="stack">
        <Checkbox.Group
          label="On which targets"
          value={[...fields.targetIds]}
          onChange={(targetIds) => change({ targetIds })}
        >
          <div className="choices">
            {targets.map((each) => (
              <Checkbox key={each.targetId} value={String(each.targetId)} label={each.targetName} />
            ))}
          </div>
        </Checkbox.Group>
        <BoundsFields
          parameters={item.parameters}
          fields={fields.bounds}
          change={(next) => change({ bounds: next })}
        />
        <Conditions item={item} fields={fields} change={change} />
        {bounds !== null && (
          <>
            <Text size="sm">Exactly this is signed:</Text>
            <Exact text={readable(grantText(bounds, session))} label="What is signed" />
          </>
        )}
        <KeyField ownKey={ownKey} passphrase={passphrase} change={setPassphrase} />
        {give.error !== null && <ProblemNotice error={give.error} />}
        <Button type="submit" loading={give.isPending} disabled={bounds === null}>
          Allow it ahead, signed
        </Button>
      </div>
    </form>
  )
}

const readable = (text: string): string => JSON.stringify(JSON.parse(text), null, 2)

function Conditions({
  item,
  fields,
  change,
}: {
  readonly item: CatalogueItem
  readonly fields: Fields
  readonly change: (some: Partial<Fields>) => void
}) {
  return (
    <div className="form-grid">
      <NativeSelect
        label="For issues of this kind"
        data={item.issueCategories.map((value) => ({ value, label: wordsOf(value) }))}
        value={fields.category}
        onChange={(event) => change({ category: event.currentTarget.value })}
      />
      <NativeSelect
        label="With this root cause"
        required
        data={[
          { value: '', label: 'Choose …' },
          ...ROOT_CAUSES.map((value) => ({ value, label: wordsOf(value) })),
        ]}
        value={fields.cause}
        onChange={(event) => change({ cause: event.currentTarget.value })}
      />
      <NumberInput
        label="Confidence at least"
        suffix=" %"
        min={1}
        max={99}
        allowDecimal={false}
        value={fields.percent}
        onChange={(value) => change({ percent: Number(value) || 99 })}
      />
      <NumberInput
        label="Uses at most"
        min={1}
        max={1_000_000}
        allowDecimal={false}
        value={fields.uses}
        onChange={(value) => change({ uses: Number(value) || 1 })}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        description="in your time zone; a year ahead at most"
        required
        value={fields.until}
        onChange={(event) => change({ until: event.currentTarget.value })}
      />
      <Textarea
        label="Why"
        description="Kept on the record with each use."
        required
        autosize={false}
        rows={2}
        maxLength={1000}
        value={fields.reason}
        onChange={(event) => change({ reason: event.currentTarget.value })}
      />
    </div>
  )
}
