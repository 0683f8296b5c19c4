/** Reads errmsg.sys, the compiled messages that MySQL and MariaDB ship for each language. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const HEAD_BYTES = 32
/** First numbers of MariaDB's sections; a count for each stands after the head. */
const MARIADB_STARTS = [1000, 2000, 3000, 4000]

/** MariaDB: u32 length at 6, u16 messages at 12, u16 sections at 14; then a u16 count a section, u16 lengths, texts ending in NUL. */
export function readMariadbMessages(path) {
  const bytes = readFileSync(path)
  const sections = bytes.readUInt16LE(14)
  const counts = Array.from({ length: sections }, (_, i) => bytes.readUInt16LE(HEAD_BYTES + 2 * i))
  const numbers = counts.flatMap((count, i) => Array.from({ length: count }, (_, n) => MARIADB_STARTS[i] + n))
  const lengthsAt = HEAD_BYTES + 2 * sections
  let at = lengthsAt + 2 * numbers.length
  return new Map(
    numbers.map((number, i) => {
      const length = bytes.readUInt16LE(lengthsAt + 2 * i)
      const text = bytes.subarray(at, at + length - 1).toString('utf8')
      at += length
      return [number, text]
    }),
  )
}

/** MySQL: u32 length at 6, u32 messages at 10; then u32 offsets, texts ending in NUL. `numbers` are those of the messages in order. */
export function readMysqlMessages(path, numbers) {
  const bytes = readFileSync(path)
  const count = bytes.readUInt32LE(10)
  if (count !== numbers.length)
    throw new Error(`${path} has ${count} messages, the server’s numbers are ${numbers.length}`)
  const textsAt = HEAD_BYTES + 4 * count
  return new Map(
    numbers.map((number, i) => {
      const from = textsAt + bytes.readUInt32LE(HEAD_BYTES + 4 * i)
      return [number, bytes.subarray(from, bytes.indexOf(0, from)).toString('utf8')]
    }),
  )
}

/** Every language of a share folder, English first: `{language, path}`. */
export function languagesOf(share) {
  return readdirSync(share)
    .map((language) => ({ language, path: join(share, language, 'errmsg.sys') }))
    .filter(({ path }) => existsSync(path))
    .sort((a, b) => rank(a) - rank(b) || (a.language < b.language ? -1 : 1))
}
const rank = ({ language }) => (language === 'english' ? 0 : 1)

/** `{code, english, texts}` for every number, texts being the other languages' where they differ. */
export function entriesOf(languages, read) {
  const maps = languages.map(({ path }) => read(path))
  const [english = new Map(), ...others] = maps
  return [...english].map(([number, text]) => ({
    code: String(number),
    english: text,
    texts: others.map((map) => map.get(number) ?? '').filter((other) => other !== '' && other !== text),
  }))
}

/** Names in messages of MySQL and MariaDB that the words before them do not tell, by code, for each number of arguments. */
export const OVERRIDES = {
  // The server sends 1062 with the text of 1586, which has the key’s name in place of its number.
  1062: [['value', 'constraint']],
  1091: [['value', 'object'], ['object']],
  1305: [['value', 'function']],
  1451: [['fk']],
  1452: [['fk']],
  4025: [['constraint', 'table', 'table'], ['constraint']],
}
