/** Engine `mysql`: MySQL 8.0, 8.4 and 9, MariaDB 10.6 to 11.8. */
import type { Engine } from '../../core/engine.ts'
import { createActuator } from './act/actuator.ts'
import { checkExecutor } from './act/executor-privileges.ts'
import { resolve } from './catalog/resolve.ts'
import { createMysqlObserver } from './observer.ts'
import { readSeries } from './series.ts'
import type { MysqlQuestions, MysqlSnapshots } from './shapes.ts'

export { validateGiven } from './catalog/given.ts'
export { mysqlOptions } from './config.ts'
export { mysqlWatches } from './watches.ts'

/** The engine. */
export const mysqlEngine: Engine<MysqlSnapshots, MysqlQuestions> = {
  id: 'mysql',
  observe: (address, { monitor, planner }) => createMysqlObserver({ address, monitor, planner }),
  act: (address, credentials) => createActuator(address, credentials),
  checkExecutor: (address, credentials, wanted) => checkExecutor({ address, ...credentials, ...wanted }),
  // `resolve` is generic over the schema it is given; the port names the widest one.
  resolve: resolve as Engine<MysqlSnapshots, MysqlQuestions>['resolve'],
  series: (observer) => readSeries(observer),
}
