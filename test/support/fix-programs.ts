/** Generated programs that put a client’s values into statements, in the forms drivers and people have. */
import fc from 'fast-check'
import { MARIADB, MYSQL, POSTGRESQL, SQLITE, type SqlDialect } from '../../src/sql/index.ts'

/** A driver as programs call it. */
export interface ProgramDriver {
  readonly name: string
  readonly header: string
  readonly packages: readonly string[]
  readonly method: string
  readonly dialect: SqlDialect
  /** True where the driver writes values into the text itself. */
  readonly writesText: boolean
  /** The engine that is here to run it on, or null. */
  readonly engine: 'node:sqlite' | 'better-sqlite3' | null
}

const pooled = (name: string, method: string, more: Partial<ProgramDriver> = {}): ProgramDriver => ({
  name: `${name} ${method}`,
  header: `import driver from '${name}'\nconst db = driver.createPool({})`,
  packages: [name],
  method,
  dialect: MYSQL,
  writesText: method === 'query',
  engine: null,
  ...more,
})
const prepared = (name: 'node:sqlite' | 'better-sqlite3', header: string): ProgramDriver => ({
  ...pooled(name, 'prepare', { dialect: SQLITE, engine: name }),
  header,
})

const DRIVERS: readonly ProgramDriver[] = [
  pooled('mysql', 'query'),
  pooled('mysql2', 'query'),
  pooled('mysql2', 'execute'),
  pooled('mariadb', 'query', { dialect: MARIADB }),
  {
    ...pooled('pg', 'query', { dialect: POSTGRESQL, writesText: false }),
    header: "import pg from 'pg'\nconst db = new pg.Pool()",
  },
  {
    ...pooled('knex', 'raw', { writesText: true, packages: ['knex', 'mysql2'] }),
    header: "import knex from 'knex'\nconst db = knex({ client: 'mysql2' })",
  },
  prepared(
    'node:sqlite',
    "import { DatabaseSync } from 'node:sqlite'\nconst db = new DatabaseSync('app.db')",
  ),
  prepared('better-sqlite3', "import Database from 'better-sqlite3'\nconst db = new Database('app.db')"),
]

/** The repository’s declaration of the one table. */
export const SCHEMA =
  'CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, code VARCHAR(20), age INT, score REAL);\n'

/** A value a client decides. */
export interface Slot {
  /** `v0`: its name in the request. */
  readonly name: string
  /** Values the program was written for. */
  readonly benign: readonly unknown[]
}

/** A piece of a statement: words, a value of the client put into the text, or a value that is bound already. */
type Piece =
  | { readonly kind: 'words'; readonly words: string }
  | { readonly kind: 'slot'; readonly code: (name: string) => string; readonly benign: readonly unknown[] }
  | { readonly kind: 'bound'; readonly code: string }

/** A program. */
export interface GeneratedProgram {
  readonly driver: ProgramDriver
  readonly text: string
  readonly slots: readonly Slot[]
}

const words = (text: string): Piece => ({ kind: 'words', words: text })
const slot = (benign: readonly unknown[], code: (name: string) => string): Piece => ({
  kind: 'slot',
  code,
  benign,
})

const TEXTS = ['ann', 'Zoë', 'o', '7', '']
/** What stands in quotes. */
const quoted: fc.Arbitrary<Piece> = fc.constantFrom(
  slot(TEXTS, (name) => `req.query.${name}`),
  slot([...TEXTS, 7, null, true], (name) => `req.body.${name}`),
  slot(TEXTS, (name) => `req.params.${name}.trim()`),
  slot(TEXTS, (name) => `(req.body.${name} ?? 'ann')`),
  slot(TEXTS, (name) => `String(req.query.${name})`),
)
const NUMERALS = ['2', '5', '03', '1.5']
const requestNumber = slot(NUMERALS, (name) => `req.query.${name}`)
/** What stands without quotes. */
const plain: fc.Arbitrary<Piece> = fc.constantFrom(
  requestNumber,
  slot(NUMERALS, (name) => `(req.query.${name} || '1')`),
  slot(NUMERALS, (name) => `req.params.${name}.trim()`),
  slot(['2', 5, -1], (name) => `Number(req.body.${name})`),
)
/** What stands without quotes and meets a key. */
const key: fc.Arbitrary<Piece> = fc.oneof(
  plain,
  fc.constant(slot([2, '5', null], (name) => `req.body.${name}`)),
)

/** A condition, for a driver. */
function conditionOf(driver: ProgramDriver): fc.Arbitrary<readonly Piece[]> {
  const around = (before: string, value: fc.Arbitrary<Piece>, behind = ''): fc.Arbitrary<readonly Piece[]> =>
    value.map((each) => [words(before), each, words(behind)])
  // PostgreSQL’s integers take no fractions, and of what a client sends nothing shows that it is none.
  const whole = driver.dialect.name === 'postgresql' ? 'score' : 'age'
  const conditions: fc.Arbitrary<readonly Piece[]>[] = [
    around("name = '", quoted, "'"),
    around("LOWER(name) <> '", quoted, "'"),
    around('id = ', key),
    around('score >= ', plain),
    around(`${whole}<`, plain),
    around("name LIKE '%", quoted, "%'"),
    around("code LIKE '", quoted, "%'"),
    fc.tuple(key, key).map(([a, b]) => [words('id IN ('), a, words(', '), b, words(')')]),
    fc.tuple(plain, plain).map(([a, b]) => [words(`${whole} BETWEEN `), a, words(' AND '), b]),
    fc.tuple(quoted, quoted).map(([a, b]) => [words("name = '"), a, words('-'), b, words("'")]),
    fc.constant([words('age >= '), { kind: 'bound', code: '1' }]),
    fc.constant([words("name <> 'it''s'")]),
    fc.constant([words('code = '), slot(['5', '12'], (name) => `parseInt(req.query.${name}, 10)`)]),
  ]
  if (/^mysql2? query/.test(driver.name))
    conditions.push(
      fc.constant([
        words('id IN ('),
        slot([['1', '2'], ['3']], (name) => `req.body.${name}.join(',')`),
        words(')'),
      ]),
    )
  if (driver.dialect.name === 'postgresql') conditions.push(around('age = ', plain, '::int'))
  return fc.oneof(...conditions)
}

