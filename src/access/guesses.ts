/**
 * How many guesses a password takes from somebody who knows how people choose theirs. It is cut into the pieces that are
 * guessed soonest (Wheeler 2016, “zxcvbn: Low-Budget Password Strength Estimation”, USENIX Security 25); the figures are our own
 * and coarse, since what matters is only whether a password is among the first ten million.
 */
import { COMMON_WORDS, KEY_WAYS, LONGEST_WORD, PRODUCT_WORDS } from './common-words.ts'

/** What a piece is, in words for whoever chose it. */
export type PieceKind =
  | 'names of yours'
  | 'common words'
  | 'ways over the keyboard'
  | 'characters in order'
  | 'repetitions'
  | 'a year or date'
  | 'other characters'

/** The soonest way to a password. */
export interface Guesses {
  /** Logarithm to the base 10. */
  readonly log10: number
  /** Kinds of its pieces, each once. */
  readonly kinds: readonly PieceKind[]
}

/** Characters that are looked at: each piece more makes it only harder. */
const LOOKED_MOST = 64

/** Guesses for each kind, log10. */
const COST = {
  /** Names of a person: user name, first and last name. */
  name: 0.5,
  /** Words of this program and of passwords: whoever attacks it begins with them. */
  productWord: 1.6,
  word: 2.8,
  /** Written with a capital, or with digits and marks for letters. */
  changed: 0.3,
  shortWay: 1.3,
  way: 2,
  order: 1.3,
  repeatOf: 0.4,
  year: 2,
  date: 4,
  digit: 1,
  letter: 1.42,
  other: 1.2,
  /** The mark most people put at the end or between two words. */
  usualMark: 0.5,
  /** How the pieces stand together. */
  join: 0.2,
} as const
const [SHORTEST_WORD, SHORTEST_WAY, SHORTEST_ORDER, SHORTEST_REPEAT] = [3, 3, 3, 3]
/** Longest block that is looked for again beside itself. */
const LONGEST_BLOCK = 16

/** Digits and marks that stand for letters; 1 and ! stand for i or l. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '€': 'e',
}

const unfolded = (text: string, one: string): string =>
  [...text].map((each) => (each === '1' || each === '!' ? one : (STANDS_FOR[each] ?? each))).join('')

/** A piece that begins at a place. */
interface Piece {
  readonly length: number
  readonly log10: number
  readonly kind: PieceKind
}

/** The text in the forms that are looked through; all are as long as the text. */
interface Forms {
  readonly lower: string
  /** Marks as letters, both ways. */
  readonly plain: readonly string[]
  readonly asTyped: string
  readonly names: ReadonlySet<string>
}

/** @param names what the person is called; parts of three characters or more count */
export function guessesOf(password: string, names: readonly string[]): Guesses {
  const asTyped = [...password.normalize('NFC')].slice(0, LOOKED_MOST).join('')
  const lowered = asTyped.toLowerCase()
  // Some letters become longer in lower case (İ): then what was typed is looked at as it is.
  const lower = lowered.length === asTyped.length ? lowered : asTyped
  const forms: Forms = {
    asTyped,
    lower,
    plain: [unfolded(lower, 'i'), unfolded(lower, 'l')],
    names: new Set(names.flatMap(partsOf)),
  }
  return cheapest(forms, 0, lower.length)
}

const partsOf = (name: string): string[] => {
  const lower = name.normalize('NFC').toLowerCase()
  const parts = lower.split(/[^\p{L}\p{N}]+/u)
  return [lower, parts.join(''), ...parts].filter((part) => part.length >= SHORTEST_WORD)
}

interface Reached {
  readonly log10: number
  readonly kinds: readonly PieceKind[]
}

/** The soonest way from one place of the text to another. */
function cheapest(forms: Forms, from: number, to: number): Guesses {
  const reached: (Reached | undefined)[] = [{ log10: 0, kinds: [] }]
  for (let at = from; at < to; at += 1) {
    const here = reached[at - from]
    if (here === undefined) continue
    for (const { length, log10, kind } of piecesAt(forms, at, to)) {
      const cost =
        here.log10 + log10 + (here.kinds.length === 0 || kind === here.kinds.at(-1) ? 0 : COST.join)
      const place = at + length - from
      if (cost < (reached[place]?.log10 ?? Number.POSITIVE_INFINITY))
        reached[place] = {
          log10: cost,
          kinds: here.kinds.at(-1) === kind ? here.kinds : [...here.kinds, kind],
        }
    }
  }
  const { log10, kinds } = reached[to - from] ?? { log10: 0, kinds: [] }
  return { log10, kinds: [...new Set(kinds)] }
}

