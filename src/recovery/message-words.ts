// Cuts a server's message into words and hashes runs of them, so that a message can be found again by the fixed words of
// its pattern without keeping those words. Punctuation and quotes are not words: they differ between languages and versions.

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
  /** Hashes of the first n words, low and high part; see {@link runKey}. */
  readonly low: Uint32Array
  readonly high: Uint32Array
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
  const low = new Uint32Array(starts.length + 1)
  const high = new Uint32Array(starts.length + 1)
  for (const [i, start] of starts.entries()) {
    const end = ends[i] ?? start
    low[i + 1] = Math.imul(low[i] ?? 0, BASE_LOW) + wordHash(text, start, end, SALT_LOW)
    high[i + 1] = Math.imul(high[i] ?? 0, BASE_HIGH) + wordHash(text, start, end, SALT_HIGH)
  }
  return { text, count: starts.length, starts, ends, low, high }
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

/** The key of `length` words from word `from` on: 48 bits, as a safe integer. Constant time. */
export function runKey(words: MessageWords, from: number, length: number): number {
  const low =
    ((words.low[from + length] ?? 0) - Math.imul(words.low[from] ?? 0, POWERS_LOW[length] ?? 0)) >>> 0
  const high =
    ((words.high[from + length] ?? 0) - Math.imul(words.high[from] ?? 0, POWERS_HIGH[length] ?? 0)) >>> 16
  return high * 2 ** 32 + low
}
