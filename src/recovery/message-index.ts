// Finds the pattern a message was made from, whatever its language and whatever stands in its gaps.

import type { FixedRun, MessageTemplate } from './message-template.ts'
import { type MessageWords, messageWords, runKey } from './message-words.ts'

/** A message and the pattern it was made from. */
export interface MessageMatch {
  readonly template: MessageTemplate
  readonly words: MessageWords
  /** Word at which each run begins, as early as possible and as late as possible; equal where there is no doubt. */
  readonly earliest: readonly number[]
  readonly latest: readonly number[]
}

/** Patterns by number, read one at a time: catalogues have tens of thousands, and a message needs a few. */
export interface TemplateSource {
  readonly size: number
  /** What the index needs to know of pattern `i`, without making the whole of it. */
  outline(i: number): TemplateOutline
  template(i: number): MessageTemplate
}

/** Where the message of a pattern is looked for: at its beginning, at its end, or anywhere. */
export interface TemplateOutline {
  readonly code: string
  readonly telling: boolean
  readonly place: 'start' | 'end' | 'anywhere'
  /** The run looked for: the first, the last, or the longest. */
  readonly run: FixedRun
}

/** The outline of a pattern. */
export function outlineOf({ code, telling, gaps, runs }: MessageTemplate): TemplateOutline {
  const [first] = runs
  const last = runs.at(-1)
  if (first === undefined || last === undefined) throw new Error(`a pattern of ${code} has no fixed words`)
  if (gaps[0] === null) return { code, telling, place: 'start', run: first }
  if (gaps.at(-1) === null) return { code, telling, place: 'end', run: last }
  return { code, telling, place: 'anywhere', run: runs.reduce((a, b) => (b.length > a.length ? b : a)) }
}

/** The numbers of patterns by length and key of a run. */
type RunMap = Map<number, Map<number, number | number[]>>

/** The patterns of one engine's messages, in all languages. Immutable once made. */
export class MessageIndex {
  private readonly source: TemplateSource
  private readonly places: Readonly<Record<TemplateOutline['place'], RunMap>> = {
    start: new Map(),
    end: new Map(),
    anywhere: new Map(),
  }
  /** Patterns too short to be found without their code. */
  private readonly short = new Map<string, number[]>()

  /** Earlier patterns win where a message fits several equally well. */
  constructor(source: TemplateSource) {
    this.source = source
    for (let i = 0; i < source.size; i++) {
      const { code, telling, place, run } = source.outline(i)
      if (telling) add(this.places[place], run, i)
      else this.short.set(code, [...(this.short.get(code) ?? []), i])
    }
  }

  /** Number of patterns. */
  get size(): number {
    return this.source.size
  }

  /**
   * The pattern of `text`: among those of `code` if given, else, or if none of them fits, among all. The one whose fixed
   * words at the message's own ends are most wins, because those cannot come from a value. Null if none fits.
   */
  find(text: string, code: string | null): MessageMatch | null {
    const words = messageWords(text)
    const all = this.candidates(words)
    if (code === null) return best(all, words)
    const short = (this.short.get(code) ?? []).map((i) => this.source.template(i))
    return best([...all.filter((t) => t.code === code), ...short], words) ?? best(all, words)
  }

  private candidates(words: MessageWords): MessageTemplate[] {
    const found = new Set<number>()
    const look = (ofLength: Map<number, number | number[]>, from: number, length: number): void => {
      const at = ofLength.get(runKey(words, from, length))
      if (typeof at === 'number') found.add(at)
      else for (const i of at ?? []) found.add(i)
    }
    for (const [length, keys] of this.places.start) if (length <= words.count) look(keys, 0, length)
    for (const [length, keys] of this.places.end)
      if (length <= words.count) look(keys, words.count - length, length)
    for (const [length, keys] of this.places.anywhere)
      for (let from = 0; from + length <= words.count; from++) look(keys, from, length)
    return [...found].sort((a, b) => a - b).map((i) => this.source.template(i))
  }
}

function add(map: RunMap, run: FixedRun, i: number): void {
  const ofLength = map.get(run.length) ?? new Map<number, number | number[]>()
  map.set(run.length, ofLength)
  const there = ofLength.get(run.key)
  if (there === undefined) ofLength.set(run.key, i)
  else if (typeof there === 'number') ofLength.set(run.key, [there, i])
  else there.push(i)
}

/** Patterns that are made already. */
export const templateList = (templates: readonly MessageTemplate[]): TemplateSource => ({
  size: templates.length,
  outline: (i) => outlineOf(at(templates, i)),
  template: (i) => at(templates, i),
})

function at(templates: readonly MessageTemplate[], i: number): MessageTemplate {
  const template = templates[i]
  if (template === undefined) throw new Error(`there is no pattern ${i}`)
  return template
}

function best(templates: Iterable<MessageTemplate>, words: MessageWords): MessageMatch | null {
  let winner: MessageMatch | null = null
  let most = -1
  for (const template of templates) {
    const weight = weightOf(template)
    if (weight <= most) continue
    const match = fit(template, words)
    if (match === null) continue
    winner = match
    most = weight
  }
  return winner
}

/** Words at the message's ends count four times: a value cannot put others there. */
function weightOf({ runs, gaps }: MessageTemplate): number {
  const last = runs.length - 1
  return runs.reduce((sum, run, i) => {
    const isAtEnd = (i === 0 && gaps[0] === null) || (i === last && gaps[last + 1] === null)
    return sum + run.length * (isAtEnd ? 4 : 1)
  }, 0)
}

function fit(template: MessageTemplate, words: MessageWords): MessageMatch | null {
  const earliest = chain(template, words)
  if (earliest === null) return null
  return { template, words, earliest, latest: lateChain(template, words, earliest) }
}

/** Where the runs begin, each as early as possible; null if they do not fit. */
function chain({ runs, gaps }: MessageTemplate, words: MessageWords): number[] | null {
  const places: number[] = []
  let from = 0
  for (const [i, run] of runs.entries()) {
    const mustEnd = i === runs.length - 1 && gaps[i + 1] === null
    const fixedAt = gaps[i] === null ? from : mustEnd ? words.count - run.length : null
    const found = fixedAt === null ? search(words, run, from) : isAt(words, run, fixedAt) ? fixedAt : -1
    if (found < from || (mustEnd && found + run.length !== words.count)) return null
    places.push(found)
    from = found + run.length
  }
  return places
}

const isAt = (words: MessageWords, run: FixedRun, from: number): boolean =>
  from >= 0 && from + run.length <= words.count && runKey(words, from, run.length) === run.key

function search(words: MessageWords, run: FixedRun, from: number): number {
  for (let at = from; at + run.length <= words.count; at++) {
    if (runKey(words, at, run.length) === run.key) return at
  }
  return -1
}

/** Where the runs begin, each as late as possible. A run without a gap before it stays where it is. */
function lateChain({ runs, gaps }: MessageTemplate, words: MessageWords, earliest: number[]): number[] {
  const places = [...earliest]
  let to = words.count
  for (let i = runs.length - 1; i >= 0; i--) {
    const run = runs[i]
    const first = earliest[i] ?? 0
    if (run === undefined) break
    for (let from = gaps[i] === null ? first : to - run.length; from > first; from--) {
      if (runKey(words, from, run.length) !== run.key) continue
      places[i] = from
      break
    }
    to = places[i] ?? first
  }
  return places
}