function piecesAt(forms: Forms, at: number, to: number): readonly Piece[] {
  const pieces = [single(forms.lower, at), ...wordsAt(forms, at, to), ...yearsAt(forms.lower, at, to)]
  const way = wayAt(forms.lower, at, to)
  if (way >= SHORTEST_WAY)
    pieces.push({
      length: way,
      log10: way === SHORTEST_WAY ? COST.shortWay : COST.way,
      kind: 'ways over the keyboard',
    })
  const order = orderAt(forms.lower, at, to)
  if (order >= SHORTEST_ORDER)
    pieces.push({ length: order, log10: COST.order + Math.log10(order), kind: 'characters in order' })
  return [...pieces, ...repeatsAt(forms, at, to)]
}

function single(lower: string, at: number): Piece {
  const character = lower[at] ?? ''
  const cost = /\p{N}/u.test(character)
    ? COST.digit
    : /\p{L}/u.test(character)
      ? COST.letter
      : /[!.?\-_@#\s]/.test(character)
        ? COST.usualMark
        : COST.other
  return { length: 1, log10: cost, kind: 'other characters' }
}

function wordsAt({ lower, plain, asTyped, names }: Forms, at: number, to: number): Piece[] {
  const pieces: Piece[] = []
  const longest = Math.min(to - at, Math.max(LONGEST_WORD, ...[...names].map((name) => name.length)))
  for (let length = SHORTEST_WORD; length <= longest; length += 1) {
    const written = lower.slice(at, at + length)
    const read = [written, ...plain.map((form) => form.slice(at, at + length))]
    const known = KNOWN_BY.flatMap(({ among, ...by }) => {
      const found = read.find((each) => among(names).has(each))
      return found === undefined ? [] : [{ ...by, found }]
    })[0]
    if (known === undefined) continue
    const changes = Number(known.found !== written) + Number(asTyped.slice(at, at + length) !== written)
    pieces.push({ length, log10: known.log10 + changes * COST.changed, kind: known.kind })
  }
  return pieces
}

type Words = ReadonlySet<string>

/** Where words are looked up, the soonest guessed first. */
const KNOWN_BY: readonly (Omit<Piece, 'length'> & { readonly among: (names: Words) => Words })[] = [
  { among: (names) => names, log10: COST.name, kind: 'names of yours' },
  { among: () => PRODUCT_WORDS, log10: COST.productWord, kind: 'common words' },
  { among: () => COMMON_WORDS, log10: COST.word, kind: 'common words' },
]

const YEAR = /^(19|20)\d\d/
/** Day, month and year in any usual order, with or without marks between. */
const DATES = [
  /^(0?[1-9]|[12]\d|3[01])([./-]?)(0?[1-9]|1[0-2])\2((19|20)?\d\d)/,
  /^(0?[1-9]|1[0-2])([./-]?)(0?[1-9]|[12]\d|3[01])\2((19|20)?\d\d)/,
  /^(19|20)\d\d([./-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])/,
]
const LONGEST_DATE = 10

function yearsAt(lower: string, at: number, to: number): Piece[] {
  const rest = lower.slice(at, Math.min(to, at + LONGEST_DATE))
  const kind = 'a year or date'
  const dates = DATES.flatMap((form): Piece[] => {
    const length = form.exec(rest)?.[0].length
    return length === undefined ? [] : [{ length, log10: COST.date, kind }]
  })
  return YEAR.test(rest) ? [...dates, { length: 4, log10: COST.year, kind }] : dates
}

const WAYS: readonly string[] = KEY_WAYS.flatMap((way) => [way, [...way].reverse().join('')])

/** How many characters from here on are a way over the keyboard. */
function wayAt(lower: string, at: number, to: number): number {
  let longest = 0
  for (const way of WAYS) {
    while (at + longest < to && way.includes(lower.slice(at, at + longest + 1))) longest += 1
  }
  return longest
}

/** How many characters from here on are each the neighbour of the one before, all in one direction: `abcd`, `9876`. */
function orderAt(lower: string, at: number, to: number): number {
  const step = lower.charCodeAt(at + 1) - lower.charCodeAt(at)
  if (Math.abs(step) !== 1) return 1
  let end = at + 1
  while (end + 1 < to && lower.charCodeAt(end + 1) - lower.charCodeAt(end) === step) end += 1
  return end + 1 - at
}

/** A block that stands here again and again costs what it costs once. */
function repeatsAt(forms: Forms, at: number, to: number): Piece[] {
  const found: { readonly size: number; readonly count: number }[] = []
  for (let size = 1; size <= Math.min(LONGEST_BLOCK, (to - at) / 2); size += 1) {
    // A block that itself repeats a smaller one would be looked at once more for every size.
    if (found.some((each) => size % each.size === 0 && each.size * each.count >= size)) continue
    const count = countOf(forms.lower.slice(at, to), size)
    if (count >= 2 && count * size >= SHORTEST_REPEAT) found.push({ size, count })
  }
  return found.map(({ size, count }) => ({
    length: count * size,
    log10: cheapest(forms, at, at + size).log10 + COST.repeatOf + Math.log10(count),
    kind: 'repetitions',
  }))
}

/** How often the first block of this size stands at the beginning. */
function countOf(text: string, size: number): number {
  let count = 1
  while (text.startsWith(text.slice(0, size), count * size)) count += 1
  return count
}
