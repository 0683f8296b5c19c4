/** Replays the repository's own DDL, folder by folder and in order of the files' names, into the schema its code expects. */
import { basename, dirname } from 'node:path/posix'
import { type CodeSchema, type DeclaredAt, isDynamic, type SourceStatement } from '../rules/index.ts'
import { parseSql, type SqlDialect } from '../sql/index.ts'
import { applyDdl } from './ddl.ts'
import { mergeSchemas, SchemaBuilder } from './schema-builder.ts'
import { isRoutine, splitSql } from './split-sql.ts'

/** A statement that may declare something. */
export interface Declaration {
  readonly text: string
  readonly at: DeclaredAt
  readonly dialect: SqlDialect
}

/** A table named by a builder's call whose columns are not read, or something of which not even the name is known. */
export interface Unread {
  readonly at: DeclaredAt
  readonly what: 'create' | 'drop' | 'rename' | 'alter' | 'unknown'
  readonly name: string
  readonly to: string
}

const DDL = /^\s*(?:create|alter|drop|rename)\b/i
const UNDONE = /(^|[._/-])(down|undo|rollback|revert)(\.[cm]?[jt]s|\.sql|\/)/i

/** Whether a file takes a migration back. */
export const isUndoing = (file: string): boolean => UNDONE.test(file)

/** Whether a text may change tables. */
export const isDdl = (text: string): boolean => DDL.test(text) && !isRoutine(text)

/** The schema the declarations make; `unread` are those of builders. */
export function replay(
  declarations: readonly Declaration[],
  unread: readonly Unread[],
  notUnderstood: readonly string[],
): CodeSchema {
  const notes = [...notUnderstood]
  const groups = new Map<string, { at: DeclaredAt; apply: (builder: SchemaBuilder) => void }[]>()
  const add = (at: DeclaredAt, apply: (builder: SchemaBuilder) => void): void => {
    const key = groupOf(at.file)
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push({ at, apply })
  }
  for (const each of declarations) add(each.at, (builder) => applyText(each, builder, notes))
  for (const each of unread) add(each.at, (builder) => applyUnread(each, builder, notes))
  const builders = [...groups.values()].map((steps) => {
    const builder = new SchemaBuilder()
    for (const { apply } of steps.sort((a, b) => inOrder(a.at, b.at))) apply(builder)
    return builder
  })
  return mergeSchemas(builders, notes)
}

/** Prisma and others keep each migration in a folder of its own: their order is that of the folders. */
function groupOf(file: string): string {
  const folder = dirname(file)
  return /^(migration|up)\.sql$/i.test(basename(file)) || /^\d{4,}/.test(basename(folder))
    ? dirname(folder)
    : folder
}

const inOrder = (a: DeclaredAt, b: DeclaredAt): number =>
  a.file === b.file ? a.line - b.line : a.file.localeCompare(b.file, 'en', { numeric: true })

/** Of each folder of migrations the files of the one that runs last; of files that undo there are none. */
export function newestMigrations(files: readonly string[]): ReadonlySet<string> {
  const names = files.filter((file) => !isUndoing(file))
  return new Set(
    [...Map.groupBy(names, groupOf).values()].flatMap(
      (group) => group.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? [],
    ),
  )
}

/** Declarations that were parsed before: a scan that follows another replays mostly the same ones. */
const PARSED = new WeakMap<Declaration, ReturnType<typeof parseSql>>()

function applyText(each: Declaration, builder: SchemaBuilder, notes: string[]): void {
  const parsed = PARSED.get(each) ?? parseSql(each.text, each.dialect)
  PARSED.set(each, parsed)
  // A value of the code in a declaration may be a type, a name or a whole clause.
  if ('statements' in parsed && !isDynamic(each.text)) {
    for (const statement of parsed.statements) applyDdl(statement, builder, each)
  } else applyUnreadText(each, builder, notes)
  noteGrown(each.text, builder)
}

/** Rows from which on a table counts as big: reading all of them takes tens of milliseconds at least. Ours. */
const BIG_ROWS = 100_000

