/**
 * Which names may be rendered at all, and how a new index name is composed. A name that passes here is still
 * only a candidate: the catalog decides whether it exists, and the catalog's own string is what is rendered.
 */
import type { Sha256 } from '../core/canonical.ts'

/** Dialects that name objects differently. `mysql` covers MariaDB. */
export type IdentifierDialect = 'mysql' | 'postgres' | 'sqlite'

/** Longest name: MySQL and MariaDB count characters, PostgreSQL bytes (it truncates silently: NAMEDATALEN - 1). */
const LIMITS = {
  mysql: { most: 64, unit: 'characters' },
  postgres: { most: 63, unit: 'bytes' },
  sqlite: { most: 255, unit: 'characters' },
} as const satisfies Record<IdentifierDialect, { most: number; unit: 'characters' | 'bytes' }>

/** C0 and C1 controls, NUL and DEL included. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the purpose
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/
/**
 * Characters that show nothing or change the order of what is shown: Unicode's default-ignorable ones (bidi
 * controls, zero-width characters, soft hyphen, variation selectors, BOM, tags), separators of lines and
 * paragraphs, interlinear annotations (Unicode TR 36, section 2.10).
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\ufff9-\ufffb]/u

/**
 * Why a value cannot be an object's name in this dialect, in words that follow "it"; null if it can.
 * MySQL and MariaDB also refuse characters beyond U+FFFF and a trailing space
 * (https://dev.mysql.com/doc/refman/8.4/en/identifiers.html; error 1280 or 1103).
 */
export function identifierProblem(name: unknown, dialect: IdentifierDialect): string | null {
  if (typeof name !== 'string') return 'is not a text'
  if (name === '') return 'is empty'
  if (!name.isWellFormed()) return 'contains half of a surrogate pair'
  if (CONTROLS.test(name)) return 'contains a control character'
  if (INVISIBLE.test(name)) return 'contains an invisible or direction-changing character'
  if (/\s$/u.test(name)) return 'ends in a space'
  if (dialect === 'mysql' && /[\u{10000}-\u{10ffff}]/u.test(name)) return 'contains a character beyond U+FFFF'
  return lengthProblem(name, dialect)
}

function lengthProblem(name: string, dialect: IdentifierDialect): string | null {
  const { most, unit } = LIMITS[dialect]
  const length = unit === 'bytes' ? new TextEncoder().encode(name).length : [...name].length
  return length > most ? `has ${length} ${unit}, the limit is ${most}` : null
}

/** What a composed index name is made from. Everything here enters the digest, so two indexes never share a name. */
export interface IndexNameParts {
  readonly schema: string
  readonly table: string
  readonly columns: readonly {
    readonly column: string
    readonly prefix: number | null
    readonly direction: 'ASC' | 'DESC'
  }[]
  /** Anything else that makes it another index, e.g. `hidden`. */
  readonly options: readonly string[]
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * `dbm_<table>_<columns>_<digest>`: at most 58 bytes of `[a-z0-9_]`, so it needs no thought about quoting,
 * case or truncation in any dialect. The digest is the first 40 bits of SHA-256 in base32 (RFC 4648), over the
 * JSON of all parts.
 */
export function composeIndexName(parts: IndexNameParts, sha256: Sha256): string {
  const columns = parts.columns.map((item) => [item.column, item.prefix, item.direction])
  const digest = sha256(JSON.stringify([parts.schema, parts.table, columns, parts.options]))
  const slugs = [slug(parts.table, 20), slug(parts.columns.map((item) => item.column).join('_'), 24)]
  return ['dbm', ...slugs.filter((text) => text !== ''), base32(digest.slice(0, 10))].join('_')
}

function slug(text: string, most: number): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  return plain.replace(/^_+/, '').slice(0, most).replace(/_+$/, '')
}

function base32(hex: string): string {
  let bits = BigInt(`0x${hex}`)
  let text = ''
  for (let index = 0; index < 8; index += 1) {
    text = BASE32.charAt(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return text
}
