/**
 * Mutants of a small application without findings: a declaration taken away, a column that has another name or type, a value that is
 * put into the text instead of being bound. What a mutant breaks is decided here, without asking the scanner.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Node, parseSync } from 'oxc-parser'
import type { CodeFinding } from '../../src/scanner/apply-rules.ts'
import type { Files } from './scan-code.ts'

/** What was done to a service. */
export type MutantKind = 'table removed' | 'column renamed' | 'column retyped' | 'value interpolated'

/** One change, and the findings that speak of it. */
export interface CodeMutant {
  readonly kind: MutantKind
  /** `orders: customers.email renamed by a later migration`. */
  readonly what: string
  readonly files: Files
  /** Whether a finding is about this change; any other is noise. */
  readonly isMeant: (finding: CodeFinding) => boolean
}

/** One service of the application: its own package, driver and migrations. */
export interface CleanService {
  readonly name: string
  readonly files: Files
}

const ROOT = join(import.meta.dirname, '../fixtures/clean-shop')

/** The services as they are committed. */
export const cleanServices = (): readonly CleanService[] =>
  ['orders', 'ledger', 'notes'].map((name) => ({ name, files: filesIn(join(ROOT, name)) }))

const filesIn = (folder: string): Files =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((each) => {
      const path = join(each.parentPath, each.name)
      return each.isFile() ? [[path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const] : []
    }),
  )

/** Every mutant of a service, in a fixed order. */
export const mutantsOf = (service: CleanService): readonly CodeMutant[] => [
  ...tablesRemoved(service),
  ...columnsRenamed(service),
  ...columnsRetyped(service),
  ...valuesInterpolated(service),
]

interface DeclaredTable {
  readonly file: string
  readonly name: string
  /** The whole statement. */
  readonly text: string
  readonly columns: readonly string[]
}

const tablesOf = ({ files }: CleanService): readonly DeclaredTable[] =>
  Object.entries(files).flatMap(([file, text]) =>
    [...text.matchAll(/CREATE TABLE (\w+) \(\n([\s\S]*?)\n\);\n/g)].map(([whole, name = '', body = '']) => ({
      file,
      name,
      text: whole,
      columns: [...columnsIn(body), ...addedColumns(name, files)],
    })),
  )

const columnsIn = (body: string): readonly string[] =>
  body.split('\n').flatMap((line) => /^ {2}([a-z_]+) /.exec(line)?.[1] ?? [])

const addedColumns = (table: string, files: Files): readonly string[] =>
  [
    ...Object.values(files)
      .join('')
      .matchAll(/ALTER TABLE (\w+) ADD COLUMN (\w+)/g),
  ].flatMap(([, name, column]) => (name === table && column !== undefined ? [column] : []))

function tablesRemoved(service: CleanService): CodeMutant[] {
  return tablesOf(service).map(({ file, name, text }) => ({
    kind: 'table removed',
    what: `${service.name}: ${name} is declared nowhere`,
    files: { ...service.files, [file]: (service.files[file] ?? '').replace(text, '') },
    isMeant: ({ ruleId, message }) => ruleId === 'MISSING_TABLE' && message.startsWith(`${name} `),
  }))
}

/** The last migration's name, so that what is added to it runs after all others. */
const lastMigration = ({ files }: CleanService): string =>
  Object.keys(files)
    .filter((file) => file.startsWith('migrations/'))
    .sort()
    .at(-1) ?? ''

function later(service: CleanService, statement: string): Files {
  const file = lastMigration(service)
  return { ...service.files, [file]: `${service.files[file]}${statement}\n` }
}

function columnsRenamed(service: CleanService): CodeMutant[] {
  const texts = sqlTexts(service)
  const tables = tablesOf(service)
  return tables.flatMap((table) =>
    table.columns
      .filter((column) => texts.some((text) => names(text, { table, column, tables })))
      .flatMap((column) => renamings(service, table, column)),
  )
}

function renamings(service: CleanService, table: DeclaredTable, column: string): CodeMutant[] {
  const { name } = table
  const forms: readonly (readonly [string, Files])[] = [
    ['under another name from the beginning', declaredAs(service, table, [column, `${column}_kept`])],
    ['renamed later', later(service, `ALTER TABLE ${name} RENAME COLUMN ${column} TO former_${column};`)],
    ['dropped later', later(service, `ALTER TABLE ${name} DROP COLUMN ${column};`)],
  ]
  return forms.map(([how, files]) => ({
    kind: 'column renamed',
    what: `${service.name}: ${name}.${column} is ${how}`,
    files,
    isMeant: ({ ruleId, message }) =>
      ruleId === 'MISSING_COLUMN' && message.endsWith(`no column ${column}`) && message.includes(name),
  }))
}

