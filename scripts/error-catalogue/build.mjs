/** Builds one engine's catalogue; `scripts/error-catalogue.mjs` says what it takes from where. Loaded under the right Node. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, say, stop } from '../bootstrap.mjs'
import { entriesOf, languagesOf, OVERRIDES, readMariadbMessages, readMysqlMessages } from './errmsg-file.mjs'
import { templatesOf } from './message-pattern.mjs'
import { readPostgresMessages, readStates } from './postgres-source.mjs'

const { compilePattern } = await import('../../src/recovery/message-template.ts')
const { encodeMessages } = await import('../../src/recovery/message-catalogue.ts')
const { mysqlErrorType } = await import('../../src/recovery/mysql/code-types.ts')
const { postgresErrorType } = await import('../../src/recovery/postgres/code-types.ts')
const { sqliteErrorType } = await import('../../src/recovery/sqlite/code-types.ts')
const { mongodbErrorType } = await import('../../src/recovery/mongodb/code-types.ts')
const { runCommand } = await import('../../src/lab/servers/command.ts')
const { ensureMariadb, ensureMysql, startMysql } = await import('../../src/lab/servers/index.ts')

const DOWNLOAD_MS = 600_000
const [engine, flag, from] = process.argv.slice(2)
const builders = { mysql, mariadb, postgresql, sqlite, mongodb }
const build = builders[engine]
if (build === undefined || (flag !== undefined && (flag !== '--from' || from === undefined)))
  stop(`usage: npm run errors:catalogue -- ${Object.keys(builders).join('|')} [--from PATH]`)
const work = mkdtempSync(join(tmpdir(), 'dbmedic-errors-'))
try {
  await build()
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function mysql() {
  const binary = await ensureMysql(say)
  const server = await startMysql({ binary })
  let facts
  try {
    facts = await serverErrors(server.rootUri)
  } finally {
    await server.stop()
  }
  const rows = [...facts, ...(await retiredErrors(facts))]
    .map((row) => ({ ...row, type: mysqlErrorType(row) }))
    .sort((a, b) => Number(a.code) - Number(b.code))
  const source = `MySQL ${server.version}`
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/mysql2/package.json'), 'utf8'))
  writeRows(
    'mysql/mysql-codes.tsv',
    [
      `${source}: performance_schema.events_errors_summary_global_by_error`,
      `mysql2 ${version}: lib/constants/errors.js, for numbers that server no longer has`,
    ],
    rows,
  )
  const numbers = sectionNumbers(facts.map((row) => Number(row.code)))
  const languages = languagesOf(join(binary.baseDir, 'share/mysql'))
  const entries = entriesOf(languages, (path) => readMysqlMessages(path, numbers)).filter(({ code }) =>
    isSent(Number(code)),
  )
  writeMessages(
    'mysql/mysql-messages.bin',
    { from: source, languages: languages.map((l) => l.language) },
    entries,
  )
}

/** Every error the server knows by number, symbol and state. */
async function serverErrors(uri) {
  const { createConnection } = await import('mysql2/promise')
  const connection = await createConnection({ uri })
  try {
    const [rows] = await connection.query(
      `SELECT ERROR_NUMBER AS n, ERROR_NAME AS name, SQL_STATE AS state
         FROM performance_schema.events_errors_summary_global_by_error WHERE ERROR_NUMBER IS NOT NULL ORDER BY 1`,
    )
    return rows.map(({ n, name, state }) => ({ code: String(n), symbol: name ?? '', sqlstate: state ?? '' }))
  } finally {
    await connection.end()
  }
}

/** Numbers of earlier servers that this one no longer lists, by the names of its driver. */
async function retiredErrors(facts) {
  const { default: constants } = await import(
    pathToFileURL(join(ROOT, 'node_modules/mysql2/lib/constants/errors.js')).href
  )
  const known = new Set(facts.map(({ code }) => code))
  return Object.entries(constants)
    .filter(
      ([symbol, number]) =>
        typeof number === 'number' && /^(?:ER|WARN|EE)_(?!.*UNUSED)/.test(symbol) && isSent(number),
    )
    .map(([symbol, number]) => ({ code: String(number), symbol, sqlstate: '' }))
    .filter(({ code }) => !known.has(code))
}

