/** X7 and X8, and what a cluster forbids: whether this server can bear work now and is the one to do it on. */
import type { ParameterSchema } from '../../../core/parameters.ts'
import { type Condition, given, type MysqlContext, met, unknown, unmet } from '../mysql-action.ts'

/**
 * Running threads that are never called overload, whatever the machine: on one or two processors 2 × cores is what
 * the monitor, the executor and its watchdog alone may reach.
 */
const THREADS_FLOOR = 8

/**
 * X7: fewer running threads than twice the processors. Threads that wait for a lock count as running in
 * Threads_running, but they are what an action is meant to free, so they are subtracted. Whether another action is
 * in progress is the executor's to say: it takes one a target.
 */
export const serverHealthy: Condition<ParameterSchema> = {
  id: 'X7',
  rule: `Threads_running, lock waiters subtracted, is below twice the processors (at least ${THREADS_FLOOR}).`,
  test: async (context) => {
    const health = await context.ask('health', {})
    if (!health.known) return unknown(health.because, health.toProceed)
    const { cores, source } = await processors(context)
    const bound = Math.max(THREADS_FLOOR, 2 * cores)
    const running = health.value.threadsRunning
    if (running < bound) return met(`${running} threads run, below ${bound} (${source})`)
    const graph = await context.ask('lock-graph', {})
    const waiting = graph.known ? new Set(graph.value.roots.flatMap((root) => root.waiters)).size : 0
    if (running - waiting < bound) {
      return met(`${running} threads run, ${waiting} of them wait for a lock, below ${bound} (${source})`)
    }
    return unmet(
      `${running} threads run, ${waiting} of them wait for a lock; the bound is ${bound} (${source})`,
      'Wait until the load falls; if the machine has more processors, state `actions.cores` in dbmedic.yaml.',
    )
  },
}

/** Processors of the target: as configured, else MariaDB's default of thread_pool_size, else not known (0). */
async function processors(
  context: MysqlContext<ParameterSchema>,
): Promise<{ readonly cores: number; readonly source: string }> {
  const stated = context.policy.cores ?? null
  if (stated !== null) return { cores: stated, source: `${stated} processors as configured` }
  const variables = await context.ask('variables', { names: ['thread_pool_size'] })
  const size = Number((variables.known ? variables.value['thread_pool_size'] : undefined) ?? 0)
  if (Number.isSafeInteger(size) && size > 0)
    return { cores: size, source: `${size} processors by thread_pool_size` }
  return { cores: 0, source: 'the number of processors is not known' }
}

/** X8: the server takes writes, so it is the primary. */
export const serverWritable: Condition<ParameterSchema> = {
  id: 'X8',
  rule: 'The server is writable (read_only and super_read_only are off).',
  test: async ({ ask }) =>
    given(await ask('topology', {}), (topology) =>
      topology.writable
        ? met('the server is writable')
        : unmet(
            'the server is read-only',
            'Act on the primary; its changes reach this server by themselves.',
          ),
    ),
}

/**
 * Galera's default is total-order isolation: DDL blocks the whole cluster while it runs
 * (https://galeracluster.com/library/documentation/schema-upgrades.html), which no LOCK clause changes.
 */
export const noClusterWideDdl: Condition<ParameterSchema> = {
  id: 'no-cluster-wide-ddl',
  rule: 'The server is not a Galera node, where DDL stops the whole cluster while it runs.',
  test: async ({ ask }) =>
    given(await ask('variables', { names: ['wsrep_on'] }), (variables) =>
      (variables['wsrep_on'] ?? 'OFF') === 'OFF'
        ? met('the server is not a Galera node')
        : unmet(
            'the server is a Galera node (wsrep_on=ON)',
            'Apply the statement by hand as a rolling schema upgrade, node by node.',
          ),
    ),
}