/** The migrations with another name in the column's declaration, its indexes, and where it is added. */
function declaredAs(
  { files }: CleanService,
  table: DeclaredTable,
  [from, to]: readonly [string, string],
): Files {
  const word = new RegExp(`(?<!KEY )\\b${from}\\b(?! \\()`, 'g')
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => {
      if (!file.endsWith('.sql')) return [file, text]
      const declared = text.replace(table.text, table.text.replace(word, to))
      const others = new RegExp(`^(CREATE (?:UNIQUE )?INDEX \\w+ ON|ALTER TABLE) ${table.name}\\b.*$`, 'gm')
      return [file, declared.replace(others, (line) => line.replace(word, to))]
    }),
  )
}

/** SQL texts of the code, with constants in their places. */
function sqlTexts({ files }: CleanService): readonly string[] {
  const code = Object.entries(files).flatMap(([file, text]) => (file.endsWith('.js') ? [text] : []))
  const whole = code.join('\n').replace(/'\n\s*sql \+= '/g, '')
  const constants = [...whole.matchAll(/const ([A-Z]+) =\s*(?:'([^']*)'|`([^`]*)`)/g)]
  const filled = constants.reduce(
    (text, [, name = '', a, b]) => text.replaceAll(`\${${name}}`, a ?? b ?? ''),
    whole,
  )
  return [...filled.matchAll(/`([^`]*)`|'((?:[^'\n])*)'|"([^"\n]*)"/g)]
    .map(([, a, b, c]) => a ?? b ?? c ?? '')
    .filter((text) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(text))
}

const SOURCE =
  /\b(?:FROM|JOIN|INTO|UPDATE|,)\s+([a-z_]+)(?:\s+(?!SET\b|WHERE\b|JOIN\b|ORDER\b|LIMIT\b|VALUES\b|ON\b)([a-z]+)\b)?/g

/** Whether a text names a column of a table: by its alias, or by itself where no other table of the text has that name. */
function names(
  text: string,
  {
    table,
    column,
    tables,
  }: { readonly table: DeclaredTable; readonly column: string; readonly tables: readonly DeclaredTable[] },
): boolean {
  const sources = [...text.matchAll(SOURCE)].map(([, name = '', alias]) => ({ name, alias: alias ?? name }))
  const own = sources.filter(({ name }) => name === table.name)
  if (own.length === 0) return false
  if (own.some(({ alias }) => new RegExp(`\\b${alias}\\.${column}\\b`).test(text))) return true
  const isShared = tables.some(
    (each) =>
      each !== table && each.columns.includes(column) && sources.some(({ name }) => name === each.name),
  )
  return !isShared && new RegExp(`(?<![.\\w'])${column}\\b(?! AS\\b)(?!')`).test(text)
}

/**
 * Columns that meet a value whose type is written in the code (a literal, a conversion), or another column, and the types that are
 * wrong for them. SQLite is left out: it stores any value in any column and compares by the column's own rules.
 */
const RETYPED: Readonly<Record<string, readonly (readonly [string, 'number' | 'text' | 'key'])[]>> = {
  orders: [
    ...(
      'customers.newsletter customers.id addresses.customer_id products.id products.is_listed products.price_cents ' +
      'products.weight_grams stock_levels.product_id stock_levels.on_hand stock_levels.reserved orders.id orders.customer_id ' +
      'orders.total_cents order_lines.product_id order_lines.order_id deliveries.order_id deliveries.attempts vouchers.percent'
    )
      .split(' ')
      .map((name) => [name, 'number'] as const),
    ...'customers.tier addresses.country_code orders.status deliveries.phase vouchers.code orders.voucher_code'
      .split(' ')
      .map((name) => [name, 'text'] as const),
  ],
  ledger: [
    ...(
      'accounts.overdraft accounts.id entries.account_id entries.amount entries.batch_id batches.id batches.row_count ' +
      'invoices.account_id invoices.reminder_level invoices.gross rates.factor'
    )
      .split(' ')
      .map((name) => [name, 'number'] as const),
    ...'accounts.kind batches.state rates.base'.split(' ').map((name) => [name, 'text'] as const),
    ...'accounts.owner_key owners.key'.split(' ').map((name) => [name, 'key'] as const),
  ],
}

const WRONG: Readonly<Record<'number' | 'text' | 'key', readonly string[]>> = {
  number: ['VARCHAR(40)', 'CHAR(12)'],
  text: ['INT', 'BIGINT'],
  key: ['VARCHAR(40)', 'TEXT'],
}

function columnsRetyped(service: CleanService): CodeMutant[] {
  return (RETYPED[service.name] ?? []).flatMap(([name, kind]) =>
    WRONG[kind].flatMap((type) => {
      const [table = '', column = ''] = name.split('.')
      const change =
        service.name === 'ledger'
          ? `ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type};`
          : `ALTER TABLE ${table} MODIFY COLUMN ${column} ${type} NOT NULL;`
      const forms: readonly (readonly [string, Files])[] = [
        ['from the beginning', declaredWith(service, { table, column, type })],
        ['by a later migration', later(service, change)],
      ]
      return forms.map(([how, files]) => ({
        kind: 'column retyped' as const,
        what: `${service.name}: ${name} is ${type} ${how}`,
        files,
        isMeant: ({ ruleId, message }: CodeFinding) =>
          /^(TYPE_MISMATCH|IMPLICIT_CONVERSION)$/.test(ruleId) && message.includes(name),
      }))
    }),
  )
}

function declaredWith(
  service: CleanService,
  { table, column, type }: { readonly table: string; readonly column: string; readonly type: string },
): Files {
  const own = tablesOf(service).find(({ name }) => name === table)
  const line = new RegExp(`^( {2}${column}) \\w+(?:\\([^)]*\\))?(?: UNSIGNED)?((?: .*)?)$`, 'm')
  return Object.fromEntries(
    Object.entries(service.files).map(([file, text]) => [
      file,
      file.endsWith('.sql')
        ? text
            .replace(own?.text ?? '', (whole) =>
              whole.replace(line, (_, start: string, rest: string) =>
                `${start} ${type}${rest}`.replace(' AUTO_INCREMENT', ''),
              ),
            )
            .replace(
              new RegExp(`(ALTER TABLE ${table} ADD COLUMN ${column}) \\w+(?:\\([^)]*\\))?`),
              (_, start: string) => `${start} ${type}`,
            )
        : text,
    ]),
  )
}

/** Values that are numbers by their making. */
const HARMLESS = new Set(['total', 'rows.length', 'result.insertId'])

function valuesInterpolated(service: CleanService): CodeMutant[] {
  return Object.entries(service.files).flatMap(([file, text]) =>
    file.endsWith('.js') ? interpolationsIn(service, file, text) : [],
  )
}

function interpolationsIn(service: CleanService, file: string, text: string): CodeMutant[] {
  const { program } = parseSync(file, text)
  return nodesIn(program)
    .flatMap(boundCall)
    .flatMap(({ statement, values, list }) =>
      values.flatMap((value, index) => {
        const written = text.slice(value.start, value.end)
        const isName = value.type === 'Identifier' || value.type === 'MemberExpression'
        if (!isName || HARMLESS.has(written)) return []
        return ["'", ''].flatMap((quote) => {
          const changed = interpolated(text.slice(statement.start + 1, statement.end - 1), index, {
            written,
            quote,
          })
          if (changed === null) return []
          const rest = values
            .filter((each) => each !== value)
            .map((each) => text.slice(each.start, each.end))
            .join(', ')
          const mutated = `${text.slice(0, statement.start)}\`${changed}\`${text.slice(statement.end, list.start)}${rest}${text.slice(list.end)}`
          return [
            {
              kind: 'value interpolated' as const,
              what: `${service.name}: \${${written}} ${quote === '' ? 'without' : 'in'} quotes in ${file}, offset ${value.start}`,
              files: { ...service.files, [file]: mutated },
              isMeant: ({ ruleId, message, file: where }: CodeFinding) =>
                ruleId === 'SQL_INJECTION' && where === file && message.startsWith(`\`${written}\``),
            },
          ]
        })
      }),
    )
}

