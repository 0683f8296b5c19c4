/** The question `health`: whether the server can bear work now. */
import { number } from '../cells.ts'
import { isDenied } from './failure.ts'
import { exactly } from './params.ts'
import type { Question, Reader } from './question.ts'
import { type ServerFacts, serverFacts } from './server-facts.ts'
import { globalStatus, globalVariables } from './variables.ts'

/** Threads, connections, uptime and purge lag. */
export const health: Question<'health'> = {
  params: exactly({}),
  answer: async ({ reader }) => {
    const facts = await serverFacts(reader)
    const counters = await globalStatus(reader, ['Threads_running', 'Threads_connected', 'Uptime'])
    const settings = await globalVariables(reader, ['max_connections'])
    const { threads_running, threads_connected, uptime } = counters
    const maxConnections = number(settings['max_connections'])
    if (
      threads_running === undefined ||
      threads_connected === undefined ||
      uptime === undefined ||
      maxConnections === null
    ) {
      return {
        because: 'the server does not show its thread counters',
        toProceed: 'Run: dbmedic check <target>',
      }
    }
    return {
      value: {
        threadsRunning: threads_running,
        threadsConnected: threads_connected,
        maxConnections,
        uptimeSeconds: uptime,
        historyListLength: await historyListLength(reader, facts),
      },
      source: 'SHOW GLOBAL STATUS, SHOW GLOBAL VARIABLES',
    }
  },
}

/** Undo log records not purged yet. MySQL shows it in INNODB_METRICS, which needs PROCESS; null without. */
async function historyListLength(reader: Reader, facts: ServerFacts): Promise<number | null> {
  if (facts.flavour === 'mariadb') {
    return (await globalStatus(reader, ['Innodb_history_list_length']))['innodb_history_list_length'] ?? null
  }
  const sql = `SELECT \`COUNT\` AS length FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len' AND STATUS = 'enabled'`
  try {
    return number((await reader.query(sql))[0]?.['length'])
  } catch (error) {
    if (isDenied(error)) return null
    throw error
  }
}
