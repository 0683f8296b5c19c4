// Cuts a server's message into words and hashes runs of them, so that a message can be found again by the fixed words of
// its pattern without keeping those words. What stands between two fixed words counts too: a value put there is not taken for it.

/** Scripts written without spaces: each character is a word. */
const IDEOGRAPHS =
  '\\u2e80-\\u303f\\u3040-\\u30ff\\u31f0-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff\\uff66-\\uff9f'
const WORD = new RegExp(
  `[[${IDEOGRAPHS}]&&[\\p{L}\\p{N}\\p{M}]]|[[\\p{L}\\p{M}\\p{N}_$]--[${IDEOGRAPHS}]]+`,
  'gv',
)

/** Most words of a message that are looked at. Messages are cut at 4 KiB before; their fixed words are fewer than 100. */
export const WORDS_MAX = 400

/** Bases of the two rolling hashes; odd, so that no word is lost. */
const BASE_LOW = 0x01000193
const BASE_HIGH = 0x2c1b3c6d
/** Part of every hash, so that those of this catalogue cannot be looked up in lists made for others. */
const SALT_LOW = 0x6d1cdb3d
const SALT_HIGH = 0x35ec0de1

const powers = (base: number): Uint32Array => {
  const list = new Uint32Array(WORDS_MAX + 1)
  list[0] = 1
  for (let i = 1; i <= WORDS_MAX; i++) list[i] = Math.imul(list[i - 1] ?? 0, base)
  return list
}
const POWERS_LOW = powers(BASE_LOW)
const POWERS_HIGH = powers(BASE_HIGH)

/** A message cut into words. */
export interface MessageWords {
  readonly text: string
  /** Number of words, at most {@link WORDS_MAX}. */
  readonly count: number
  /** UTF-16 index where each word begins, and after its end. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  /** Hash of each word alone, low and high part. */
  readonly low: Uint32Array
  readonly high: Uint32Array
  /** Hashes of the first n words with what stands before each, low and high part; see {@link runKey}. */
  readonly sumLow: Uint32Array
  readonly sumHigh: Uint32Array
}

/** Cuts `text`. Linear; never throws. */
export function messageWords(text: string): MessageWords {
  const starts: number[] = []
  const ends: number[] = []
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (starts.length === WORDS_MAX) break
    starts.push(index)
    ends.push(index + word.length)
  }
  const count = starts.length
  const words: MessageWords = {
    ...{ text, count, starts, ends },
    low: new Uint32Array(count),
    high: new Uint32Array(count),
    sumLow: new Uint32Array(count + 1),
    sumHigh: new Uint32Array(count + 1),
  }
  for (let i = 0; i < count; i++) addHashes(words, i)
  return words
}

function addHashes({ text, starts, ends, low, high, sumLow, sumHigh }: MessageWords, i: number): void {
  const start = starts[i] ?? 0
  const end = ends[i] ?? 0
  const between = text.slice(ends[i - 1] ?? 0, start).replaceAll(/\s+/g, ' ')
  low[i] = wordHash(text, start, end, SALT_LOW)
  high[i] = wordHash(text, start, end, SALT_HIGH)
  const gapLow = wordHash(between, 0, between.length, low[i] ?? 0)
  const gapHigh = wordHash(between, 0, between.length, high[i] ?? 0)
  sumLow[i + 1] = Math.imul(sumLow[i] ?? 0, BASE_LOW) + gapLow
  sumHigh[i + 1] = Math.imul(sumHigh[i] ?? 0, BASE_HIGH) + gapHigh
}

/** FNV-1a over UTF-16 units with the finaliser of MurmurHash3 (both public domain), 32 bits. */
// oxlint-disable-next-line max-params -- a hot loop; an object for each word would double its cost
function wordHash(text: string, start: number, end: number, salt: number): number {
  let hash = salt
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** The key of `length` words, at least one, from word `from` on: 48 bits, as a safe integer. Constant time. */
export function runKey(words: MessageWords, from: number, length: number): number {
  const { low, high, sumLow, sumHigh } = words
  const powerLow = POWERS_LOW[length - 1] ?? 0
  const powerHigh = POWERS_HIGH[length - 1] ?? 0
  const to = from + length
  const lowPart = (sumLow[to] ?? 0) + Math.imul((low[from] ?? 0) - (sumLow[from + 1] ?? 0), powerLow)
  const highPart = (sumHigh[to] ?? 0) + Math.imul((high[from] ?? 0) - (sumHigh[from + 1] ?? 0), powerHigh)
  return (highPart >>> 16) * 2 ** 32 + (lowPart >>> 0)
}
