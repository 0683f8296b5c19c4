/** The question `instrument`: whether an instrument of the Performance Schema is on. */
import { isOn } from '../cells.ts'
import { exactly, matching } from './params.ts'
import type { Question } from './question.ts'

/** Null: no such instrument, which includes a server whose Performance Schema is off (MariaDB's default). */
export const instrument: Question<'instrument'> = {
  params: exactly({ name: matching(/^[a-z0-9_-]+(?:\/[A-Za-z0-9_:.-]+){1,8}$/, 'a name of an instrument') }),
  answer: async ({ reader }, params) => {
    const sql =
      'SELECT ENABLED AS enabled, TIMED AS timed FROM performance_schema.setup_instruments WHERE NAME = ? LIMIT 1'
    const row = (await reader.query(sql, [params.name]))[0]
    const value = row === undefined ? null : { enabled: isOn(row['enabled']), timed: isOn(row['timed']) }
    return { value, source: 'performance_schema.setup_instruments' }
  },
}
