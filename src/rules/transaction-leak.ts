/** A connection that is not given back, or a transaction that is not ended, on some path of the function that took it. */
import type { CodeRule, Finding } from './rule.ts'
import type { OpenEnd, UnitOfWork } from './unit-of-work.ts'

export const transactionLeak: CodeRule = {
  id: 'TRANSACTION_LEAK',
  title: 'A transaction or a connection stays open on some path',
  severity: 'critical',
  needsSchema: false,
  check: () => [],
  checkUnit: (unit, { units }) => {
    if (unit.kind === 'managed') return []
    if (unit.onPool) return [onPool(unit)]
    if (unit.open === null || isWithin(unit, units)) return []
    return [unit.kind === 'connection' ? ofConnection(unit, unit.open) : ofTransaction(unit, unit.open)]
  },
}

/** Whether the connection itself stays open where the transaction does: that is said once. */
const isWithin = (unit: UnitOfWork, units: readonly UnitOfWork[]): boolean =>
  unit.kind === 'transaction' &&
  units.some(
    (each) =>
      each.kind === 'connection' &&
      each.file === unit.file &&
      each.around.start === unit.around.start &&
      each.name === unit.name &&
      each.open !== null &&
      each.span.start < unit.span.start,
  )

function pathOf({ how, line, source }: OpenEnd): string {
  if (how === 'throws')
    return source === '' ? `at the throw in line ${line}` : `if line ${line} fails: \`${source}\``
  return how === 'returns' ? `at the return in line ${line}` : `at the end of the function, line ${line}`
}

function ofConnection(unit: UnitOfWork, open: OpenEnd): Finding {
  const begun = /getConnection|reserve/.test(unit.opens) ? 'getConnection()' : unit.opens
  return {
    severity: 'critical',
    span: unit.span,
    message: `\`${unit.name}\` is not given back ${pathOf(open)}`,
    why: `The pool never has it again, and what it has open keeps its locks; after as many failures as the pool has connections, ${begun} waits for good.`,
    instead: `Give it back in finally: const ${unit.name} = await ${unit.opens}; try { … } finally { ${releaseOf(unit)} }`,
  }
}

const releaseOf = ({ name, driver }: UnitOfWork): string =>
  driver === 'typeorm' ? `await ${name}.release()` : `${name}.release()`

function ofTransaction(unit: UnitOfWork, open: OpenEnd): Finding {
  return {
    severity: 'critical',
    span: unit.span,
    message: `the transaction begun by \`${unit.opens}\` stays open ${pathOf(open)}`,
    why: whyOf(unit),
    instead: `Take it back on the way out: try { …; ${endOf(unit, 'commit')} } catch (error) { ${endOf(unit, 'rollback')}; throw error }`,
  }
}

function whyOf({ driver }: UnitOfWork): string {
  if (driver !== null && IN_PROCESS.test(driver))
    return 'The connection stays in the transaction: nobody else can write, and the next BEGIN is an error (cannot start a transaction within a transaction).'
  if (driver !== null && /^(pg|postgres)/.test(driver))
    return 'Its locks are held and VACUUM removes no row version it might see; whoever is given the connection next works inside of it (idle in transaction).'
  return 'Its row locks are held until the connection closes; whoever is given the connection next works inside of it, and what they write is lost with it.'
}

const IN_PROCESS = /sqlite/

/** How the same code would end it. */
function endOf({ name, opens, driver }: UnitOfWork, verb: 'commit' | 'rollback'): string {
  const waits = driver !== null && IN_PROCESS.test(driver) ? '' : 'await '
  if (/\.startTransaction\(/.test(opens)) return `${waits}${name}.${verb}Transaction()`
  if (/\.(beginTransaction|transaction)\(/.test(opens)) return `${waits}${name}.${verb}()`
  const sends = /\.(\w+)\(\s*['"`]/.exec(opens)?.[1] ?? 'query'
  return `${waits}${name}.${sends}('${verb.toUpperCase()}')`
}

function onPool(unit: UnitOfWork): Finding {
  return {
    severity: 'critical',
    span: unit.span,
    message: `\`${unit.opens}\` begins a transaction on the pool \`${unit.name}\`: each statement may go to another connection`,
    why: 'Statements meant to be in it run and commit by themselves, and the connection that has it goes back to the pool with the transaction open.',
    instead: `Take one connection and send all on it: const client = await ${unit.name}.${/mysql|mariadb/.test(unit.driver ?? '') ? 'getConnection' : 'connect'}(); try { … COMMIT } catch { ROLLBACK } finally { client.release() }`,
  }
}
