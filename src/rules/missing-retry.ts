/** A transaction that the server may end for another's sake, with nothing that would try it again. */
import { lockedRows, prevents } from './locked-rows.ts'
import type { CodeRule } from './rule.ts'
import type { SourceStatement } from './source-statement.ts'
import type { UnitOfWork, UnitStep } from './unit-of-work.ts'

export const missingRetry: CodeRule = {
  id: 'MISSING_RETRY',
  title: 'A transaction may be ended for another’s sake and is not tried again',
  severity: 'high',
  needsSchema: false,
  check: () => [],
  checkUnit: (unit) => {
    const [first] = unit.statements
    if (first === undefined || !isAlone(unit, first)) return []
    const found = ofIsolation(unit, first) ?? ofOrder(unit)
    if (found === null) return []
    const errors = ERRORS[first.dialect.name] ?? 'error 40001'
    return [
      {
        severity: found.severity,
        span: unit.span,
        message: found.message,
        why: `${found.why} Nothing in this file, or where it is called from in sight, tries it again: what the user did fails with ${errors}.`,
        instead: `${found.instead}Run it again from its beginning after ${errors}: for (let attempt = 1; ; attempt++) try { return await ${unit.within === '' ? 'work' : plainName(unit.within)}() } catch (error) { if (attempt === 3 || ${CHECKS[first.dialect.name] ?? 'false'}) throw error }.`,
      },
    ]
  },
}

/** Whether nobody is seen to try a transaction again that the server ended; slonik does it itself. */
const isAlone = (unit: UnitOfWork, { dialect, driver }: SourceStatement): boolean =>
  unit.kind !== 'connection' &&
  !(unit.onPool || unit.triedAgain || isOfJob(unit)) &&
  dialect.name !== 'sqlite' &&
  driver !== 'slonik'

/** Work that a queue or an operator starts: it is tried again as a whole, or runs alone. */
const isOfJob = ({ file, within }: UnitOfWork): boolean =>
  /job|worker|task|queue|cron|consumer|migrat|seed|import|backfill|bootstrap|setup|init/i.test(
    `${file} ${within}`,
  )

const plainName = (within: string): string => within.split(/\W+/).findLast((each) => each !== '') ?? 'work'

/** https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html, https://dev.mysql.com/doc/refman/8.4/en/innodb-deadlocks-handling.html */
const ERRORS: Readonly<Record<string, string>> = {
  postgresql: '40001 (serialization failure) or 40P01 (deadlock)',
  mysql: 'error 1213 (deadlock)',
  mariadb: 'error 1213 (deadlock)',
}
const CHECKS: Readonly<Record<string, string>> = {
  postgresql: "!['40001', '40P01'].includes(error.code)",
  mysql: 'error.errno !== 1213',
  mariadb: 'error.errno !== 1213',
}

interface Reason {
  readonly severity: 'high' | 'medium'
  readonly message: string
  readonly why: string
  /** What to do besides; '' or a sentence with a space behind it. */
  readonly instead: string
}

const isWrite = ({ facts, text }: SourceStatement): boolean =>
  /^(Insert|Update|Delete)$/.test(facts?.root ?? '') || /\bfor\s+(no\s+key\s+)?update\b/i.test(text)

/** An isolation level at which the server refuses transactions that could not have run one after the other. */
function ofIsolation(unit: UnitOfWork, { dialect }: SourceStatement): Reason | null {
  const { isolation, statements } = unit
  const writes = statements.filter(isWrite).length
  if (isolation === null || writes === 0) return null
  if (dialect.name === 'postgresql')
    return {
      severity: 'high',
      message: `\`${unit.opens}\` asks for ${isolation.toUpperCase()}, and no refused transaction is tried again`,
      why: 'PostgreSQL keeps this promise by refusing transactions: whoever asks for it must be ready to run them again.',
      instead: '',
    }
  // REPEATABLE READ is what InnoDB has by itself, and refuses nothing.
  if (isolation !== 'serializable' || writes === statements.length) return null
  return {
    severity: 'high',
    message: `\`${unit.opens}\` asks for SERIALIZABLE, and no refused transaction is tried again`,
    why: 'InnoDB then locks what SELECT reads: two that read the same rows and write them wait for each other.',
    instead: '',
  }
}

/** Rows of one table taken one after the other in the order of values from outside. */
function ofOrder(unit: UnitOfWork): Reason | null {
  if (unit.ordering || unit.statements.some(prevents)) return null
  return ofLoop(unit.steps) ?? ofPair(unit.steps)
}

function ofLoop(steps: readonly UnitStep[]): Reason | null {
  for (const { statement, repeated } of steps) {
    const { loop } = statement
    const rows = repeated && loop !== null && !loop.bounded ? lockedRows(statement) : null
    if (rows === null || loop === null || loop.names.length === 0) continue
    // A lookup by what the loop does not say is the same row each time.
    if (rows.value !== null && !loop.names.some((name) => mentions(rows.value?.expression ?? '', name)))
      continue
    const over = loop.over === '' ? '' : ` of \`${loop.over}\``
    return {
      severity: 'medium',
      message: `this transaction locks rows of ${rows.table} one after the other, in the order${over} it is given`,
      why: 'Two of them that hold the same rows in another order wait for each other until the server ends one (deadlock).',
      instead: 'Sort the keys first, so that all take them in one order. ',
    }
  }
  return null
}

const mentions = (expression: string, name: string): boolean =>
  new RegExp(`(?<![\\w$.])${name.replace(/\$/g, '\\$')}(?![\\w$])`).test(expression)

/** Two rows of one table by different values: a transfer from one to the other, of which there may be one back. */
function ofPair(steps: readonly UnitStep[]): Reason | null {
  const taken = steps.flatMap(({ statement, repeated }) => {
    const rows = repeated ? null : lockedRows(statement)
    return rows?.value == null || rows.value.origin.kind === 'constant'
      ? []
      : [{ ...rows, value: rows.value }]
  })
  for (const [index, first] of taken.entries()) {
    const second = taken
      .slice(index + 1)
      .find(
        (each) =>
          each.table === first.table &&
          each.column === first.column &&
          isOther(each.value.expression, first.value.expression),
      )
    if (second === undefined) continue
    return {
      severity: 'medium',
      message: `this transaction locks the row \`${first.value.expression}\` of ${first.table} and then \`${second.value.expression}\``,
      why: 'One that takes the same two the other way round waits for this one, and this one for it, until the server ends one (deadlock).',
      instead: `Lock both first, in one order: SELECT … FROM ${first.table} WHERE ${first.column} IN (…) ORDER BY ${first.column} FOR UPDATE. `,
    }
  }
  return null
}

/** `Number(id)` and `id` are one value. */
const isOther = (one: string, other: string): boolean => core(one) !== core(other)
const core = (expression: string): string =>
  expression
    .replace(/^(Number|String|parseInt|BigInt)\(([^()]*)\)$/, '$2')
    .replace(/^\+/, '')
    .trim()
