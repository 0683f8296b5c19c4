/**
 * What differs from seed to seed in a scenario: `vary.yaml` names values, each seed draws one of each, and `${name}`
 * stands for it in every other file of the folder. A rule tuned to one instance of a fault fails on the next seed.
 */
import { z } from 'zod'
import { seededRandom } from '../../core/random.ts'

const scalar = z.union([z.string().min(1).max(500), z.number()])
const choice = z.union([scalar, z.record(z.string().regex(/^[a-zA-Z]+$/), scalar)])
const range = z
  .strictObject({ from: z.int(), to: z.int(), step: z.int().min(1).default(1) })
  .refine((r) => r.to >= r.from, 'to must not be less than from')

/** vary.yaml: by name, a list to draw one of (a map's entries become `${name.entry}`), or a range of whole numbers. */
export const varyFile = z.record(
  z.string().regex(/^[a-zA-Z]+$/, 'letters only'),
  z.union([z.array(choice).min(1).max(20), range]),
)

/** What one seed drew, by name. */
export type Drawn = Readonly<Record<string, string | number>>

/** Draws one value of each name; the same seed of the same scenario draws the same. */
export function draw(vary: z.output<typeof varyFile>, seed: number): Drawn {
  const random = seededRandom(seed * 7919 + 17)
  const drawn: Record<string, string | number> = {}
  for (const [name, values] of Object.entries(vary)) {
    const value = Array.isArray(values) ? oneOf(values, random) : within(values, random)
    if (typeof value === 'object')
      for (const [entry, part] of Object.entries(value)) drawn[`${name}.${entry}`] = part
    else drawn[name] = value
  }
  return drawn
}

function oneOf<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new RangeError('a list to draw from is empty')
  return value
}

const within = ({ from, to, step }: z.output<typeof range>, random: () => number): number =>
  from + step * Math.floor(random() * (Math.floor((to - from) / step) + 1))

const PLACE = /\$\{([a-zA-Z.]+)\}/g

/**
 * Puts what was drawn into every string of a parsed file; a string that is one place and nothing else takes the
 * value's own type. @throws RangeError for a name nobody drew
 */
export function fillIn(value: unknown, drawn: Drawn): unknown {
  if (Array.isArray(value)) return value.map((item) => fillIn(item, drawn))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, drawn)]))
  if (typeof value !== 'string') return value
  const whole = /^\$\{([a-zA-Z.]+)\}$/.exec(value)
  return whole?.[1] === undefined ? fillText(value, drawn) : drawnValue(whole[1], drawn)
}

/** The same for a text. @throws RangeError for a name nobody drew */
export const fillText = (text: string, drawn: Drawn): string =>
  text.replace(PLACE, (_place, name: string) => String(drawnValue(name, drawn)))

function drawnValue(name: string, drawn: Drawn): string | number {
  const value = drawn[name]
  if (value === undefined) throw new RangeError(`vary.yaml draws no ${name}`)
  return value
}
