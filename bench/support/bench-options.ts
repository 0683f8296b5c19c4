/** The options of a bench: read, checked and explained by `--help` from one table. */
import { parseArgs } from 'node:util'

/** One option a bench understands. */
export type OptionSpec =
  | {
      readonly kind: 'number'
      readonly value: number
      readonly min: number
      readonly max: number
      /** Whole numbers only. */
      readonly whole?: boolean
      /** The value under `--quick`, unless one is given. */
      readonly quick?: number
      readonly help: string
    }
  | { readonly kind: 'flag'; readonly help: string }
  | { readonly kind: 'choice'; readonly value: string; readonly of: readonly string[]; readonly help: string }
  | { readonly kind: 'path'; readonly help: string }

/** Options by name, in the order `--help` lists them. */
export type OptionTable = Readonly<Record<string, OptionSpec>>

/** What every bench takes besides its own. */
const COMMON: OptionTable = {
  quick: { kind: 'flag', help: 'small sizes: a look in minutes, not a result' },
  record: {
    kind: 'flag',
    help: 'put the figures into docs/results/bench.md, in place of the former ones',
  },
  json: { kind: 'path', help: 'write every figure to this file' },
  report: { kind: 'path', help: 'write a Markdown piece, NAME.md, into this folder' },
  help: { kind: 'flag', help: 'this text' },
}

/** Something in the arguments that is not understood; the message says what is. */
export class UsageProblem extends Error {}

/** Read options. Asking for a name or kind that is not in the table is a mistake of the bench: RangeError. */
export class BenchOptions {
  readonly #table: OptionTable
  readonly #values: ReadonlyMap<string, number | boolean | string | null>

  /** @throws UsageProblem for an unknown option, an argument that is none, or a value out of bounds. */
  constructor(own: OptionTable, args: readonly string[]) {
    this.#table = { ...own, ...COMMON }
    const given = parse(this.#table, args)
    const isQuick = given['quick'] === true
    this.#values = new Map(
      Object.entries(this.#table).map(([name, spec]) => [
        name,
        read(name, isQuick ? quickened(spec) : spec, given[name]),
      ]),
    )
  }

  /** The value of a number option. */
  number(name: string): number {
    return this.#of(name, 'number') as number
  }

  /** Whether a flag was given. */
  flag(name: string): boolean {
    return this.#of(name, 'flag') as boolean
  }

  /** The value of a choice. */
  choice(name: string): string {
    return this.#of(name, 'choice') as string
  }

  /** The path, or null if it was not given. */
  path(name: string): string | null {
    return this.#of(name, 'path') as string | null
  }

  #of(name: string, kind: OptionSpec['kind']): number | boolean | string | null | undefined {
    if (this.#table[name]?.kind !== kind) throw new RangeError(`there is no ${kind} option ${name}`)
    return this.#values.get(name)
  }
}

/** The text of `--help`. */
export function helpText(bench: {
  readonly name: string
  readonly purpose: string
  readonly options: OptionTable
}): string {
  const rows = Object.entries({ ...bench.options, ...COMMON }).map(([name, spec]) => [
    `  --${name}${argumentOf(spec)}`,
    spec.help + defaultOf(spec),
  ])
  const width = Math.max(...rows.map(([left = '']) => left.length)) + 2
  const lines = rows.map(([left = '', right = '']) => `${left.padEnd(width)}${right}`)
  return [
    `npm run bench -- ${bench.name} [options]`,
    '',
    bench.purpose,
    '',
    ...lines,
    '',
    'What it measures and its limits: docs/benchmarks.md',
    '',
  ].join('\n')
}

const ARGUMENT = { number: ' N', flag: '', choice: '', path: ' PATH' } as const

const argumentOf = (spec: OptionSpec): string =>
  spec.kind === 'choice' ? ` ${spec.of.join('|')}` : ARGUMENT[spec.kind]

const defaultOf = (spec: OptionSpec): string => {
  if (!('value' in spec)) return ''
  return 'quick' in spec ? ` (${spec.value}; quick: ${spec.quick})` : ` (${spec.value})`
}

/** The option as `--quick` has it. */
const quickened = (spec: OptionSpec): OptionSpec =>
  spec.kind === 'number' && spec.quick !== undefined ? { ...spec, value: spec.quick } : spec

function parse(table: OptionTable, args: readonly string[]): Record<string, string | boolean | undefined> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      { type: spec.kind === 'flag' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageProblem(error instanceof Error ? error.message : 'the arguments are not understood')
  }
}

function read(
  name: string,
  spec: OptionSpec,
  given: string | boolean | undefined,
): number | boolean | string | null {
  if (spec.kind === 'flag') return given === true
  if (typeof given !== 'string') return 'value' in spec ? spec.value : null
  if (spec.kind === 'number') return readNumber(name, spec, given)
  if (spec.kind === 'choice' && !spec.of.includes(given))
    throw new UsageProblem(`--${name} is one of ${spec.of.join(', ')}, not “${given}”`)
  if (given === '') throw new UsageProblem(`--${name} needs a value`)
  return given
}

function readNumber(name: string, spec: OptionSpec & { kind: 'number' }, given: string): number {
  const value = Number(given)
  const fits = given.trim() !== '' && value >= spec.min && value <= spec.max
  if (fits && (spec.whole !== true || Number.isInteger(value))) return value
  const kind = spec.whole === true ? 'a whole number' : 'a number'
  throw new UsageProblem(`--${name} is ${kind} from ${spec.min} to ${spec.max}, not “${given}”`)
}
