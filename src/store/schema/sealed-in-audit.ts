/**
 * What is personal enters the audit chain sealed: as SHA-256 of the person's key and the value. While the key is there
 * the value on record can be shown to be the one of the link; once it is destroyed nobody can tell what it was, and the
 * link keeps its hash.
 */
import type { Dialect } from './dialect.ts'

/** Columns of a table that are sealed, and whose they are. */
interface Sealed {
  readonly columns: readonly string[]
  /** The column that names the person, or a login of theirs. */
  readonly of: 'person_id' | 'user_id'
}

/** By table. */
const SEALED_IN_AUDIT: Readonly<Record<string, Sealed>> = {
  persons: { columns: ['display_name'], of: 'person_id' },
  sessions: { columns: ['address'], of: 'user_id' },
  api_tokens: { columns: ['token_name'], of: 'user_id' },
  passkeys: { columns: ['passkey_name'], of: 'user_id' },
  passkey_names: { columns: ['passkey_name'], of: 'user_id' },
  passkey_refusals: { columns: ['address'], of: 'user_id' },
}

const KEY_OF: Readonly<Record<Sealed['of'], string>> = {
  person_id: 'SELECT k.sealing_key FROM person_keys k WHERE k.person_id = NEW.person_id',
  user_id:
    'SELECT k.sealing_key FROM person_keys k JOIN users u ON u.person_id = k.person_id WHERE u.user_id = NEW.user_id',
}

/** The sealed value of a column of the new row; null: it enters as it is. Without a key it is NULL. */
export function sealedInAudit(table: string, column: string, d: Dialect): string | null {
  const sealed = SEALED_IN_AUDIT[table]
  if (sealed === undefined || !sealed.columns.includes(column)) return null
  const key = d.hex(`(${KEY_OF[sealed.of]})`)
  // SQLite's hex gives '' for NULL, and what is sealed under '' is open to guessing.
  return d.sha256(
    d.name === 'sqlite' ? `NULLIF(${key}, '') || ':' || NEW.${column}` : `CONCAT(${key}, ':', NEW.${column})`,
  )
}