const joinedBy = (between: string, parts: readonly (readonly Piece[])[]): readonly Piece[] =>
  parts.flatMap((part, index) => (index === 0 ? part : [words(between), ...part]))

function statementOf(driver: ProgramDriver): fc.Arbitrary<readonly Piece[]> {
  const where = fc
    .tuple(
      fc.array(conditionOf(driver), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(' AND ', ' OR ', '\n    AND '),
    )
    .map(([parts, between]): readonly Piece[] => [words(' WHERE '), ...joinedBy(between, parts)])
  const limit = fc.option(
    fc.constant(
      driver.dialect.name === 'postgresql' || driver.dialect.name === 'sqlite'
        ? slot(['1', '2'], (name) => `req.query.${name}`)
        : slot(['1', '2'], (name) => `Number(req.query.${name})`),
    ),
    { freq: 4 },
  )
  return fc.oneof(
    fc
      .tuple(where, limit)
      .map(([conditions, most]) => [
        words('SELECT id, name FROM people'),
        ...conditions,
        words(' ORDER BY id'),
        ...(most === null ? [] : [words(' LIMIT '), most]),
      ]),
    where.map((conditions) => [words('DELETE FROM people'), ...conditions]),
    fc
      .tuple(quoted, plain, where)
      .map(([name, age, conditions]) => [
        words("UPDATE people SET name = '"),
        name,
        words("', age = "),
        age,
        ...conditions,
      ]),
    fc
      .tuple(quoted, quoted, plain)
      .map(([name, code, age]) => [
        words("INSERT INTO people (name, code, age) VALUES ('"),
        name,
        words("', '"),
        code,
        words("', "),
        age,
        words(')'),
      ]),
  )
}

/** Programs whose statement holds at least one of the client’s values; only of drivers whose name passes. */
export const programArbitrary = (
  of: (driver: ProgramDriver) => boolean = () => true,
): fc.Arbitrary<GeneratedProgram> =>
  fc
    .constantFrom(...DRIVERS.filter(of))
    .chain((driver) =>
      fc.record({
        driver: fc.constant(driver),
        pieces: statementOf(driver).filter((pieces) => pieces.some((each) => each.kind === 'slot')),
        form: fc.constantFrom<Form>('`', '`', "'", '"'),
        end: fc.constantFrom('\n', '\r\n'),
        callback: fc.boolean(),
        spread: fc.boolean(),
      }),
    )
    .map(written)

type Form = '`' | "'" | '"'

function written({
  driver,
  pieces,
  form,
  end,
  callback,
  spread,
}: {
  readonly driver: ProgramDriver
  readonly pieces: readonly Piece[]
  readonly form: Form
  readonly end: string
  readonly callback: boolean
  readonly spread: boolean
}): GeneratedProgram {
  const slots: Slot[] = []
  const values: string[] = []
  const parts: { readonly text: string; readonly isCode: boolean }[] = []
  for (const piece of pieces) {
    if (piece.kind === 'slot') {
      const name = `v${slots.length}`
      slots.push({ name, benign: piece.benign })
      parts.push({ text: piece.code(name), isCode: true })
    } else if (piece.kind === 'bound') {
      values.push(piece.code)
      const mark = driver.dialect.name === 'postgresql' ? `$${values.length}` : '?'
      parts.push({ text: mark, isCode: false })
    } else parts.push({ text: piece.words, isCode: false })
  }
  const text = form === '`' ? template(parts) : sum(parts, form, spread)
  const call = callOf(driver, { text, values, callback, reads: pieces[0] })
  const lines = `${driver.header}\n\nexport function run(req, res) {\n  // sends one statement\n  return ${call} // done\n}\n`
  return { driver, text: lines.replaceAll('\n', end), slots }
}

function callOf(
  { method, engine }: ProgramDriver,
  given: {
    readonly text: string
    readonly values: readonly string[]
    readonly callback: boolean
    readonly reads: Piece | undefined
  },
): string {
  const { text, values, callback, reads } = given
  const list = values.join(', ')
  if (engine !== null) {
    const run = reads?.kind === 'words' && reads.words.startsWith('SELECT') ? 'all' : 'run'
    return `db.prepare(${text}).${run}(${list})`
  }
  const array = values.length > 0 ? `, [${list}]` : ''
  return `db.${method}(${text}${array}${callback && method === 'query' ? ', (error, rows) => rows' : ''})`
}

type Parts = readonly { readonly text: string; readonly isCode: boolean }[]

const template = (parts: Parts): string =>
  `\`${parts.map(({ text, isCode }) => (isCode ? `\${${text}}` : text.replace(/[`\\]/g, '\\$&'))).join('')}\``

/** Neighbouring words are one literal, as people write them. */
function sum(parts: Parts, mark: "'" | '"', spread: boolean): string {
  const operands: string[] = []
  let literal = ''
  const flush = (): void => {
    if (literal !== '' || operands.length === 0)
      operands.push(
        mark + literal.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`).replaceAll('\n', '\\n') + mark,
      )
    literal = ''
  }
  for (const { text, isCode } of parts) {
    if (!isCode) literal += text
    else {
      flush()
      operands.push(text)
    }
  }
  if (literal !== '') flush()
  return operands.join(spread ? ' +\n    ' : ' + ')
}
