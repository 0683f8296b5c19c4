/** Engine `sqlite`: the file of a database on this machine, as a target like any other. */
import type { Engine } from '../../core/engine.ts'
import { createActuator } from './act/act-session.ts'
import { access, createSqliteObserver } from './observer.ts'
import { resolve } from './resolve.ts'
import type { SqliteQuestions, SqliteSnapshots } from './shapes.ts'

export { createActuator } from './act/act-session.ts'
export { checkShape, resolve } from './resolve.ts'
export type { SqliteQuestions, TableFacts } from './shapes.ts'

/** The engine. It watches nothing by itself: it says who the file is, and answers what is asked. */
export const sqliteEngine: Engine<SqliteSnapshots, SqliteQuestions> = {
  id: 'sqlite',
  observe: createSqliteObserver,
  act: createActuator,
  checkExecutor: async (address) => {
    const problem = access(address, 'write')
    return [
      {
        id: 'write',
        available: problem === null,
        found:
          problem === null
            ? 'the file and its folder can be written'
            : `the file or its folder cannot be written: ${problem}`,
        consequence: 'Nothing that is approved for the database can be carried out.',
        remedy:
          problem === null ? [] : ['Let the user this process runs as write the file and into its folder.'],
      },
    ]
  },
  resolve: resolve as Engine<SqliteSnapshots, SqliteQuestions>['resolve'],
  series: async () => [],
}
