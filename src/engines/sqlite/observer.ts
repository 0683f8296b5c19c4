/** The read-only side of a database: questions, and no instruments. Nothing is read of it but its header until somebody asks. */
import { accessSync, constants, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TargetAddress } from '../../core/engine.ts'
import type { Ask, CapabilityReport, Observer } from '../../core/observer.ts'
import { withoutInstruments } from '../../core/without-instruments.ts'
import { placeOf, readIdentity } from './identity.ts'
import { DatabaseReader } from './reader.ts'
import type { SqliteQuestions, SqliteSnapshots } from './shapes.ts'

/** The observer of one database. */
export function createSqliteObserver(
  address: Pick<TargetAddress, 'options'>,
): Observer<SqliteSnapshots, SqliteQuestions> {
  const place = placeOf(address)
  const reader = new DatabaseReader(place)
  return {
    identity: async () => readIdentity(place),
    capabilities: async () => [mayRead(address)],
    ...withoutInstruments({
      because: 'a database of this engine has no instruments',
      toProceed: 'Ask for what is to be done: dbmedic request',
    }),
    ask: ((kind: string, params: never) => reader.ask(kind, params)) as Ask<SqliteQuestions>,
    close: () => reader.close(),
  }
}

/** Whether this process may read the file, or also write it and make files beside it: journals and backups. */
export function access(address: Pick<TargetAddress, 'options'>, mode: 'read' | 'write'): string | null {
  try {
    const file = realpathSync(placeOf(address).file)
    accessSync(file, mode === 'read' ? constants.R_OK : constants.R_OK | constants.W_OK)
    if (mode === 'write') accessSync(dirname(file), constants.W_OK)
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no path is configured'
  }
}

function mayRead(address: Pick<TargetAddress, 'options'>): CapabilityReport {
  const problem = access(address, 'read')
  return {
    id: 'read',
    available: problem === null,
    found: problem === null ? 'the file can be read' : `the file cannot be read: ${problem}`,
    consequence: 'Without it nothing is proposed for the database.',
    remedy: problem === null ? [] : ['dbmedic.yaml, this target: path: FILE'],
  }
}
