/** A statement sent once for each round of a loop, where one statement could fetch or write them all. */
import type { StatementFacts } from '../sql/index.ts'
import { isSystemTable } from './resolve-column.ts'
import type { CodeRule, Finding } from './rule.ts'
import { isDynamic, type LoopContext, marker, type SourceStatement } from './source-statement.ts'

export const nPlusOne: CodeRule = {
  id: 'N_PLUS_ONE',
  title: 'A statement is sent once for each round of a loop',
  severity: 'high',
  needsSchema: false,
  check: (statement) => {
    const { loop, facts } = statement
    if (loop === null || loop.names.length === 0 || loop.bounded || !statement.awaited || facts === null)
      return []
    return !isLeftAlone(statement, facts, loop) && isSentEachRound(statement, facts)
      ? [finding(statement, loop)]
      : []
  },
}

/** Whether one statement could not take the place of all, or would save nothing. */
function isLeftAlone(statement: SourceStatement, facts: StatementFacts, loop: LoopContext): boolean {
  // A write of many rows fails for all of them, and cannot wait for what each one's question answers.
  if (facts.root !== 'Query' && (loop.failsAlone || loop.decidedInRound)) return true
  return (
    isOnceInLife(statement) ||
    isInSameProcess(statement) ||
    isOfTables(facts, loop, statement) ||
    isBatch(statement)
  )
}

/** Drivers that wait for an answer and have it from the same process; libsql and D1 may be far away. */
const IN_PROCESS: ReadonlySet<string> = new Set([
  'sqlite3',
  'sqlite',
  'expo-sqlite',
  'react-native-sqlite-storage',
])

/** A migration outside of the folder for them: it runs once, however long that takes. */
const isOnceInLife = ({ within, file }: SourceStatement): boolean =>
  /migrat|backfill/i.test(within) || /migrat|backfill/i.test(file.slice(file.lastIndexOf('/') + 1))

/**
 * A statement to a database in the same process, by its driver or because only SQLite reads it: many small ones cost no round trips
 * (https://sqlite.org/np1queryprob.html).
 */
const isInSameProcess = ({ text, driver }: SourceStatement): boolean =>
  driver !== null && IN_PROCESS.has(driver)
    ? true
    : /^\s*insert\s+or\s+(?:replace|ignore|abort|fail|rollback)\s/i.test(text) &&
      driver !== '@libsql/client' &&
      driver !== 'libsql'

const isSentEachRound = (
  { isFragment, callForm }: SourceStatement,
  { root, tables }: StatementFacts,
): boolean =>
  /^(Query|Insert|Update|Delete)$/.test(root) &&
  // A SELECT of functions alone does something each time: it locks, notifies, runs a procedure.
  (root !== 'Query' || tables.length > 0) &&
  !isFragment &&
  callForm !== 'prepare'

/** Statements about another table in each round cannot be one; a server's own tables are asked what there is, not for rows. */
const isOfTables = ({ tables }: StatementFacts, loop: LoopContext, statement: SourceStatement): boolean =>
  tables.some(({ name }) => name.parts.some((part) => isOfLoop(part, loop, statement))) ||
  (tables.length > 0 && tables.every(({ name }) => isSystemTable(name)))

/** Whether a part of a name is a value that is made of the loop's own. */
const isOfLoop = (part: string, { names }: LoopContext, { holes }: SourceStatement): boolean =>
  isDynamic(part) &&
  holes.some(
    (hole, index) => part.includes(marker('hole', index)) && hole.names.some((each) => names.includes(each)),
  )

/** A list of values is a batch already. */
const isBatch = ({ facts, text }: SourceStatement): boolean =>
  /\bin\s*\(|\bany\s*\(/i.test(text) ||
  (facts?.root === 'Insert' &&
    (/values\s+dbm_(value|hole)/i.test(text) || /unnest\s*\(|jsonb?_(to_recordset|populate)/i.test(text)))

function finding(statement: SourceStatement, loop: NonNullable<SourceStatement['loop']>): Finding {
  const over = loop.over === '' ? '' : ` over \`${loop.over}\``
  return {
    severity: 'high',
    span: statement.span,
    message: `this statement is sent once for each round of the ${loop.kind} in line ${loop.line}${over}`,
    why: 'Each round waits for the network and the server; a thousand rounds of 1 ms are a second in which a connection is held.',
    instead: INSTEAD[statement.facts?.root ?? ''] ?? '',
  }
}

const INSTEAD: Readonly<Record<string, string>> = {
  Query:
    'Collect the keys first and ask once: WHERE key IN (…) with all of them bound, or a JOIN; then look rows up in a Map.',
  Insert: 'Send one INSERT with a row of values each, in batches of some hundred rows.',
  Update:
    'Send one UPDATE for all: with a CASE, a join to a list of values, or INSERT … ON CONFLICT / ON DUPLICATE KEY UPDATE.',
  Delete: 'Send one DELETE: WHERE key IN (…) with all of them bound.',
}
