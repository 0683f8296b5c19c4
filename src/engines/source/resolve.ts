/**
 * Validates the parameters of an action on a repository and looks their fixes up in a scan made now. There is no
 * parameter that holds a patch: what would be written comes from the scan alone.
 */
import { type Refusal, refusal } from '../../core/errors.ts'
import type { Ask } from '../../core/observer.ts'
import type { FileValue, Parameter, ParameterSchema, Resolved, ResolvedFixes } from '../../core/parameters.ts'
import { namesIn, OutsideRoot } from './files/folder.ts'
import type { SourceQuestions } from './shapes.ts'

/** A value that is not what its parameter takes. */
class Unfit extends Error {}

const DIGEST = /^[0-9a-f]{64}$/
const FIX = /^bind-[0-9a-f]{12}$/

/** Whether given parameters have the shape of a schema; asks nobody. */
export function checkShape(schema: ParameterSchema, given: unknown, action = 'the action'): Refusal | null {
  let at = 'the whole'
  try {
    const members = plainMembers(given)
    const unknown = Object.keys(members).find((name) => !Object.hasOwn(schema, name))
    if (unknown !== undefined) throw new Unfit(`it takes only ${Object.keys(schema).join(', ')}`)
    for (const [name, parameter] of Object.entries(schema)) {
      at = name
      if (!Object.hasOwn(members, name)) throw new Unfit('is missing')
      checkOne(parameter, members[name])
    }
    return null
  } catch (error) {
    if (error instanceof Unfit || error instanceof OutsideRoot)
      return refusal('DBM_PARAM_INVALID', { parameter: at, action, problem: error.message })
    throw error
  }
}

function plainMembers(given: unknown): { readonly [name: string]: unknown } {
  const isPlain =
    typeof given === 'object' &&
    given !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(given) as object | null)
  if (!isPlain) throw new Unfit('it is not a plain object')
  return given as { readonly [name: string]: unknown }
}

function checkOne(parameter: Parameter, value: unknown): void {
  switch (parameter.type) {
    case 'file':
      checkFile(value)
      return
    case 'fixes':
      checkFixes(value, parameter.most)
      return
    case 'integer': {
      const { min, max } = parameter
      const fits = Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      if (!fits) throw new Unfit(`it is a whole number from ${min} to ${max}`)
      return
    }
    default:
      throw new Unfit('a repository has nothing of that kind')
  }
}

function checkFile(value: unknown): void {
  const members = plainMembers(value)
  const names = Object.keys(members).sort().join()
  const { path, before, after } = members
  if (names !== 'after,before,path' || typeof path !== 'string')
    throw new Unfit('it has path, before and after')
  for (const digest of [before, after])
    if (typeof digest !== 'string' || !DIGEST.test(digest)) throw new Unfit('a digest is 64 hex digits')
  if (before === after) throw new Unfit('nothing would change')
  namesIn(path)
}

function checkFixes(value: unknown, most: number): void {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw new Unfit(`it is a list of 1 to ${most} fixes`)
  const ids = value as readonly unknown[]
  if (!ids.every((id) => typeof id === 'string' && FIX.test(id)) || new Set(ids).size !== ids.length)
    throw new Unfit('each is the id of a fix, once')
}

/** See `Engine.resolve`. Never rejects for what the caller gave or the repository is. */
export async function resolve(
  schema: ParameterSchema,
  given: { readonly [name: string]: unknown },
  ask: Ask<SourceQuestions>,
): Promise<{ readonly resolved: Resolved<ParameterSchema> } | Refusal> {
  const unfit = checkShape(schema, given)
  if (unfit !== null) return unfit
  const values: [string, unknown][] = []
  for (const [name, parameter] of Object.entries(schema)) {
    if (parameter.type !== 'fixes') {
      values.push([name, given[name]])
      continue
    }
    const { path } = given[parameter.of] as FileValue
    const ids = given[name] as readonly string[]
    const answer = await ask('patch', { path, fixes: ids })
    if (!answer.known) return noFixes(answer)
    const { before: _before, ...facts } = answer.value
    values.push([name, { ids, ...facts } satisfies ResolvedFixes])
  }
  return { resolved: Object.fromEntries(values) as Resolved<ParameterSchema> }
}

const noFixes = ({
  because,
  toProceed,
}: {
  readonly because: string
  readonly toProceed: string
}): Refusal => ({
  refused: true,
  code: 'DBM_PRECONDITION_FAILED',
  because: `these fixes cannot be made now: ${because}`,
  toProceed,
})
