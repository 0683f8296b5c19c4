/** Memory and file limits: what raising a setting may cost. The servers do not say how much memory there is. */
import type { ParameterSchema } from '../../../core/parameters.ts'
import { type Condition, type Finding, type MysqlContext, met, unknown, unmet } from '../mysql-action.ts'
import { bytesText } from '../quantities.ts'
import { numberVariables } from '../read-variables.ts'

/** Share of the machine's memory the server may be configured for; the rest is the system's and the file cache's. */
const MEMORY_SHARE = 0.8

/** Global buffers, taken once. */
const GLOBAL_BUFFERS = ['innodb_buffer_pool_size', 'key_buffer_size', 'innodb_log_buffer_size'] as const
/**
 * Buffers one connection may take at its worst, one each
 * (https://dev.mysql.com/doc/refman/8.4/en/memory-use.html).
 */
const CONNECTION_BUFFERS = [
  'sort_buffer_size',
  'join_buffer_size',
  'read_buffer_size',
  'read_rnd_buffer_size',
  'thread_stack',
  'net_buffer_length',
  'binlog_cache_size',
] as const

/** What the settings of a server promise, bytes; null if one is not known. */
export async function promisedMemory(
  context: MysqlContext<ParameterSchema>,
): Promise<{ readonly global: number; readonly perConnection: number } | null> {
  const values = await numberVariables(context, [...GLOBAL_BUFFERS, ...CONNECTION_BUFFERS])
  const sum = (names: readonly (keyof typeof values)[]): number =>
    names.reduce((total, name) => total + (values[name] ?? Number.NaN), 0)
  const [global, perConnection] = [sum(GLOBAL_BUFFERS), sum(CONNECTION_BUFFERS)]
  return Number.isNaN(global + perConnection) ? null : { global, perConnection }
}

/**
 * The memory the settings promise after the change stays within four fifths of the machine's.
 * @param needed bytes promised after the change, or null if that is not known.
 */
export function memoryHeadroom<S extends ParameterSchema>(
  needed: (context: MysqlContext<S>) => Promise<number | null>,
): Condition<S> {
  return {
    id: 'memory-headroom',
    rule: `After the change the settings promise at most ${MEMORY_SHARE * 100} % of the machine’s memory.`,
    test: async (context) => {
      const memory = context.policy.memoryBytes ?? null
      if (memory === null) {
        return unknown(
          'how much memory the machine has is not known: the servers do not say',
          'State `actions.memoryBytes` in dbmedic.yaml.',
        )
      }
      return judge(await needed(context), memory)
    },
  }
}

function judge(needed: number | null, memory: number): Finding {
  if (needed === null)
    return unknown('a buffer’s size could not be read', 'Ask again; run: dbmedic check <target>')
  const facts = `the settings would promise ${bytesText(needed)} of ${bytesText(memory)}`
  return needed <= MEMORY_SHARE * memory
    ? met(facts)
    : unmet(facts, 'Choose a smaller value, or lower another buffer first.')
}

/**
 * The server may open as many files as the change can make it open.
 * @param needed files after the change, or null if that is not known.
 */
export function fileHeadroom<S extends ParameterSchema>(
  needed: (context: MysqlContext<S>) => Promise<number | null>,
): Condition<S> {
  return {
    id: 'file-headroom',
    rule: 'open_files_limit covers connections and cached tables after the change.',
    test: async (context) => {
      const { open_files_limit: limit } = await numberVariables(context, ['open_files_limit'])
      const files = await needed(context)
      if (limit === null || files === null)
        return unknown('the limit of open files could not be read', 'Run: dbmedic check <target>')
      const facts = `${files} files may be open, the limit is ${limit}`
      return files <= limit
        ? met(facts)
        : unmet(facts, 'Raise open_files_limit in the option file and the service’s own limit; restart.')
    },
  }
}

/** Files a server may open: a socket a connection, two a cached table, and ten of its own. */
export const filesNeeded = (connections: number | null, tables: number | null): number | null =>
  connections === null || tables === null ? null : connections + 2 * tables + 10
