/** The form of an action's parameters, made from what each may be. There is no field for free text. */
import { Autocomplete, Button, NativeSelect, NumberInput, Text, TextInput } from '@mantine/core'
import type { Lookup } from '../../../src/server/api-types.ts'
import { useQuestion } from '../api/asked.ts'
import { ProblemNotice } from '../parts/notices.tsx'
import { wordsOf } from '../parts/words.ts'
import { ConnectionField } from './connection-field.tsx'
import type { ColumnField, Parameter, Value, Values } from './parameter-values.ts'

type Table = NonNullable<Lookup['table']>

/** The name of a parameter as people read it: `minIdleSeconds` is Min idle seconds. */
const labelOf = (name: string): string => wordsOf(name.replace(/([a-z])([A-Z])/g, '$1_$2'))

/** The fields. */
export function ParameterFields({
  parameters,
  values,
  change,
  targetId,
}: {
  readonly parameters: readonly Parameter[]
  readonly values: Values
  readonly change: (values: Values) => void
  readonly targetId: number
}) {
  const look = useQuestion<Lookup>('/api/lookups', '/api/lookups')
  const found = look.answer?.table ?? null
  return (
    <div className="stack">
      {parameters.map((parameter) => {
        const { name } = parameter
        const set = (value: Value): void => change({ ...values, [name]: value })
        const value = values[name] ?? null
        return parameter.kind.type === 'table' ? (
          <TableField
            key={name}
            parameter={parameter}
            value={value as { readonly schema: string; readonly table: string }}
            set={set}
            read={(schema, table) => look.put({ targetId, of: 'table', schema, table })}
            reads={look.isWaiting}
            note={look.answer === undefined ? null : noteOf(look.answer)}
          />
        ) : (
          <Field key={name} {...{ parameter, value, set, found, targetId }} />
        )
      })}
      {look.error !== null && <ProblemNotice error={look.error} />}
    </div>
  )
}

function noteOf({ because, toProceed, table }: Lookup): string {
  if (because !== null) return `${because} ${toProceed ?? ''}`
  if (table === null || !table.exists) return 'There is no such table on the target.'
  return `Found: ${table.columns.length} columns, ${table.indexes.length} indexes. The fields below know them.`
}

function TableField({
  parameter,
  value,
  set,
  read,
  reads,
  note,
}: {
  readonly parameter: Parameter
  readonly value: { readonly schema: string; readonly table: string }
  readonly set: (value: Value) => void
  readonly read: (schema: string, table: string) => void
  readonly reads: boolean
  readonly note: string | null
}) {
  const { schema, table } = value
  return (
    <fieldset className="bare">
      <legend>{labelOf(parameter.name)}</legend>
      <div className="form-grid">
        <TextInput
          label="Schema"
          required
          maxLength={64}
          value={schema}
          onChange={(event) => set({ schema: event.currentTarget.value, table })}
        />
        <TextInput
          label="Table"
          required
          maxLength={64}
          value={table}
          onChange={(event) => set({ schema, table: event.currentTarget.value })}
        />
      </div>
      <div className="buttons">
        <Button
          size="compact-sm"
          variant="default"
          loading={reads}
          disabled={schema === '' || table === ''}
          onClick={() => read(schema, table)}
        >
          Look it up on the target
        </Button>
        <div role="status">{note !== null && <Text size="sm">{note}</Text>}</div>
      </div>
    </fieldset>
  )
}

interface FieldOf {
  readonly parameter: Parameter
  readonly value: Value
  readonly set: (value: Value) => void
  readonly found: Table | null
  readonly targetId: number
}