/** MySQL numbers its messages in sections without holes; the last of each is the highest the server knows in it. */
function sectionNumbers(known) {
  const starts = [1000, 3000, 3500, 6000, 6400, 10_000, 15_000, 15_500, 50_000]
  return starts.slice(0, -1).flatMap((start, i) => {
    const last = Math.max(...known.filter((n) => n >= start && n < starts[i + 1]))
    return Number.isFinite(last) ? Array.from({ length: last - start + 1 }, (_, n) => start + n) : []
  })
}

/** False for lines of MySQL's error log, which clients never receive. */
function isSent(number) {
  return number < 10_000 || number >= 50_000
}

async function mariadb() {
  const headers = join(work, 'headers')
  if (from === undefined) await unpackDeb('libmariadbd-dev', headers)
  const [numbersFile] = globSync('**/mysqld_error.h', { cwd: from ?? headers })
  const [statesFile] = globSync('**/sql_state.h', { cwd: from ?? headers })
  const text = (name) => readFileSync(join(from ?? headers, name), 'utf8')
  const states = new Map(
    [...text(statesFile).matchAll(/\{ (\w+)\s*,"(\w{5})"/g)].map(([, s, state]) => [s, state]),
  )
  const rows = [...text(numbersFile).matchAll(/^#define (\w+) (\d+)$/gm)]
    .filter(([, symbol]) => !/^ER_ERROR_(?:FIRST|LAST)|UNUSED|NEVER_USED/.test(symbol))
    .map(([, symbol, code]) => ({ code, symbol, sqlstate: states.get(symbol) ?? 'HY000' }))
    .map((row) => ({ ...row, type: mysqlErrorType(row) }))
  const binary = await ensureMariadb(say)
  const source = `MariaDB ${binary.version}`
  writeRows('mysql/mariadb-codes.tsv', [`${source}: mysqld_error.h and sql_state.h of libmariadbd-dev`], rows)
  const languages = languagesOf(join(binary.baseDir, 'share/mysql'))
  const entries = entriesOf(languages, readMariadbMessages)
  writeMessages(
    'mysql/mariadb-messages.bin',
    { from: source, languages: languages.map((l) => l.language) },
    entries,
  )
}

async function postgresql() {
  const source = from ?? (await debianSource('postgresql-18'))
  const version = /PACKAGE_VERSION='([\d.]+)'/.exec(readFileSync(join(source, 'configure'), 'utf8'))?.[1]
  const states = readStates(source)
  const rows = states
    .filter(({ isFirst }) => isFirst)
    .map(({ code, symbol }) => ({ code, symbol, sqlstate: code, type: postgresErrorType(code) }))
  writeRows('postgres/codes.tsv', [`PostgreSQL ${version}: src/backend/utils/errcodes.txt`], rows)
  const { languages, entries } = readPostgresMessages(source, states)
  writeMessages(
    'postgres/messages.bin',
    { from: `PostgreSQL ${version}`, languages: ['en', ...languages] },
    entries,
  )
}

async function sqlite() {
  const header = readFileSync(join(ROOT, 'node_modules/better-sqlite3/deps/sqlite3/sqlite3.h'), 'utf8')
  const version = /#define SQLITE_VERSION\s+"([\d.]+)"/.exec(header)?.[1]
  const numbers = new Map()
  const begin = header.indexOf('CAPI3REF: Result Codes')
  const codes = header.slice(begin, header.indexOf('CAPI3REF: Flags For File Open', begin))
  for (const [, symbol, value] of codes.matchAll(
    /^#define (SQLITE_\w+)\s+(\d+|\(SQLITE_\w+\s*\|\s*\(\d+<<8\)\))/gm,
  )) {
    const [, primary, step] = /\((SQLITE_\w+)\s*\|\s*\((\d+)<<8\)\)/.exec(value) ?? []
    numbers.set(symbol, primary === undefined ? Number(value) : numbers.get(primary) + Number(step) * 256)
  }
  const rows = [...numbers].map(([code, number]) => ({
    code,
    symbol: String(number),
    sqlstate: '',
    type: sqliteErrorType(code),
  }))
  writeRows('sqlite/codes.tsv', [`SQLite ${version}: sqlite3.h`], rows)
}

async function mongodb() {
  if (from === undefined) stop('mongodb needs --from src/mongo/base/error_codes.yml of a checkout of MongoDB')
  const { parse } = await import('yaml')
  const file = parse(readFileSync(from, 'utf8'))
  const rows = file.error_codes
    .filter(({ code }) => code !== 0)
    .map(({ code, name, categories = [] }) => ({
      code: String(code),
      symbol: name,
      sqlstate: '',
      type: mongodbErrorType({ code: String(code), name, categories }),
    }))
  writeRows(
    'mongodb/codes.tsv',
    [`MongoDB: src/mongo/base/error_codes.yml (${file.version ?? 'master'})`],
    rows,
  )
}

function writeRows(name, sources, rows) {
  const lines = rows.map(({ code, symbol, sqlstate, type }) => [code, symbol, sqlstate, type].join('\t'))
  writeFileSync(
    join(ROOT, 'src/recovery', name),
    `${[...sources.map((s) => `# ${s}`), ...lines].join('\n')}\n`,
  )
  say(`${name}: ${rows.length} codes`)
}

function writeMessages(name, source, entries) {
  const templates = templatesOf(entries, { compilePattern, overrides: OVERRIDES })
  const bytes = encodeMessages({ sources: [source], templates })
  writeFileSync(join(ROOT, 'src/recovery', name), bytes)
  say(`${name}: ${templates.length} patterns, ${Math.round(bytes.length / 1024)} KiB`)
}

async function unpackDeb(name, folder) {
  await must('apt-get', ['download', name], work)
  const [file] = globSync(`${name}_*.deb`, { cwd: work })
  await must('dpkg', ['-x', join(work, file), folder], work)
}

/** Debian's newest source of a package, unpacked. The signed index is checked by apt. */
async function debianSource(name) {
  const { writeFile, mkdir } = await import('node:fs/promises')
  await mkdir(join(work, 'lists/partial'), { recursive: true })
  const list = join(work, 'sources.list')
  await writeFile(
    list,
    'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main\n',
  )
  const lines = [
    `Dir::Etc::sourcelist "${list}"; Dir::Etc::sourceparts "/dev/null";`,
    `Dir::State::lists "${join(work, 'lists')}"; Dir::Cache "${work}";`,
    'Acquire::Languages "none"; Acquire::Check-Valid-Until "false"; APT::Sandbox::User "";',
  ]
  await writeFile(join(work, 'apt.conf'), `${lines.join('\n')}\n`)
  const env = { APT_CONFIG: join(work, 'apt.conf') }
  await must('apt-get', ['update', '-qq'], work, env)
  await must('apt-get', ['source', '--download-only', '-qq', name], work, env)
  const [archive] = globSync('*.orig.tar.*', { cwd: work })
  await must('tar', ['-xf', archive], work)
  const [folder] = globSync('postgresql-*/configure', { cwd: work })
  return join(work, folder, '..')
}

// oxlint-disable-next-line max-params
async function must(program, args, cwd, env = {}) {
  const { status, output } = await runCommand(program, args, { cwd, env, timeoutMs: DOWNLOAD_MS })
  if (status !== 0) stop(`${program} ${args[0]} did not succeed: ${output.trim().split('\n').at(-1)}`)
}
