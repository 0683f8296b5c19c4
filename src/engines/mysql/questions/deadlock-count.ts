/** The question `deadlock-count`: deadlocks since the server started, from where each server counts them. */
import { number } from '../cells.ts'
import { isDenied } from './failure.ts'
import { exactly } from './params.ts'
import type { Found, Question, Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { globalStatus } from './variables.ts'

/** The question: one row of a counter, whatever the server holds. */
export const deadlockCount: Question<'deadlock-count'> = {
  params: exactly({}),
  answer: async ({ reader }) => {
    const shown = (await globalStatus(reader, ['Innodb_deadlocks']))['innodb_deadlocks']
    if (shown !== undefined) return { value: { count: shown }, source: 'SHOW GLOBAL STATUS' }
    const { flavour } = await serverFacts(reader)
    if (flavour === 'mysql') return ofMetrics(reader)
    return {
      because: 'this server counts no deadlocks',
      toProceed: 'MariaDB has Innodb_deadlocks from 10.5 on: upgrade the server.',
    }
  },
}

/** MySQL has no such status variable; the metric is on unless somebody switched it off, and needs PROCESS. */
async function ofMetrics(reader: Reader): Promise<Found<{ readonly count: number }>> {
  const sql =
    "SELECT `COUNT` AS deadlocks, STATUS AS state FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'"
  try {
    const [row] = await reader.query(sql)
    const count = number(row?.['deadlocks'])
    if (count !== null && row?.['state'] === 'enabled')
      return { value: { count }, source: 'information_schema.INNODB_METRICS' }
    return {
      because: 'the counter lock_deadlocks is switched off on the server',
      toProceed:
        'Run: SET GLOBAL innodb_monitor_enable = lock_deadlocks; and set it in the server’s configuration.',
    }
  } catch (error) {
    if (!isDenied(error)) throw error
    return {
      because: 'the monitor’s account may not read information_schema.INNODB_METRICS',
      toProceed: 'Grant it: GRANT PROCESS ON *.* TO the monitor’s account.',
    }
  }
}
