/** The shape of one attack, and how its refusal is recognised. */
import type { AccountRole } from '../../../src/store/schema/access.ts'
import type { Scene } from '../support/scene.ts'
import type { StoreName } from '../support/stores.ts'

/**
 * How an attack must be refused: a rule's number; `grant` (the account may not); `key` (foreign, unique or
 * primary key); `check`; `value` (no default, wrong type, unknown or computed column); `syntax`; `absent` (a
 * function or table that is not there). `allowed`: not an attack but a control that must pass. `weakness:id`:
 * the attack succeeds, and docs/store-weaknesses.md says so under that id.
 */
export type Refusal = string

/** Refusals by store; `family` stands for MariaDB and MySQL. A list means any of these. */
export type Refusals =
  | Refusal
  | readonly Refusal[]
  | Partial<Readonly<Record<StoreName | 'family', Refusal | readonly Refusal[]>>>

/** One attack. Without an entry for a store it does not apply there. */
export interface Attack {
  readonly name: string
  readonly role: AccountRole | 'owner' | 'bare'
  readonly refused: Refusals
  /** Prepares rows as the owner and gives the statements to run; all but the last must pass. */
  readonly statements: (scene: Scene) => Promise<readonly string[]> | readonly string[]
}

type Build = (scene: Scene) => Promise<string | readonly string[]> | string | readonly string[]

/** An attack. */
export function attack(name: string, role: Attack['role'], refused: Refusals, build: Build): Attack {
  return {
    name,
    role,
    refused,
    statements: async (scene) => {
      const built = await build(scene)
      return typeof built === 'string' ? [built] : built
    },
  }
}

/** What a store must do with an attack; null if it does not apply there. */
export function expected(each: Attack, store: StoreName): readonly Refusal[] | null {
  const { refused } = each
  if (typeof refused === 'string') return [refused]
  if (Array.isArray(refused)) return refused as readonly Refusal[]
  const table = refused as Partial<Record<StoreName | 'family', Refusal | readonly Refusal[]>>
  const found = table[store] ?? (store === 'sqlite' ? undefined : table.family)
  if (found === undefined) return null
  return typeof found === 'string' ? [found] : found
}

const BY_NUMBER: Readonly<Record<string, readonly number[]>> = {
  grant: [1044, 1045, 1142, 1143, 1148, 1227, 1290, 1356, 1370, 1410, 1419, 3948, 4166, 1698, 1193, 1238],
  key: [1062, 1216, 1217, 1451, 1452, 1701, 1833, 1834],
  check: [3819, 4025],
  value: [1048, 1054, 1136, 1264, 1265, 1292, 1364, 1366, 1406, 1906, 3105, 1367, 1690],
  syntax: [1064, 1235, 1295],
  absent: [1146, 1305, 1304, 1359, 1360],
  time: [1205],
}

const BY_CODE: Readonly<Record<string, RegExp>> = {
  key: /^SQLITE_CONSTRAINT_(FOREIGNKEY|UNIQUE|PRIMARYKEY|ROWID)$/,
  check: /^SQLITE_CONSTRAINT_CHECK$/,
  value: /^SQLITE_CONSTRAINT_(NOTNULL|DATATYPE)$/,
}

const BY_TEXT: Readonly<Record<string, RegExp>> = {
  // SQLite refuses a RESTRICT as if a trigger did (SQLITE_CONSTRAINT_TRIGGER).
  key: /FOREIGN KEY constraint failed/,
  absent: /no such (function|table|column)|unknown function/,
  value: /has no column|cannot UPDATE generated|cannot INSERT into generated/,
  syntax: /syntax error|not authorized|may not be (modified|altered|dropped|indexed)|safety level/,
  busy: /database is locked/,
}

/** How a database error refused: the rule's number, else the kind. */
export function refusalOf(error: unknown): Refusal {
  const { message = '', errno, code } = error as { message?: string; errno?: number; code?: string }
  const rule = /GOV-\d{3}/.exec(message)?.[0]
  if (rule !== undefined) return rule
  for (const [kind, numbers] of Object.entries(BY_NUMBER))
    if (errno !== undefined && numbers.includes(errno)) return kind
  for (const [kind, codes] of Object.entries(BY_CODE)) if (code !== undefined && codes.test(code)) return kind
  for (const [kind, texts] of Object.entries(BY_TEXT)) if (texts.test(message)) return kind
  return `other: ${errno ?? code ?? ''} ${message}`
}
