/** What is looked for in the chain. It stands in the address, so that it can be kept and sent on. */
import { NativeSelect, TextInput } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { instantOf, localOf } from '../parts/local-instant.ts'
import { useTyped } from '../parts/use-typed.ts'

const route = getRouteApi('/inside/audit')

/** Kinds of change, by the table whose row changed. What is not among them is found by its table in the address. */
const KINDS: readonly (readonly [kind: string, words: string])[] = [
  ['admin_approvals', 'Votes'],
  ['recovery_decisions', 'Decisions'],
  ['decision_endings', 'Ends of decisions'],
  ['decision_readings', 'Evidence opened'],
  ['action_executions', 'Runs'],
  ['execution_verifications', 'Verdicts'],
  ['learning_records', 'Lessons'],
  ['detected_issues', 'Issues'],
  ['ai_analysis', 'Analyses'],
  ['recovery_requests', 'Requests'],
  ['standing_approvals', 'Standing approvals'],
  ['halts', 'Stop switches'],
  ['change_windows', 'Change windows'],
  ['suppressions', 'Suppressions'],
  ['predefined_actions', 'Actions'],
  ['recovery_tasks', 'Recovery switched'],
  ['targets', 'Targets'],
  ['users', 'Logins'],
  ['user_registrations', 'Registrations'],
  ['memberships', 'Roles'],
  ['invitations', 'Invitations'],
  ['sessions', 'Signed-in browsers'],
  ['api_tokens', 'Tokens'],
  ['passwords', 'Passwords'],
  ['second_factors', 'Second factors'],
  ['passkeys', 'Passkeys'],
  ['passkey_refusals', 'Refused passkeys'],
  ['workspaces', 'Workspaces'],
  ['settings', 'Settings'],
  ['model_exchanges', 'Questions to a model'],
  ['event_batches', 'Sealed events'],
  ['event_prunings', 'Pruned events'],
]

type Search = ReturnType<typeof route.useSearch>

/** The fields. */
export function AuditFilters() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const change = (name: keyof Search, value: string): void =>
    void navigate({ search: (old) => ({ ...old, [name]: value === '' ? undefined : value }), replace: true })
  const { kind = '' } = search
  const listed = kind === '' || KINDS.some(([known]) => known === kind)
  const kinds = [
    { value: '', label: 'Any change' },
    ...KINDS.map(([value, label]) => ({ value, label })),
    ...(listed ? [] : [{ value: kind, label: kind }]),
  ]
  return (
    <search className="filters" aria-label="Look through the chain">
      <TypedField
        label="Who"
        placeholder="a login, or serve, act …"
        value={search.who}
        set={(value) => change('who', value)}
      />
      <NativeSelect
        label="What"
        data={kinds}
        value={kind}
        onChange={(event) => change('kind', event.currentTarget.value)}
      />
      <TypedField
        label="About"
        placeholder="decision:12, user:anna"
        value={search.subject}
        set={(value) => change('subject', value)}
        pattern={SUBJECT}
      />
      <InstantField label="From" value={search.since} set={(value) => change('since', value)} />
      <InstantField label="Until" value={search.until} set={(value) => change('until', value)} />
    </search>
  )
}

const SUBJECT = /^(issue|decision|execution|target|user):[\w.@+-]+$/

interface FieldOf {
  readonly label: string
  readonly value: string | undefined
  readonly set: (value: string) => void
}

/** A text that counts when nothing more is typed, and only if it is of the pattern. */
function TypedField({
  label,
  placeholder,
  value,
  set,
  pattern,
}: FieldOf & { readonly placeholder: string; readonly pattern?: RegExp }) {
  const { text, type } = useTyped(value ?? '', set)
  const isWrong = (typed: string): boolean => typed !== '' && pattern?.test(typed) === false
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      maxLength={120}
      value={text}
      error={
        isWrong(text) ? 'issue, decision, execution, target or user, a colon, its number or name' : undefined
      }
      onChange={({ currentTarget: { value: typed } }) =>
        type(typed, isWrong(typed.trim()) ? null : typed.trim())
      }
    />
  )
}

/** In the viewer's zone; the address has it in UTC. A year that is typed half is none of ours. */
function InstantField({ label, value, set }: FieldOf) {
  const { text, type } = useTyped(value ?? '', set, localOf)
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={text}
      onChange={({ currentTarget: { value: typed } }) => {
        const at = instantOf(typed) ?? ''
        type(typed, at === '' || at >= '2000' ? at : null)
      }}
    />
  )
}