/** The text with its Nth placeholder replaced by the value itself; null where the text has none of that number. */
function interpolated(
  text: string,
  index: number,
  { written, quote }: { readonly written: string; readonly quote: string },
): string | null {
  const hole = `${quote}\${${written}}${quote}`
  if (/\$\d/.test(text)) {
    const changed = text.replace(/(?<!\$)\$(\d+)/g, (whole, digits: string) => {
      const at = Number(digits) - 1
      return at === index ? hole : at > index ? `$${at}` : whole
    })
    return changed.includes(hole) ? changed : null
  }
  let seen = -1
  const changed = text.replace(/\?/g, (mark) => (++seen === index ? hole : mark))
  return seen >= index ? changed : null
}

interface BoundCall {
  readonly statement: Node
  readonly values: readonly Node[]
  /** What stands between the brackets. */
  readonly list: { readonly start: number; readonly end: number }
}

/** `f('…', [a, b])`, `prepare('…').run(a, b)`. */
function boundCall(call: Node): BoundCall[] {
  if (call.type !== 'CallExpression') return []
  const [first, second] = call.arguments
  if (first !== undefined && isText(first as Node) && second?.type === 'ArrayExpression')
    return [
      {
        statement: first as Node,
        values: second.elements as Node[],
        list: { start: second.start + 1, end: second.end - 1 },
      },
    ]
  const prepared = call.callee.type === 'MemberExpression' ? call.callee.object : null
  const text = prepared?.type === 'CallExpression' ? prepared.arguments[0] : undefined
  const [from, to] = [call.arguments[0], call.arguments.at(-1)]
  if (text === undefined || !isText(text as Node) || from === undefined || to === undefined) return []
  return [
    {
      statement: text as Node,
      values: call.arguments as Node[],
      list: { start: from.start, end: to.end },
    },
  ]
}

const isText = (node: Node): boolean =>
  node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')

function nodesIn(node: unknown): readonly Node[] {
  if (Array.isArray(node)) return node.flatMap(nodesIn)
  if (typeof node !== 'object' || node === null) return []
  const own = 'type' in node && typeof node.type === 'string' ? [node as Node] : []
  return [...own, ...Object.values(node).flatMap(nodesIn)]
}
