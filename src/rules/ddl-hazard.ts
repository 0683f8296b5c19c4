/** A change of a table that is there already, in the migration that runs next, during which its engine lets nobody write. */
import type { CodeSchema } from './code-schema.ts'
import type { CodeRule, Finding } from './rule.ts'
import { isDynamic, type SourceStatement } from './source-statement.ts'
import { isShortByName } from './table-size.ts'

export const ddlHazard: CodeRule = {
  id: 'DDL_HAZARD',
  title: 'A migration keeps a table from being written while it reads or copies it',
  severity: 'high',
  needsSchema: true,
  alsoIn: ['migration'],
  check: (statement, { schema, newestMigrations }) => {
    const hazards = HAZARDS[statement.dialect.name]
    if (hazards === undefined || !statement.dialectKnown || !newestMigrations.has(statement.file)) return []
    const text = withoutNotes(statement.text)
    // A check that is there already, or is made first, spares the scan (PostgreSQL 12 and later).
    return piecesOf(text).flatMap((piece) => judged(piece, { statement, hazards, schema, whole: text }))
  },
}

/** One form that harms. */
interface Hazard {
  readonly form: RegExp
  /** Where one of these stands in the same statement nothing is said. */
  readonly unless?: RegExp
  /** What the statement does meanwhile. */
  readonly harm: string
  readonly why: string
  /** How to do it instead; `T` stands for the table. */
  readonly instead: string
}

/** Names, quoted or not. */
const NAME = '["`\\w$.]+'
const WORDS = (pattern: string): RegExp =>
  new RegExp(pattern.replaceAll('NAME', NAME).replaceAll(' ', '\\s+'), 'i')

/** https://www.postgresql.org/docs/current/sql-altertable.html (notes), sql-createindex.html, explicit-locking.html */
const POSTGRESQL: readonly Hazard[] = [
  {
    form: WORDS('^create (unique )?index (?!concurrently\\b)'),
    harm: 'nobody writes to T while the index is built',
    why: 'CREATE INDEX holds a SHARE lock for as long as it reads the table.',
    instead: 'CREATE INDEX CONCURRENTLY …, in a migration of its own that runs outside of a transaction.',
  },
  {
    form: WORDS(
      '\\balter( column)? NAME (set data )?type (bigint|int8|integer|int|int4|smallint|uuid|jsonb?|date|boolean|bytea|real|double)\\b',
    ),
    harm: 'nobody reads or writes T while every row is written again',
    why: 'A column of another type is a rewrite of the table and its indexes under an ACCESS EXCLUSIVE lock.',
    instead:
      'Add a column of the new type, fill it in batches (a trigger keeps it in step), then change the names in one short transaction.',
  },
  {
    form: WORDS('\\balter( column)? NAME set not null\\b'),
    unless: /\bis\s+not\s+null\b/i,
    harm: 'nobody reads or writes T while all its rows are read',
    why: 'SET NOT NULL looks at every row under an ACCESS EXCLUSIVE lock.',
    instead:
      'ALTER TABLE T ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID; VALIDATE CONSTRAINT in a later transaction; then SET NOT NULL needs no scan (PostgreSQL 12 and later).',
  },
  {
    form: WORDS('\\badd (constraint NAME )?(foreign key|check)\\b'),
    unless: /\bnot\s+valid\b/i,
    harm: 'nobody writes to T while all its rows are checked',
    why: 'A new constraint is checked against every row while the table is locked; FOREIGN KEY locks the other table, too.',
    instead: 'Add it as NOT VALID, and VALIDATE CONSTRAINT in a later transaction: that lets others write.',
  },
  {
    form: WORDS('\\badd (constraint NAME )?(unique|primary key)\\s*\\('),
    harm: 'nobody reads or writes T while its index is built',
    why: 'The index is built under an ACCESS EXCLUSIVE lock.',
    instead:
      'CREATE UNIQUE INDEX CONCURRENTLY i …; then ALTER TABLE T ADD CONSTRAINT … UNIQUE USING INDEX i.',
  },
  {
    form: WORDS(
      '\\badd( column)?( if not exists)? NAME [^,;]*(\\b(big|small)?serial\\b|\\bdefault (gen_random_uuid|uuid_generate_v\\d\\w*|random|clock_timestamp|nextval)\\s*\\(|\\bgenerated always as\\s*\\(|\\bas identity\\b)',
    ),
    harm: 'nobody reads or writes T while every row is written again',
    why: 'A default that differs from row to row is computed for each of them under an ACCESS EXCLUSIVE lock.',
    instead:
      'Add the column without it, ALTER COLUMN … SET DEFAULT for new rows, and fill the old ones in batches.',
  },
]