/** `CREATE TABLE` with the counter of a dump, or with partitions, which nobody makes for a small table. */
function noteGrown(text: string, builder: SchemaBuilder): void {
  const name = /^\s*create\s+table\s+(?:if\s+not\s+exists\s+)?([\w.$"`]+)/i.exec(text)?.[1] ?? ''
  const table = name.replace(/["`]/g, '').replace(/^.*\./, '')
  const options = text.slice(text.lastIndexOf(name) + name.length)
  const counter = Number(/\bauto_increment\s*=\s*(\d+)/i.exec(options)?.[1] ?? 0)
  if (table === '' || isDynamic(table)) return
  if (counter >= BIG_ROWS)
    builder.setGrown(table, `its AUTO_INCREMENT stood at ${counter.toLocaleString('en')} when it was dumped`)
  else if (/\)\s*(?:[\w=\s]*\s)?partition\s+by\s+(?:range|list|(?:linear\s+)?(?:hash|key))\b/i.test(options))
    builder.setGrown(table, 'it is partitioned')
}

/** What the grammar does not know still says which table it is about; then nothing is said of that table's columns. */
function applyUnreadText({ text, at }: Declaration, builder: SchemaBuilder, notes: string[]): void {
  const found =
    /^\s*(create|alter|drop)\s+(?:(?:or\s+replace|temp|temporary|unlogged|virtual|materialized|global|local|foreign|external)\s+)*(table|view)\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?((?:["`[]?[\w$]+["`\]]?\.)?["`[]?[\w$]+["`\]]?)/i.exec(
      text,
    )
  if (found === null) {
    if (/^\s*(?:create|alter|drop)\s+(?:\w+\s+){0,2}table\b/i.test(text))
      notes.push(`${at.file}:${at.line}: a statement about a table is not understood`)
    return
  }
  const verb = found[1]?.toLowerCase()
  const name = (found[3] ?? '').replace(/^.*\./s, '').replace(/["`[\]]/g, '')
  if (!isDynamic(name))
    applyUnread({ what: verb as 'create' | 'alter' | 'drop', name, to: '', at }, builder, notes)
  else if (verb === 'create')
    notes.push(`${at.file}:${at.line}: a table is declared under a name that is not written out`)
  else if (verb === 'alter') alterSomewhere(text, builder)
}

/** `ALTER TABLE ${table} ADD COLUMN note TEXT`: one of the tables has it, nobody knows which. */
function alterSomewhere(text: string, builder: SchemaBuilder): void {
  const changes = text.matchAll(
    /\b(?:add\s+(?!constraint\b|index\b|key\b|primary\b|unique\b|foreign\b|check\b)(?:column\s+)?(?:if\s+not\s+exists\s+)?|rename\s+(?:column\s+)?["`[]?\w+["`\]]?\s+to\s+)["`[]?(\w+)/gi,
  )
  for (const [, column = ''] of changes) builder.addColumnSomewhere(isDynamic(column) ? '' : column)
}

function applyUnread({ what, name, to, at }: Unread, builder: SchemaBuilder, notes: string[]): void {
  if (what === 'unknown') notes.push(`${at.file}:${at.line}: ${name}`)
  else if (what === 'create') builder.addView(name, at)
  else if (what === 'drop') builder.drop(name, at)
  else if (what === 'rename') builder.rename(name, to, at)
  else builder.forgetColumns(name)
}

/** The declarations in the texts that scripts send; a text may hold several statements. */
export function declarationsIn(
  statements: readonly SourceStatement[],
  lineOf: (file: string, offset: number) => number,
): Declaration[] {
  return statements
    .filter((each) => each.role !== 'test' && !each.isFragment && MAY_DECLARE.test(each.text))
    .flatMap(({ text, file, dialect, locate }) =>
      splitSql(text, dialect)
        .filter((part) => isDdl(part.text))
        .map((part) => ({
          text: part.text,
          at: { file, line: lineOf(file, locate(part.start, part.start).start) },
          dialect,
        })),
    )
}

const MAY_DECLARE = /\b(?:create|alter|drop|rename)\b/i
