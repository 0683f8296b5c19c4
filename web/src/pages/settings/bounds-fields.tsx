/** The fields that say within which values each parameter of an action is allowed ahead. */
import { Checkbox, NumberInput, Text, Textarea } from '@mantine/core'
import type { CatalogueItem } from '../../../../src/server/api-types.ts'
import { wordsOf } from '../../parts/words.ts'
import { type BoundField, type BoundFields, boundKind } from './bound-values.ts'

type Parameter = CatalogueItem['parameters'][number]

/** `minIdleSeconds` is Min idle seconds. */
const labelOf = (name: string): string => wordsOf(name.replace(/([a-z])([A-Z])/g, '$1_$2'))

/** The fields. */
export function BoundsFields({
  parameters,
  fields,
  change,
}: {
  readonly parameters: readonly Parameter[]
  readonly fields: BoundFields
  readonly change: (fields: BoundFields) => void
}) {
  if (parameters.length === 0) return <Text size="sm">It takes no parameters.</Text>
  return (
    <>
      {parameters.map((parameter) => {
        const field = fields[parameter.name]
        if (field === undefined) return null
        return (
          <fieldset className="bare" key={parameter.name}>
            <legend>{labelOf(parameter.name)}</legend>
            <BoundOf
              parameter={parameter}
              field={field}
              set={(some) => change({ ...fields, [parameter.name]: { ...field, ...some } })}
            />
          </fieldset>
        )
      })}
    </>
  )
}

interface BoundFieldOf {
  readonly parameter: Parameter
  readonly field: BoundField
  readonly set: (some: Partial<BoundField>) => void
}

function BoundOf({ parameter, field, set }: BoundFieldOf) {
  const kind = boundKind(parameter)
  return (
    <>
      {kind === 'lines' && !field.any && (
        <Textarea
          label={parameter.kind.type === 'table' ? 'Only these tables' : 'Only these values'}
          description={parameter.kind.type === 'table' ? 'schema.table, one a line' : 'one a line'}
          autosize
          minRows={2}
          maxLength={10_000}
          value={field.lines}
          onChange={(event) => set({ lines: event.currentTarget.value })}
        />
      )}
      {kind === 'numbers' && !field.any && <NumberFields {...{ parameter, field, set }} />}
      <Checkbox
        mt="xs"
        label="Any value the action takes"
        checked={field.any}
        onChange={(event) => set({ any: event.currentTarget.checked })}
      />
    </>
  )
}

function NumberFields({ parameter, field, set }: BoundFieldOf) {
  const { kind } = parameter
  if (kind.type !== 'integer') return null
  const plain = { allowDecimal: false, min: kind.min, max: kind.max, suffix: ` ${kind.unit}` }
  const numberOf = (value: string | number): number | null => (typeof value === 'number' ? value : null)
  return (
    <div className="form-grid">
      <NumberInput
        {...plain}
        label="From"
        value={field.min ?? ''}
        onChange={(value) => set({ min: numberOf(value) })}
      />
      <NumberInput
        {...plain}
        label="To"
        value={field.max ?? ''}
        onChange={(value) => set({ max: numberOf(value) })}
      />
    </div>
  )
}
