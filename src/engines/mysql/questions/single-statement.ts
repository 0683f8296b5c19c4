/**
 * What a sampled text is, before anything is made of it: one statement of a kind that can be planned, without
 * comments the server runs, without parameters and without a missing end.
 */
import { type SqlDialect, SqlLexer, TokenKind } from '../../../sql/index.ts'

/** A text fit to be put behind EXPLAIN. */
export interface PlannableStatement {
  /** The text without what follows its last token. */
  readonly text: string
  /** SELECT, INSERT, UPDATE, DELETE or REPLACE. */
  readonly kind: string
  /** Running it again reads and does nothing else: see `RUNNABLE`. */
  readonly readsOnly: boolean
}

/** Longest text planned or parsed, characters. */
const TEXT_MAX = 65_536
const KINDS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REPLACE'])
const TOKENS_THAT_END_IT: ReadonlySet<number> = new Set([
  TokenKind.versionOpen,
  TokenKind.versionClose,
  TokenKind.junk,
  TokenKind.ellipsis,
  TokenKind.placeholder,
])

/**
 * Functions, and words that may stand before a parenthesis, that compute from their arguments and the clock alone.
 * Any other name may be a stored function or have an effect (SLEEP, GET_LOCK, NEXTVAL, LOAD_FILE, RAND, UUID).
 */
const HARMLESS = new Set(
  (
    'in and or not xor on using as select from where having by exists any some all between like is when then else case ' +
    'if ifnull nullif coalesce greatest least count sum avg min max group_concat std stddev variance over partition ' +
    'concat concat_ws lower lcase upper ucase left right substring substr mid substring_index trim ltrim rtrim length ' +
    'char_length replace locate instr lpad rpad cast convert binary char field find_in_set elt abs ceil ceiling floor ' +
    'round truncate mod pow power sqrt sign now curdate current_date curtime current_timestamp date time year month day ' +
    'hour minute second week weekday dayofweek dayofmonth dayofyear quarter last_day date_add date_sub adddate subdate ' +
    'datediff timediff timestampdiff timestampadd date_format str_to_date from_unixtime unix_timestamp to_days extract ' +
    'interval json_extract json_unquote json_value json_contains row_number rank dense_rank lag lead values with ' +
    'union except intersect index key join limit distinct'
  ).split(' '),
)
/**
 * Functions that act or wait. EXPLAIN evaluates calls with constant arguments, and derived tables of them: on MariaDB
 * 10.11 and MySQL 9.7 `EXPLAIN SELECT * FROM t JOIN (SELECT GET_LOCK('w', 1)) k` leaves the lock with whoever
 * explained it, and SLEEP there sleeps. A stored function needs EXECUTE, which the planner's account has not; a
 * loadable function that acts cannot be told from one that does not.
 */
const ACTING = new Set(
  (
    'get_lock release_lock release_all_locks is_free_lock is_used_lock sleep benchmark nextval setval lastval load_file ' +
    'master_pos_wait source_pos_wait master_gtid_wait wait_for_executed_gtid_set wait_until_sql_thread_after_gtids ' +
    'wsrep_sync_wait_upto_gtid sys_exec sys_eval last_insert_id des_encrypt'
  ).split(' '),
)
/** Words that make a SELECT more than a reading. */
const EFFECTS = new Set(['into', 'for', 'lock', 'procedure'])

/** The statement, or why the text is not planned. The text may be anything; nothing of it is in the reason. */
export function readPlannable(
  sql: string,
  dialect: SqlDialect,
): PlannableStatement | { readonly because: string } {
  if (sql.length > TEXT_MAX) return { because: `its sample is longer than ${TEXT_MAX} characters` }
  if (/\/\*M?!/.test(sql)) return { because: 'its sample has a comment of the kind a server may run' }
  const scan = scanStatement(sql, dialect)
  if (scan.problem !== null) return { because: scan.problem }
  const kind = kindOf(scan.words)
  if (kind === null) return { because: 'it is not a SELECT, INSERT, UPDATE, DELETE or REPLACE' }
  return { text: sql.slice(0, scan.end), kind, readsOnly: scan.readsOnly && kind === 'SELECT' }
}

interface Scan {
  problem: string | null
  readonly words: string[]
  /** Index after the last token of the statement. */
  end: number
  readsOnly: boolean
  /** The last word or quoted name, if it was the last token; a parenthesis then calls it. */
  callable: { readonly name: string; readonly isQuoted: boolean } | null
}

function scanStatement(sql: string, dialect: SqlDialect): Scan {
  const lexer = new SqlLexer(sql, dialect)
  const scan: Scan = { problem: null, words: [], end: 0, readsOnly: true, callable: null }
  let ended = false
  for (let kind = lexer.next(); kind !== TokenKind.end && scan.problem === null; kind = lexer.next()) {
    const isSeparator = kind === TokenKind.punctuation && lexer.tokenText() === ';'
    if (!lexer.terminated || TOKENS_THAT_END_IT.has(kind))
      scan.problem = 'its sample is cut or has parameters'
    else if (kind === TokenKind.comment || kind === TokenKind.hint) continue
    else if (isSeparator) ended = true
    else if (ended) scan.problem = 'its sample is more than one statement'
    else take(lexer, scan)
  }
  return scan
}

function take(lexer: SqlLexer, scan: Scan): void {
  const token = lexer.tokenText().toLowerCase()
  scan.end = lexer.end
  if (token === '(' && scan.callable !== null) takeCall(scan.callable, scan)
  scan.callable = null
  if (lexer.kind === TokenKind.word) {
    scan.words.push(token)
    scan.callable = { name: token, isQuoted: false }
    if (EFFECTS.has(token)) scan.readsOnly = false
    if (isNextValue(scan.words)) scan.problem = 'it draws from a sequence, and planning would too'
  } else if (lexer.kind === TokenKind.quotedName) {
    scan.callable = { name: token.slice(1, -1), isQuoted: true }
  } else if (lexer.kind === TokenKind.userVariable || token === ':=' || token === '@@') {
    scan.readsOnly = false
  }
}

function takeCall({ name, isQuoted }: NonNullable<Scan['callable']>, scan: Scan): void {
  if (ACTING.has(name)) scan.problem = 'it calls a function that acts or waits, and planning would run it'
  if (isQuoted || !HARMLESS.has(name)) scan.readsOnly = false
}

/** `NEXT VALUE FOR s` and `PREVIOUS VALUE FOR s` of MariaDB. */
function isNextValue(words: readonly string[]): boolean {
  const [before, last] = words.slice(-2)
  return last === 'value' && (before === 'next' || before === 'previous')
}

/** The statement's verb: the first word, or for WITH the first verb that is not inside a common table expression. */
function kindOf(words: readonly string[]): string | null {
  const first = words[0]?.toUpperCase() ?? ''
  if (first === 'WITH') {
    const changes = words.find((word) => word === 'update' || word === 'delete')
    return changes === undefined ? 'SELECT' : null
  }
  return KINDS.has(first) ? first : null
}