/** https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html: what permits no concurrent DML. */
const MYSQL: readonly Hazard[] = [
  {
    form: WORDS('\\bconvert to (character set|charset)\\b'),
    harm: 'nobody writes to T while it is copied',
    why: 'Converting the character set copies the table row by row and permits no writes meanwhile.',
    instead: 'Use an online tool (gh-ost, pt-online-schema-change), or do it while nobody works.',
  },
  {
    form: WORDS('\\badd (constraint (NAME )?)?foreign key\\b'),
    harm: 'nobody writes to T while it is copied',
    why: 'With foreign_key_checks on, which is the default, a foreign key is added by copying the table.',
    instead:
      'Look for rows without a parent first, then SET SESSION foreign_key_checks = 0 for this statement: it is then in place and lets others write.',
  },
  {
    form: WORDS('\\badd fulltext\\b|^create fulltext index\\b'),
    harm: 'nobody writes to T while the index is built',
    why: 'A FULLTEXT index is built in place but permits no writes meanwhile; the first one builds the table again.',
    instead: 'Use an online tool (gh-ost, pt-online-schema-change), or do it while nobody works.',
  },
  {
    form: WORDS('\\bdrop primary key\\b(?![^;]*\\badd primary key\\b)'),
    harm: 'nobody writes to T while it is copied',
    why: 'A primary key that is dropped without another in the same statement copies the table and permits no writes meanwhile.',
    instead: 'DROP PRIMARY KEY, ADD PRIMARY KEY (…) in one statement is in place.',
  },
  {
    form: WORDS('\\badd( column)? NAME [^,;]*\\bas\\s*\\([^;]*\\)\\s*stored\\b'),
    harm: 'nobody writes to T while it is copied',
    why: 'A STORED column is computed for every row by copying the table, without writes meanwhile.',
    instead:
      'Make it VIRTUAL: that is only a change of the dictionary, and an index on it can still be built online.',
  },
]

const HAZARDS: Readonly<Record<string, readonly Hazard[]>> = {
  postgresql: POSTGRESQL,
  mysql: MYSQL,
  // Copying lets others write from MariaDB 11.2 on (https://mariadb.com/kb/en/alter-table/#copy-algorithm): which it is is not known.
}

/** The text with comments and strings blanked out, so that places stay what they are. */
const withoutNotes = (text: string): string =>
  text.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (found) => ' '.repeat(found.length))

interface Piece {
  readonly text: string
  readonly start: number
}

/** The statements of a text, each with where it begins. */
function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const part of text.split(';')) {
    const lead = part.length - part.trimStart().length
    pieces.push({ text: part.trimStart(), start: from + lead })
    from += part.length + 1
  }
  return pieces
}

/** `ALTER TABLE ONLY "public"."users"`, `CREATE INDEX i ON users`. */
const TABLE = WORDS(
  `^(?:alter table (?:if exists )?(?:only )?|create [^;]*?\\bindex\\b[^;]*?\\bon (?:only )?)(NAME)`,
)

interface Around {
  readonly statement: SourceStatement
  readonly hazards: readonly Hazard[]
  readonly schema: CodeSchema
  readonly whole: string
}

function judged(piece: Piece, { statement, hazards, schema, whole }: Around): Finding[] {
  const table = (TABLE.exec(piece.text)?.[1] ?? '').replace(/["`]/g, '').split('.').at(-1) ?? ''
  if (!isThere(table, statement, schema) || /\b(algorithm|lock)\s*=/i.test(piece.text)) return []
  return hazards
    .filter((each) => each.form.test(piece.text) && each.unless?.test(whole) !== true)
    .slice(0, 1)
    .map((hazard) => ({
      severity: 'high' as const,
      span: statement.locate(piece.start, piece.start + piece.text.trimEnd().length),
      message: hazard.harm.replace(/\bT\b/, table),
      why: hazard.why,
      instead: hazard.instead.replace(/\bT\b/, table),
    }))
}

/** Whether a table was made before this migration, so that it may hold rows, and is not short by its name. */
function isThere(name: string, { file }: SourceStatement, { tables }: CodeSchema): boolean {
  const known = tables.get(name.toLowerCase())
  if (name === '' || isDynamic(name) || known === undefined || known.isView) return false
  return known.declaredAt.file !== file && !isShortByName(name)
}