function Field({ parameter, value, set, found, targetId }: FieldOf) {
  const { name, kind, words } = parameter
  const plain = { label: labelOf(name), description: words.replaceAll('`', ''), required: true }
  const text = typeof value === 'string' ? value : ''
  switch (kind.type) {
    case 'index':
      return (
        <Autocomplete
          {...plain}
          data={(found?.indexes ?? []).map(({ index }) => index)}
          maxLength={64}
          value={text}
          onChange={set}
        />
      )
    case 'columns':
      return <ColumnsField plain={plain} most={kind.most} value={value} set={set} found={found} />
    case 'connection':
      return <ConnectionField label={plain.label} value={value} set={set} targetId={targetId} />
    case 'account':
      return <AccountField label={plain.label} value={value} set={set} />
    case 'integer':
      return (
        <NumberInput
          {...plain}
          allowDecimal={false}
          min={kind.min}
          max={kind.max}
          value={typeof value === 'number' ? value : ''}
          onChange={(given) => set(typeof given === 'number' ? given : '')}
        />
      )
    case 'enum':
      return (
        <NativeSelect
          {...plain}
          data={[...kind.values]}
          value={text}
          onChange={(event) => set(event.currentTarget.value)}
        />
      )
    case 'instant':
      return (
        <TextInput
          {...plain}
          type="datetime-local"
          step={1}
          description={`${plain.description}; typed in your time zone`}
          value={text}
          onChange={(event) => set(event.currentTarget.value)}
        />
      )
    default:
      return (
        <TextInput
          {...plain}
          inputMode="decimal"
          value={text}
          onChange={(event) => set(event.currentTarget.value.trim())}
        />
      )
  }
}

function AccountField({
  label,
  value,
  set,
}: {
  readonly label: string
  readonly value: Value
  readonly set: (value: Value) => void
}) {
  const { user, host } = value as { readonly user: string; readonly host: string }
  return (
    <fieldset className="bare">
      <legend>{label}</legend>
      <div className="form-grid">
        <TextInput
          label="User"
          required
          maxLength={128}
          value={user}
          onChange={(event) => set({ user: event.currentTarget.value, host })}
        />
        <TextInput
          label="Host"
          description="as the server has it; % is any"
          required
          maxLength={255}
          value={host}
          onChange={(event) => set({ user, host: event.currentTarget.value })}
        />
      </div>
    </fieldset>
  )
}

function ColumnsField({
  plain,
  most,
  value,
  set,
  found,
}: {
  readonly plain: { readonly label: string; readonly description: string }
  readonly most: number
  readonly value: Value
  readonly set: (value: Value) => void
  readonly found: Table | null
}) {
  const columns = value as readonly ColumnField[]
  const put = (at: number, part: Partial<ColumnField>): void =>
    set(columns.map((each, index) => (index === at ? { ...each, ...part } : each)))
  return (
    <fieldset className="bare">
      <legend>{plain.label}</legend>
      <Text size="xs" className="quiet">
        {plain.description}
      </Text>
      {columns.map((each, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        <div className="column-fields" key={at}>
          <Autocomplete
            label={`Column ${at + 1}`}
            data={(found?.columns ?? []).map(({ column }) => column)}
            required
            maxLength={64}
            value={each.column}
            onChange={(column) => put(at, { column })}
          />
          <NumberInput
            label="Prefix"
            placeholder="whole"
            min={1}
            max={3072}
            allowDecimal={false}
            value={each.prefix ?? ''}
            onChange={(given) => put(at, { prefix: typeof given === 'number' ? given : null })}
          />
          <NativeSelect
            label="Direction"
            data={['ASC', 'DESC']}
            value={each.direction}
            onChange={(event) =>
              put(at, { direction: event.currentTarget.value === 'DESC' ? 'DESC' : 'ASC' })
            }
          />
          {columns.length > 1 && (
            <Button
              variant="default"
              onClick={() => set(columns.filter((_column, index) => index !== at))}
              aria-label={`Leave column ${at + 1} out`}
            >
              Leave out
            </Button>
          )}
        </div>
      ))}
      {columns.length < most && (
        <Button
          size="compact-sm"
          variant="default"
          mt="xs"
          onClick={() => set([...columns, { column: '', prefix: null, direction: 'ASC' }])}
        >
          One more column
        </Button>
      )}
    </fieldset>
  )
}
