/** A schema as people read it: what a value is, in words, and its members as a list. */
import type { ShownSchema } from './api-document.ts'
import { anchorOf, code, escaped } from './html.ts'

/** Members within members are shown so deep; below, only what they are is said. */
const DEPTH_MOST = 8
const REFERENCE = /^#\/components\/schemas\/([\w.-]+)$/
/** JSON's whole numbers, which say nothing about a value. */
const NO_BOUND = Number.MAX_SAFE_INTEGER

/** What a value is, on one line. */
export function typeOf(schema: ShownSchema): string {
  const name = REFERENCE.exec(schema.$ref ?? '')?.[1]
  if (name !== undefined) return `<a href="#${anchorOf('schema', name)}">${escaped(name)}</a>`
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum !== undefined) return schema.enum.map((each) => code(String(each))).join(', ')
  const either = schema.anyOf ?? schema.oneOf
  if (either !== undefined) return either.map(typeOf).join(' or ')
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`
  if (typeof schema.additionalProperties === 'object')
    return `object of ${typeOf(schema.additionalProperties)} by name`
  const { type = 'any JSON' } = schema
  return escaped(`${typeof type === 'string' ? type : type.join(' or ')}${boundsOf(schema)}`)
}

function boundsOf({ minimum, maximum, minLength, maxLength, format, pattern }: ShownSchema): string {
  const parts = [
    rangeOf(minimum, maximum, ''),
    rangeOf(minLength, maxLength, ' characters'),
    format ?? '',
    pattern === undefined || format !== undefined ? '' : `like ${pattern}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function rangeOf(least: number | undefined, most: number | undefined, unit: string): string {
  const [from, to] = [bounding(least), bounding(most)]
  if (from !== null && to !== null) return `${from} to ${to}${unit}`
  if (from !== null) return `${from}${unit} or more`
  return to === null ? '' : `${to}${unit} at most`
}

const bounding = (value: number | undefined): number | null =>
  value === undefined || Math.abs(value) >= NO_BOUND ? null : value

/** Description and default, after what a value is. */
export function remarksOf({ description, default: otherwise }: ShownSchema): string {
  const usual = otherwise === undefined || otherwise === null ? [] : [`Default ${code(String(otherwise))}`]
  const said = description === undefined ? [] : [escaped(description.replace(/\.$/, ''))]
  return [...said, ...usual].map((each) => `. ${each}`).join('')
}

/** Where the members of a value stand: in itself, in what a list holds, or in one of several forms. */
function holdersOf(schema: ShownSchema): readonly ShownSchema[] {
  if (schema.properties !== undefined) return [schema]
  if (schema.items !== undefined) return holdersOf(schema.items)
  if (typeof schema.additionalProperties === 'object') return holdersOf(schema.additionalProperties)
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap(holdersOf)
}

/** The members of a value as a list, those within them too; empty where it has none. */
export function membersOf(schema: ShownSchema, depth = 0): string {
  if (depth > DEPTH_MOST) return ''
  return holdersOf(schema)
    .map((holder) => {
      const needed = new Set(holder.required ?? [])
      const items = Object.entries(holder.properties ?? {}).map(([name, member]) => {
        const optional = needed.has(name) ? '' : ' <i>optional</i>'
        return `<li>${code(name)}${optional}: ${typeOf(member)}${remarksOf(member)}${membersOf(member, depth + 1)}</li>`
      })
      return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`
    })
    .join('')
}

/** A value with what it is and its members. */
export const valueHtml = (schema: ShownSchema): string =>
  `<div>${typeOf(schema)}${remarksOf(schema)}</div>${membersOf(schema)}`

/** Names of schemas that this value refers to. */
export function namesIn(value: unknown): readonly string[] {
  return [...JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/([\w.-]+)"/g)].map(
    ([, name]) => name ?? '',
  )
}
